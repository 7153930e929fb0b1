// Programs use magic_enum because the SDK brings it along. Where it is not installed these are the functions that they
// use, for enumerators from -128 to 127.
#pragma once

#if __has_include_next(<magic_enum/magic_enum.hpp>)
#include_next <magic_enum/magic_enum.hpp>
#else

#include <array>
#include <bit>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace magic_enum {

namespace detail {

constexpr int kLeast = -128, kMost = 127;

// The enumerator's name; empty where none has this value: compilers then print a cast.
template <auto V>
constexpr std::string_view NameOf() {
  std::string_view text = __PRETTY_FUNCTION__;  // "... [with auto V = Colour::Red; ...]" or "... [V = Colour::Red]"
  text.remove_prefix(text.find("V = ") + 4);
  text = text.substr(0, text.find_first_of(";]"));
  if (text.find('(') != std::string_view::npos && text.find("(anonymous") == std::string_view::npos) {
    return {};  // a cast; GCC and Clang print the type in front
  }
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos) text.remove_prefix(colon + 1);
  const bool name = !text.empty() && text.find_first_of(")}") == std::string_view::npos && text[0] != '-' &&
                    (text[0] < '0' || text[0] > '9');
  return name ? text : std::string_view{};
}
// Clang rejects casts out of the range of an enumeration without a fixed type, so the bits are taken.
template <typename E, int V>
constexpr E kAt = std::bit_cast<E>(static_cast<std::underlying_type_t<E> >(V));
template <typename E, int... I>
constexpr auto Names(std::integer_sequence<int, I...>) {
  return std::array<std::string_view, sizeof...(I)>{NameOf<kAt<E, kLeast + I> >()...};
}
template <typename E>
constexpr auto kNames = Names<E>(std::make_integer_sequence<int, kMost - kLeast + 1>{});

template <typename E>
constexpr std::size_t Count() {
  std::size_t count = 0;
  for (const std::string_view name : kNames<E>) count += name.empty() ? 0 : 1;
  return count;
}

}  // namespace detail

template <typename E>
constexpr std::size_t enum_count() {
  return detail::Count<E>();
}

template <typename E>
constexpr auto enum_values() {
  std::array<E, detail::Count<E>()> values{};
  std::size_t n = 0;
  for (std::size_t i = 0; i < detail::kNames<E>.size(); ++i) {
    if (!detail::kNames<E>[i].empty()) values[n++] = static_cast<E>(detail::kLeast + static_cast<int>(i));
  }
  return values;
}

template <typename E>
constexpr auto enum_names() {
  std::array<std::string_view, detail::Count<E>()> names{};
  std::size_t n = 0;
  for (const std::string_view name : detail::kNames<E>) {
    if (!name.empty()) names[n++] = name;
  }
  return names;
}

template <typename E>
constexpr std::string_view enum_name(E value) {
  const int at = static_cast<int>(value) - detail::kLeast;
  return at >= 0 && at <= detail::kMost - detail::kLeast ? detail::kNames<E>[static_cast<std::size_t>(at)]
                                                         : std::string_view{};
}

template <typename E>
constexpr std::optional<E> enum_cast(std::string_view name) {
  for (const E value : enum_values<E>()) {
    if (enum_name(value) == name) return value;
  }
  return std::nullopt;
}

}  // namespace magic_enum

#endif

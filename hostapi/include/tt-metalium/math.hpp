#pragma once

#include <cstdint>

namespace tt {

template <typename A, typename B>
constexpr std::uint32_t div_up(A a, B b) {
  return static_cast<std::uint32_t>((a + b - 1) / b);
}
template <typename A, typename B>
constexpr std::uint32_t round_up(A a, B b) {
  return b * div_up(a, b);
}
template <typename A, typename B>
constexpr std::uint32_t round_down(A a, B b) {
  return static_cast<std::uint32_t>(b * (a / b));
}

}  // namespace tt

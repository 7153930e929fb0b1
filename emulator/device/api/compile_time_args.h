// Compile-time arguments: KERNEL_COMPILE_TIME_ARGS holds the values in order, KERNEL_COMPILE_TIME_ARG_MAP {"name",
// value} pairs. Kept out of the precompiled header, because both differ from kernel to kernel.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#ifndef KERNEL_COMPILE_TIME_ARGS
#define KERNEL_COMPILE_TIME_ARGS
#endif

namespace tltt::emu::device {
template <typename... Ts>
constexpr std::array<std::uint32_t, sizeof...(Ts)> MakeArgs(Ts... values) {
  return {static_cast<std::uint32_t>(values)...};
}
}  // namespace tltt::emu::device

constexpr auto kernel_compile_time_args = tltt::emu::device::MakeArgs(KERNEL_COMPILE_TIME_ARGS);

template <std::uint32_t Idx>
constexpr std::uint32_t get_ct_arg() {
  static_assert(Idx < kernel_compile_time_args.size(), "the kernel was given fewer compile-time arguments");
  return kernel_compile_time_args[Idx];
}
#define get_compile_time_arg_val(arg_idx) get_ct_arg<arg_idx>()

#ifdef KERNEL_COMPILE_TIME_ARG_MAP
namespace tltt::emu::device {
inline constexpr std::pair<std::string_view, std::uint32_t> kNamedArgs[] = {KERNEL_COMPILE_TIME_ARG_MAP};
void NoSuchNamedCompileTimeArgument();  // not constexpr: calling it makes a constant evaluation fail with this name
}  // namespace tltt::emu::device

constexpr std::uint32_t get_named_ct_arg(std::string_view name) {
  for (const auto& [arg_name, value] : tltt::emu::device::kNamedArgs) {
    if (arg_name == name) return value;
  }
  tltt::emu::device::NoSuchNamedCompileTimeArgument();
  return 0;
}
consteval std::uint32_t get_named_compile_time_arg_val(std::string_view name) { return get_named_ct_arg(name); }
#endif

// Runtime arguments and the core's coordinates, for kernels of all roles.
#pragma once

#include <cstdint>
#include <cstring>

#include "tltt_device.h"

#ifndef FORCE_INLINE
#define FORCE_INLINE inline __attribute__((always_inline))
#endif

// Addresses are those of the emulator's memory; kernels read them through plain pointers.
inline uintptr_t get_arg_addr(int arg_idx, uint32_t line = __builtin_LINE()) {
  return reinterpret_cast<uintptr_t>(tltt::emu::device::Args(static_cast<uint32_t>(arg_idx), line));
}

inline uintptr_t get_common_arg_addr(int arg_idx, uint32_t line = __builtin_LINE()) {
  return reinterpret_cast<uintptr_t>(tltt::emu::device::CommonArgs(static_cast<uint32_t>(arg_idx), line));
}

template <typename T>
inline T get_arg_val(int arg_idx, uint32_t line = __builtin_LINE()) {
  static_assert(sizeof(T) == 4, "runtime arguments have 4 bytes");
  T value;
  std::memcpy(&value, tltt::emu::device::Args(static_cast<uint32_t>(arg_idx), line), sizeof(T));
  return value;
}

template <typename T>
inline T get_common_arg_val(int arg_idx, uint32_t line = __builtin_LINE()) {
  static_assert(sizeof(T) == 4, "runtime arguments have 4 bytes");
  T value;
  std::memcpy(&value, tltt::emu::device::CommonArgs(static_cast<uint32_t>(arg_idx), line), sizeof(T));
  return value;
}

inline uint8_t get_absolute_logical_x() { return static_cast<uint8_t>(tltt::emu::device::LogicalX()); }
inline uint8_t get_absolute_logical_y() { return static_cast<uint8_t>(tltt::emu::device::LogicalY()); }
inline uint8_t get_relative_logical_x() { return get_absolute_logical_x(); }
inline uint8_t get_relative_logical_y() { return get_absolute_logical_y(); }

// What lies in a core's L1 below the part that programs use. The device headers repeat kZerosBase and kZerosBytes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "tltt/chip.h"

namespace tltt::emu {

inline constexpr uint32_t kZerosBase = 0x1000, kZerosBytes = 512;  // MEM_ZEROS_BASE, MEM_ZEROS_SIZE
inline constexpr uint32_t kSemaphoreBase = 0x1800, kMaxSemaphores = 16, kSemaphoreStride = 16;
inline constexpr uint32_t kMaxArgs = 341;  // per kernel and core, as TT-Metalium's dispatcher has it
inline constexpr uint32_t kArgsBase = 0x2000, kArgsStride = 0x800;  // three roles' own arguments, then the common ones
inline constexpr uint32_t kEngineEnd = kArgsBase + 6 * kArgsStride;

inline uint32_t FirstFreeL1(const Chip& chip) {
  uint32_t base = std::max(chip.l1_base, kEngineEnd);
  return (base + 63) / 64 * 64;
}

}  // namespace tltt::emu

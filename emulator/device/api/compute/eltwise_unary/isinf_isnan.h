// Tests that give 1 or 0.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void isinf_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kIsinf, 0, 0, line); }

ALWI void isinf_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kIsinf, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void isposinf_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kIsposinf, 0, 0, line);
}

ALWI void isposinf_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kIsposinf, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void isneginf_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kIsneginf, 0, 0, line);
}

ALWI void isneginf_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kIsneginf, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void isnan_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kIsnan, 0, 0, line); }

ALWI void isnan_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kIsnan, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void isfinite_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kIsfinite, 0, 0, line);
}

ALWI void isfinite_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kIsfinite, idst, VectorMode::RC, 0, 0, 0, line);
}

}  // namespace ckernel

// Clamping between two bounds, given as the bits of fp32 or int32.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void clamp_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kClamp, 0, 0, line); }

ALWI void clamp_tile(uint32_t idst, uint32_t param0, uint32_t param1, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kClamp, idst, VectorMode::RC, param0, param1, 0, line);
}

ALWI void clamp_tile_int32(uint32_t idst, uint32_t param0, uint32_t param1, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kClampInt32, idst, VectorMode::RC, param0, param1, 0, line);
}

}  // namespace ckernel

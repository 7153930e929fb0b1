// x, or param0 x below zero.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void prelu_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kPrelu, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void prelu_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kPrelu, 0, 0, line); }

}  // namespace ckernel

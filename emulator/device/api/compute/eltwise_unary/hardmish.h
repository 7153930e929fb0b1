// x clamp(x / 2 + 1, 0, 1).
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void hardmish_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kHardmish, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void hardmish_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kHardmish, 0, 0, line);
}

}  // namespace ckernel

// Negation.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void negative_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kNegative, 0, 0, line);
}

ALWI void negative_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kNegative, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void negative_tile_int32(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kNegativeInt32, idst, VectorMode::RC, 0, 0, 0, line);
}

}  // namespace ckernel

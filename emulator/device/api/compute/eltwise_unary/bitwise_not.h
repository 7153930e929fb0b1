// Complement of the bits.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void bitwise_not_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kBitwiseNot, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void bitwise_not_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kBitwiseNot, 0, 0, line);
}

}  // namespace ckernel

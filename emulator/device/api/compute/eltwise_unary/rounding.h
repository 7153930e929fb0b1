// Rounding to integers and decimal places.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void rounding_op_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kRounding, 0, 0, line);
}

ALWI void ceil_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kCeil, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void floor_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kFloor, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void trunc_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kTrunc, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void frac_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kFrac, idst, VectorMode::RC, 0, 0, 0, line);
}

// Half to even at `decimals` decimal places.
ALWI void round_tile(uint32_t idst, int32_t decimals, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kRound, idst, VectorMode::RC, static_cast<uint32_t>(decimals), 0, 0, line);
}

}  // namespace ckernel

// Square root.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void sqrt_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kSqrt, 0, 0, line); }

template <bool FAST_APPROX = false, bool is_fp32_dest_acc_en = false>
ALWI void sqrt_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kSqrt, idst, VectorMode::RC, 0, 0, 0, line);
}

}  // namespace ckernel

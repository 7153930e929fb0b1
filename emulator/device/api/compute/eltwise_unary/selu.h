// scale (x, or alpha (exp(x) - 1) below zero).
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = false>
ALWI void selu_tile(uint32_t idst, uint32_t scale, uint32_t alpha, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kSelu, idst, VectorMode::RC, scale, alpha, 0, line);
}

ALWI void selu_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kSelu, 0, 0, line); }

}  // namespace ckernel

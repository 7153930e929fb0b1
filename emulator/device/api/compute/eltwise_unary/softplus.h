// log(1 + exp(beta x)) / beta, and x itself where beta x exceeds the threshold.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = false>
ALWI void softplus_tile(uint32_t idst, uint32_t beta, uint32_t beta_reciprocal, uint32_t threshold,
                        uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kSoftplus, idst, VectorMode::RC, beta, beta_reciprocal, threshold, line);
}

ALWI void softplus_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kSoftplus, 0, 0, line);
}

}  // namespace ckernel

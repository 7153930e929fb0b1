// x, or alpha (exp(x) - 1) below zero.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = false>
ALWI void elu_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kElu, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void elu_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kElu, 0, 0, line); }

}  // namespace ckernel

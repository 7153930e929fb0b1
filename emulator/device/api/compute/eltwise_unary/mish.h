// x tanh(log(1 + exp(x))).
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <bool APPROXIMATION_MODE, bool is_fp32_dest_acc_en = false>
ALWI void mish_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kMish, idst, VectorMode::RC, 0, 0, 0, line);
}

template <bool APPROXIMATION_MODE>
ALWI void mish_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kMish, 0, 0, line);
}

}  // namespace ckernel

// x - tanh(x).
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = false>
ALWI void tanhshrink_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kTanhshrink, idst, VectorMode::RC, 0, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void tanhshrink_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kTanhshrink, 0, 0, line);
}

}  // namespace ckernel

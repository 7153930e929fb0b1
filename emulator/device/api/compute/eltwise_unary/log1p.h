// log(1 + x).
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <bool fast_and_approx = false, bool is_fp32_dest_acc_en = false>
ALWI void log1p_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kLog1p, 0, 0, line);
}

template <bool fast_and_approx = false, bool is_fp32_dest_acc_en = false>
ALWI void log1p_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kLog1p, idst, VectorMode::RC, 0, 0, 0, line);
}

}  // namespace ckernel

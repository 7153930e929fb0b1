// Cube root.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = false>
ALWI void cbrt_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kCbrt, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void cbrt_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kCbrt, 0, 0, line); }

}  // namespace ckernel

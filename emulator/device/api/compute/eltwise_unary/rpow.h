// base to the power of x.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void rpow_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kRpow, 0, 0, line); }

template <bool is_fp32_dest_acc_en = false>
ALWI void rpow_tile(uint32_t idst, uint32_t base_val, VectorMode vector_mode = VectorMode::RC,
                    uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kRpow, idst, vector_mode, base_val, 0, 0, line);
}

}  // namespace ckernel

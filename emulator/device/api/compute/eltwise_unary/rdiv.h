// value / x.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void rdiv_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kRdiv, 0, 0, line); }

template <RoundingMode rounding_mode = RoundingMode::None, bool is_fp32_dest_acc_en = false>
ALWI void rdiv_tile(uint32_t dst_index, uint32_t value, VectorMode vector_mode = VectorMode::RC,
                    uint32_t line = __builtin_LINE()) {
  static_assert(rounding_mode == RoundingMode::None, "rounded division is not supported");
  device::SfpuUnary(emu::SfpuOp::kRdiv, dst_index, vector_mode, value, 0, 0, line);
}

}  // namespace ckernel

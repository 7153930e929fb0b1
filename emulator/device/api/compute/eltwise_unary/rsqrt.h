// Reciprocal square root.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

enum class RsqrtMode { Default, Fast };

ALWI void rsqrt_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kRsqrt, 0, 0, line); }

template <RsqrtMode mode = RsqrtMode::Default, bool is_fp32_dest_acc_en = false>
ALWI void rsqrt_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kRsqrt, idst, VectorMode::RC, 0, 0, 0, line);
}

}  // namespace ckernel

// GELU. Both modes compute the exact function here.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <bool fast_and_approx = true, bool is_fp32_dest_acc_en = false>
ALWI void gelu_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(fast_and_approx ? emu::SfpuInit::kGeluApproximate : emu::SfpuInit::kGelu, 0, 0, line);
}

template <bool fast_and_approx = true, bool is_fp32_dest_acc_en = false>
ALWI void gelu_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(fast_and_approx ? emu::SfpuOp::kGeluApproximate : emu::SfpuOp::kGelu, idst, VectorMode::RC, 0, 0, 0,
                    line);
}

// 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
template <bool fast = false>
ALWI void gelu_tanh_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kGeluTanh, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false, bool fast = false>
ALWI void gelu_tanh_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kGeluTanh, idst, VectorMode::RC, 0, 0, 0, line);
}

}  // namespace ckernel

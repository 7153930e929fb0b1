// The older common inits of unary kernels. Those of early 2024 do not name the output: it is the first one.
#pragma once

#include <cstdint>

#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/tile_move_copy.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = false>
ALWI void unary_op_init_common(uint32_t icb, uint32_t ocb = tt::CBIndex::c_16, uint32_t call_line = __builtin_LINE()) {
  device::HwStartup(icb, icb, ocb, call_line);
  device::CopyInit(icb, false, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void init_sfpu(uint32_t icb, uint32_t ocb = tt::CBIndex::c_16, uint32_t call_line = __builtin_LINE()) {
  unary_op_init_common(icb, ocb, call_line);
}

}  // namespace ckernel

// Reductions of a tile along rows, columns or both; results in column 0, row 0 or element (0, 0).
#pragma once

#include <cstdint>

#include "api/compute/common.h"

namespace ckernel {

// The packer masks all but the results until reduce_uninit. For row sums and averages the scaler is SrcA's operand and
// the data SrcB's: configure the formats in that order.
template <PoolType reduce_type, ReduceDim reduce_dim, bool is_fp32_dest_acc_en = false>
ALWI void reduce_init(uint32_t icb, uint32_t icb_scaler, uint32_t ocb, uint32_t call_line = __builtin_LINE()) {
  device::ReduceInit(reduce_type, reduce_dim, icb, icb_scaler, ocb, call_line);
}

ALWI void reduce_uninit(uint32_t = 0, uint32_t line = __builtin_LINE()) { device::ReduceUninit(line); }

template <PoolType reduce_type, ReduceDim reduce_dim, bool is_fp32_dest_acc_en = false>
ALWI void reduce_tile(uint32_t icb, uint32_t icb_scaler, uint32_t itile, uint32_t itile_scaler, uint32_t idst,
                      uint32_t line = __builtin_LINE()) {
  device::ReduceTile(reduce_type, reduce_dim, icb, icb_scaler, itile, itile_scaler, idst, line);
}

template <PoolType reduce_type, ReduceDim reduce_dim, bool is_fp32_dest_acc_en = false>
ALWI void reduce_block(uint32_t icb, uint32_t icb_scaler, uint32_t start_itile, uint32_t itile_scaler,
                       uint32_t start_idst, uint32_t ntiles, uint32_t line = __builtin_LINE()) {
  for (uint32_t i = 0; i < ntiles; ++i) {
    device::ReduceTile(reduce_type, reduce_dim, icb, icb_scaler, start_itile + i, itile_scaler, start_idst + i, line);
  }
}

}  // namespace ckernel

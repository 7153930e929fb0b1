// Transposition of a 32x32 tile.
#pragma once

#include <cstdint>

#include "api/compute/common.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = false>
ALWI void transpose_init(uint32_t icb, uint32_t call_line = __builtin_LINE()) {
  device::TransposeInit(icb, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void transpose_tile(uint32_t icb, uint32_t itile, uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::TransposeTile(icb, itile, idst, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void transpose_block(uint32_t icb, uint32_t start_itile, uint32_t start_idst, uint32_t ntiles,
                          uint32_t line = __builtin_LINE()) {
  for (uint32_t i = 0; i < ntiles; ++i) device::TransposeTile(icb, start_itile + i, start_idst + i, line);
}

}  // namespace ckernel

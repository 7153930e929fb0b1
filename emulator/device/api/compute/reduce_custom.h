// Row maxima over a row of tiles at once, as attention wants them.
#pragma once

#include <cstdint>

#include "api/compute/common.h"

namespace ckernel {

// The data lies in SrcA, bfloat16, the scaler (ones) in SrcB; the packer masks all but column 0 until the uninit.
template <uint32_t block_ct_dim, bool respect_trigger = false, uint32_t num_faces = 4>
ALWI void reduce_block_max_row_init(uint32_t ocb, uint32_t call_line = __builtin_LINE()) {
  static_assert(!respect_trigger && num_faces == 4, "the emulator knows neither triggers nor tiles of two faces here");
  device::ReduceBlockMaxInit(block_ct_dim, ocb, call_line);
}

template <uint32_t block_ct_dim, bool respect_trigger = false, uint32_t num_faces = 4>
ALWI void reduce_block_max_row(uint32_t icb, uint32_t icb_scaler, uint32_t row_start_index, uint32_t idst,
                               uint32_t line = __builtin_LINE()) {
  static_assert(!respect_trigger && num_faces == 4, "the emulator knows neither triggers nor tiles of two faces here");
  device::ReduceBlockMax(icb, icb_scaler, row_start_index, block_ct_dim, idst, line);
}

template <bool respect_trigger = false>
ALWI void reduce_block_max_row_uninit(uint32_t /*icb*/, uint32_t line = __builtin_LINE()) {
  static_assert(!respect_trigger, "the emulator does not know triggers");
  device::ReduceUninit(line);
}

}  // namespace ckernel

// Row-major pages to tiles.
#pragma once

#include <cstdint>

#include "api/compute/common.h"

namespace ckernel {

// block: tiles in a row of the row-major input, which is 32 rows of block * 32 elements.
template <bool is_fp32_dest_acc_en = false>
ALWI void tilize_init(uint32_t icb, uint32_t block, uint32_t ocb, uint32_t call_line = __builtin_LINE()) {
  device::TilizeInit(icb, block, ocb, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void tilize_block(uint32_t icb, uint32_t block, uint32_t ocb, uint32_t input_tile_index = 0,
                       uint32_t output_tile_index = 0, uint32_t line = __builtin_LINE()) {
  device::TilizeBlock(icb, block, ocb, input_tile_index, output_tile_index, line);
}

ALWI void tilize_uninit(uint32_t icb, uint32_t ocb, uint32_t line = __builtin_LINE()) {
  device::TilizeUninit(icb, ocb, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void tilize_init_short_with_dt(uint32_t, uint32_t new_icb, uint32_t block, uint32_t ocb,
                                    uint32_t line = __builtin_LINE()) {
  device::ReconfigSrcA(new_icb, line);
  device::TilizeInit(new_icb, block, ocb, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void fast_tilize_init(uint32_t icb, uint32_t full_dim, uint32_t ocb, uint32_t call_line = __builtin_LINE()) {
  device::TilizeInit(icb, full_dim, ocb, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void fast_tilize_block(uint32_t icb, uint32_t block, uint32_t ocb, uint32_t input_tile_index = 0,
                            uint32_t output_tile_index = 0, uint32_t line = __builtin_LINE()) {
  device::TilizeBlock(icb, block, ocb, input_tile_index, output_tile_index, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void fast_tilize_uninit(uint32_t icb, uint32_t ocb, uint32_t, uint32_t line = __builtin_LINE()) {
  device::TilizeUninit(icb, ocb, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void fast_tilize_init_skip_remap(uint32_t icb, uint32_t full_dim, uint32_t ocb,
                                      uint32_t call_line = __builtin_LINE()) {
  device::TilizeInit(icb, full_dim, ocb, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void fast_tilize_init_with_dt(uint32_t icb, uint32_t full_dim, uint32_t ocb, uint32_t line = __builtin_LINE()) {
  device::ReconfigSrcA(icb, line);
  device::ReconfigSrcB(icb, line);
  device::TilizeInit(icb, full_dim, ocb, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void fast_tilize_init_with_dt_skip_remap(uint32_t icb, uint32_t full_dim, uint32_t ocb,
                                              uint32_t line = __builtin_LINE()) {
  fast_tilize_init_with_dt(icb, full_dim, ocb, line);
}

}  // namespace ckernel

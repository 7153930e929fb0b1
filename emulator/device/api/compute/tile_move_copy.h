// Tiles from circular buffers to DST.
#pragma once

#include <cstdint>

#include "api/compute/common.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = false>
ALWI void copy_init(uint32_t cbid, uint32_t transpose = 0, uint32_t transpose_within_16x16_face = false,
                    uint32_t call_line = __builtin_LINE()) {
  device::CopyInit(cbid, transpose != 0 || transpose_within_16x16_face != 0, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void copy_tile(uint32_t in_cb_id, uint32_t in_tile_index, uint32_t dst_tile_index,
                    uint32_t line = __builtin_LINE()) {
  device::CopyTile(in_cb_id, in_tile_index, dst_tile_index, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void copy_block(uint32_t in_cb_id, uint32_t start_in_tile_index, uint32_t start_dst_tile_index, uint32_t ntiles,
                     uint32_t line = __builtin_LINE()) {
  for (uint32_t i = 0; i < ntiles; ++i)
    device::CopyTile(in_cb_id, start_in_tile_index + i, start_dst_tile_index + i, line);
}

// Older names.
template <bool is_fp32_dest_acc_en = false>
ALWI void copy_tile_init(uint32_t cbid, uint32_t call_line = __builtin_LINE()) {
  device::CopyInit(cbid, false, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void copy_tile_to_dst_init_short(uint32_t cbid = 0, uint32_t transpose = 0,
                                      uint32_t transpose_within_16x16_face = false,
                                      uint32_t call_line = __builtin_LINE()) {
  device::CopyInit(cbid, transpose != 0 || transpose_within_16x16_face != 0, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void copy_tile_to_dst_init_short_with_dt(uint32_t, uint32_t new_cbid, uint32_t transpose = 0,
                                              uint32_t line = __builtin_LINE()) {
  device::ReconfigSrcA(new_cbid, line);
  device::CopyInit(new_cbid, transpose != 0, line);
}

}  // namespace ckernel

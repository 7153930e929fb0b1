// Tiles to row-major pages, by the packer.
#pragma once

#include <cstdint>

#include "api/compute/common.h"

namespace ckernel {

// A row of tiles is written in blocks of block_ct_dim tiles; the row-major output has full_ct_dim * 32 columns.
template <uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim, bool is_fp32_dest_acc_en = false>
ALWI void pack_untilize_init(uint32_t icb, uint32_t ocb, uint32_t call_line = __builtin_LINE()) {
  device::UntilizeInit(icb, ocb, block_ct_dim, full_ct_dim, call_line);
}

template <uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim, bool is_fp32_dest_acc_en = false>
ALWI void pack_untilize_block(uint32_t icb, uint32_t block_rt_dim, uint32_t ocb, uint32_t block_c_index = 0,
                              uint32_t line = __builtin_LINE()) {
  device::UntilizeBlock(icb, block_rt_dim, ocb, block_c_index, block_ct_dim, full_ct_dim, line);
}

template <uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim, bool narrow_row = false,
          uint32_t row_num_datums = 32, bool dense = false, bool configure_remap = true,
          bool is_fp32_dest_acc_en = false>
ALWI void pack_untilize_dest_init(uint32_t ocb, uint32_t call_line = __builtin_LINE()) {
  static_assert(!narrow_row && row_num_datums == 32 && !dense, "only whole tiles are supported");
  device::UntilizeInit(device::kNoCb, ocb, block_ct_dim, full_ct_dim, call_line);
}

template <uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim, bool diagonal = false,
          bool narrow_row = false, uint32_t row_num_datums = 32, uint32_t tile_dst_ct_offset = 0, bool dense = false>
ALWI void pack_untilize_dest(uint32_t ocb, uint32_t block_rt_dim = 1, uint32_t block_c_index = 0,
                             uint32_t tile_dst_rt_offset = 0, uint32_t line = __builtin_LINE()) {
  static_assert(!diagonal && !narrow_row && row_num_datums == 32 && !dense, "only whole tiles are supported");
  device::PackUntilizeDest(ocb, block_rt_dim, block_c_index, block_ct_dim, full_ct_dim,
                           tile_dst_rt_offset + tile_dst_ct_offset, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void pack_untilize_uninit(uint32_t ocb, uint32_t line = __builtin_LINE()) {
  device::UntilizeUninit(ocb, line);
}

template <uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim, bool is_fp32_dest_acc_en = false>
ALWI void pack_untilize_init_skip_remap(uint32_t icb, uint32_t ocb, uint32_t call_line = __builtin_LINE()) {
  device::UntilizeInit(icb, ocb, block_ct_dim, full_ct_dim, call_line);
}

}  // namespace ckernel

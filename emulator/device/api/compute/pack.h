// The packer: DST tiles to circular buffer pages.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void pack_init(uint32_t ocb, uint32_t call_line = __builtin_LINE()) { device::PackInit(ocb, call_line); }

// In order: the tile goes to the next page after those packed since the last cb_push_back. Out of order: to page
// output_tile_index after the write pointer.
template <bool out_of_order_output = false, bool is_fp32_dest_acc_en = false>
ALWI void pack_tile(uint32_t ifrom_dst, uint32_t icb, uint32_t output_tile_index = 0,
                    uint32_t line = __builtin_LINE()) {
  device::PackTile(ifrom_dst, icb, out_of_order_output, output_tile_index, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void pack_block(uint32_t ifrom_dst, uint32_t icb, uint32_t ntiles, uint32_t line = __builtin_LINE()) {
  for (uint32_t i = 0; i < ntiles; ++i) device::PackTile(ifrom_dst + i, icb, false, 0, line);
}

// The older name of pack_block.
template <bool is_fp32_dest_acc_en = false>
ALWI void pack_tile_block(uint32_t ifrom_dst, uint32_t icb, uint32_t ntiles, uint32_t line = __builtin_LINE()) {
  pack_block(ifrom_dst, icb, ntiles, line);
}

// Non-zero: packing adds to what the page holds.
ALWI void pack_reconfig_l1_acc(const uint32_t l1_acc_en, uint32_t line = __builtin_LINE()) {
  device::PackL1Acc(l1_acc_en != 0, line);
}

ALWI void pack_relu_config(const ReluConfig& config, uint32_t line = __builtin_LINE()) {
  device::PackRelu(config, line);
}

}  // namespace ckernel

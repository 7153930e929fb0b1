// Tiles to row-major pages, by the unpacker (the older way; results as pack_untilize).
#pragma once

#include <cstdint>

#include "api/compute/common.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = false>
ALWI void untilize_init(uint32_t icb, uint32_t line = __builtin_LINE()) {
  device::UntilizeInit(icb, device::kNoCb, 1, 1, line);
}

// A row of full_ct_dim tiles.
template <uint32_t block_ct_dim = 1, bool is_fp32_dest_acc_en = false>
ALWI void untilize_block(uint32_t icb, uint32_t full_ct_dim, uint32_t ocb, uint32_t line = __builtin_LINE()) {
  device::UntilizeBlock(icb, 1, ocb, 0, full_ct_dim, full_ct_dim, line);
}

ALWI void untilize_uninit(uint32_t icb, uint32_t line = __builtin_LINE()) { device::UntilizeUninit(icb, line); }

}  // namespace ckernel

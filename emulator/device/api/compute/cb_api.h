// Circular buffers, as compute kernels use them: wait and pop by the unpacker, reserve and push by the packer.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"
#include "tltt_device.h"

namespace ckernel {

ALWI void cb_wait_front(uint32_t cbid, uint32_t ntiles, uint32_t line = __builtin_LINE()) {
  device::CbWaitFront(cbid, static_cast<int32_t>(ntiles), line);
}

ALWI void cb_pop_front(uint32_t cbid, uint32_t ntiles, uint32_t line = __builtin_LINE()) {
  device::CbPopFront(cbid, static_cast<int32_t>(ntiles), line);
}

ALWI void cb_reserve_back(uint32_t cbid, uint32_t ntiles, uint32_t line = __builtin_LINE()) {
  device::CbReserveBack(cbid, static_cast<int32_t>(ntiles), line);
}

ALWI void cb_push_back(uint32_t cbid, uint32_t ntiles, uint32_t line = __builtin_LINE()) {
  device::ComputePushBack(cbid, ntiles, line);
}

// Address of a tile among the front pages; the page must be waited for.
ALWI uint32_t get_tile_address(uint32_t cb_id, uint32_t tile_index, uint32_t line = __builtin_LINE()) {
  return device::TileAddress(cb_id, tile_index, line);
}

// 32-bit word `element_offset` of a tile among the front pages.
ALWI uint32_t read_tile_value(uint32_t cb_id, uint32_t tile_index, uint32_t element_offset,
                              uint32_t line = __builtin_LINE()) {
  return device::TileWord(cb_id, tile_index, element_offset, line);
}

}  // namespace ckernel

// Elementwise sums, differences and products of tiles in the matrix unit.
#pragma once

#include <cstdint>

#include "api/compute/common.h"

namespace ckernel {

template <bool full_init, EltwiseBinaryType eltwise_binary_type>
ALWI void binary_tiles_init(uint32_t icb0, uint32_t icb1, bool acc_to_dest = false,
                            uint32_t call_line = __builtin_LINE()) {
  device::BinaryInit(eltwise_binary_type, BroadcastType::NONE, icb0, icb1, acc_to_dest, call_line);
}

// acc_to_dest: results are added to DST. Multiplication always adds.
ALWI void add_init(uint32_t icb0, uint32_t icb1, bool acc_to_dest = false, uint32_t call_line = __builtin_LINE()) {
  device::BinaryInit(EltwiseBinaryType::ELWADD, BroadcastType::NONE, icb0, icb1, acc_to_dest, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void add_tiles(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                    uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(EltwiseBinaryType::ELWADD, BroadcastType::NONE, icb0, icb1, itile0, itile1, idst, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void add_block(uint32_t icb0, uint32_t icb1, uint32_t start_itile0, uint32_t start_itile1, uint32_t start_idst,
                    uint32_t ntiles, uint32_t line = __builtin_LINE()) {
  for (uint32_t i = 0; i < ntiles; ++i) {
    add_tiles(icb0, icb1, start_itile0 + i, start_itile1 + i, start_idst + i, line);
  }
}

// One operand is what DST holds: DEST_TO_SRCA computes DST + tile, DEST_TO_SRCB tile + DST.
template <EltwiseBinaryReuseDestType reuse_dest>
ALWI void add_reuse_dest_init(uint32_t icb, uint32_t call_line = __builtin_LINE()) {
  static_assert(reuse_dest != EltwiseBinaryReuseDestType::NONE, "use add_init(icb0, icb1) for two circular buffers");
  device::ReuseDestInit(EltwiseBinaryType::ELWADD, reuse_dest, icb, call_line);
}

template <EltwiseBinaryReuseDestType reuse_dest, bool is_fp32_dest_acc_en = false>
ALWI void add_reuse_dest_tiles(uint32_t in_cb_id, uint32_t in_tile_index, uint32_t dst_tile_index,
                               uint32_t line = __builtin_LINE()) {
  device::ReuseDestTiles(EltwiseBinaryType::ELWADD, reuse_dest, in_cb_id, in_tile_index, dst_tile_index, line);
}

ALWI void sub_init(uint32_t icb0, uint32_t icb1, bool acc_to_dest = false, uint32_t call_line = __builtin_LINE()) {
  device::BinaryInit(EltwiseBinaryType::ELWSUB, BroadcastType::NONE, icb0, icb1, acc_to_dest, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void sub_tiles(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                    uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(EltwiseBinaryType::ELWSUB, BroadcastType::NONE, icb0, icb1, itile0, itile1, idst, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void sub_block(uint32_t icb0, uint32_t icb1, uint32_t start_itile0, uint32_t start_itile1, uint32_t start_idst,
                    uint32_t ntiles, uint32_t line = __builtin_LINE()) {
  for (uint32_t i = 0; i < ntiles; ++i) {
    sub_tiles(icb0, icb1, start_itile0 + i, start_itile1 + i, start_idst + i, line);
  }
}

// One operand is what DST holds: DEST_TO_SRCA computes DST - tile, DEST_TO_SRCB tile - DST.
template <EltwiseBinaryReuseDestType reuse_dest>
ALWI void sub_reuse_dest_init(uint32_t icb, uint32_t call_line = __builtin_LINE()) {
  static_assert(reuse_dest != EltwiseBinaryReuseDestType::NONE, "use sub_init(icb0, icb1) for two circular buffers");
  device::ReuseDestInit(EltwiseBinaryType::ELWSUB, reuse_dest, icb, call_line);
}

template <EltwiseBinaryReuseDestType reuse_dest, bool is_fp32_dest_acc_en = false>
ALWI void sub_reuse_dest_tiles(uint32_t in_cb_id, uint32_t in_tile_index, uint32_t dst_tile_index,
                               uint32_t line = __builtin_LINE()) {
  device::ReuseDestTiles(EltwiseBinaryType::ELWSUB, reuse_dest, in_cb_id, in_tile_index, dst_tile_index, line);
}

ALWI void mul_init(uint32_t icb0, uint32_t icb1, bool acc_to_dest = true, uint32_t call_line = __builtin_LINE()) {
  device::BinaryInit(EltwiseBinaryType::ELWMUL, BroadcastType::NONE, icb0, icb1, acc_to_dest, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void mul_tiles(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                    uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(EltwiseBinaryType::ELWMUL, BroadcastType::NONE, icb0, icb1, itile0, itile1, idst, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void mul_block(uint32_t icb0, uint32_t icb1, uint32_t start_itile0, uint32_t start_itile1, uint32_t start_idst,
                    uint32_t ntiles, uint32_t line = __builtin_LINE()) {
  for (uint32_t i = 0; i < ntiles; ++i) {
    mul_tiles(icb0, icb1, start_itile0 + i, start_itile1 + i, start_idst + i, line);
  }
}

// One operand is what DST holds: DEST_TO_SRCA computes DST * tile, DEST_TO_SRCB tile * DST.
template <EltwiseBinaryReuseDestType reuse_dest>
ALWI void mul_reuse_dest_init(uint32_t icb, uint32_t call_line = __builtin_LINE()) {
  static_assert(reuse_dest != EltwiseBinaryReuseDestType::NONE, "use mul_init(icb0, icb1) for two circular buffers");
  device::ReuseDestInit(EltwiseBinaryType::ELWMUL, reuse_dest, icb, call_line);
}

template <EltwiseBinaryReuseDestType reuse_dest, bool is_fp32_dest_acc_en = false>
ALWI void mul_reuse_dest_tiles(uint32_t in_cb_id, uint32_t in_tile_index, uint32_t dst_tile_index,
                               uint32_t line = __builtin_LINE()) {
  device::ReuseDestTiles(EltwiseBinaryType::ELWMUL, reuse_dest, in_cb_id, in_tile_index, dst_tile_index, line);
}

// Older spellings.
template <EltwiseBinaryType eltwise_binary_type, EltwiseBinaryReuseDestType reuse_dest>
ALWI void binary_dest_reuse_tiles_init(uint32_t icb0, uint32_t call_line = __builtin_LINE()) {
  device::ReuseDestInit(eltwise_binary_type, reuse_dest, icb0, call_line);
}

template <EltwiseBinaryType eltwise_binary_type, EltwiseBinaryReuseDestType reuse_dest>
ALWI void binary_dest_reuse_tiles(uint32_t in_cb_id, uint32_t in_tile_index, uint32_t dst_tile_index,
                                  uint32_t line = __builtin_LINE()) {
  device::ReuseDestTiles(eltwise_binary_type, reuse_dest, in_cb_id, in_tile_index, dst_tile_index, line);
}

}  // namespace ckernel

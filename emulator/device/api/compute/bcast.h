// Elementwise operations with a row, a column or an element of operand B repeated over the tile.
#pragma once

#include <cstdint>

#include "api/compute/common.h"

namespace ckernel {

template <EltwiseBinaryType tBcastOp, BroadcastType tBcastDim>
ALWI void bcast_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE()) {
  device::BinaryInit(tBcastOp, tBcastDim, icb0, icb1, false, call_line);
}

template <EltwiseBinaryType tBcastOp, BroadcastType tBcastDim, bool is_fp32_dest_acc_en = false>
ALWI void any_tiles_bcast(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                          uint32_t bcast_row_idx = 0, uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(tBcastOp, tBcastDim, icb0, icb1, itile0, itile1, idst, bcast_row_idx, line);
}

template <BroadcastType tBcastDim, bool is_fp32_dest_acc_en = false>
ALWI void add_tiles_bcast(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                          uint32_t bcast_row_idx = 0, uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(EltwiseBinaryType::ELWADD, tBcastDim, icb0, icb1, itile0, itile1, idst, bcast_row_idx, line);
}

ALWI void add_bcast_rows_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE()) {
  device::BinaryInit(EltwiseBinaryType::ELWADD, BroadcastType::ROW, icb0, icb1, false, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void add_tiles_bcast_rows(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                               uint32_t bcast_row_idx = 0, uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(EltwiseBinaryType::ELWADD, BroadcastType::ROW, icb0, icb1, itile0, itile1, idst, bcast_row_idx,
                      line);
}

ALWI void add_bcast_cols_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE()) {
  device::BinaryInit(EltwiseBinaryType::ELWADD, BroadcastType::COL, icb0, icb1, false, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void add_tiles_bcast_cols(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                               uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(EltwiseBinaryType::ELWADD, BroadcastType::COL, icb0, icb1, itile0, itile1, idst, 0, line);
}

ALWI void add_bcast_scalar_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE()) {
  device::BinaryInit(EltwiseBinaryType::ELWADD, BroadcastType::SCALAR, icb0, icb1, false, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void add_tiles_bcast_scalar(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                                 uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(EltwiseBinaryType::ELWADD, BroadcastType::SCALAR, icb0, icb1, itile0, itile1, idst, 0, line);
}

template <BroadcastType tBcastDim, bool is_fp32_dest_acc_en = false>
ALWI void sub_tiles_bcast(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                          uint32_t bcast_row_idx = 0, uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(EltwiseBinaryType::ELWSUB, tBcastDim, icb0, icb1, itile0, itile1, idst, bcast_row_idx, line);
}

ALWI void sub_bcast_rows_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE()) {
  device::BinaryInit(EltwiseBinaryType::ELWSUB, BroadcastType::ROW, icb0, icb1, false, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void sub_tiles_bcast_rows(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                               uint32_t bcast_row_idx = 0, uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(EltwiseBinaryType::ELWSUB, BroadcastType::ROW, icb0, icb1, itile0, itile1, idst, bcast_row_idx,
                      line);
}

ALWI void sub_bcast_cols_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE()) {
  device::BinaryInit(EltwiseBinaryType::ELWSUB, BroadcastType::COL, icb0, icb1, false, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void sub_tiles_bcast_cols(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                               uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(EltwiseBinaryType::ELWSUB, BroadcastType::COL, icb0, icb1, itile0, itile1, idst, 0, line);
}

ALWI void sub_bcast_scalar_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE()) {
  device::BinaryInit(EltwiseBinaryType::ELWSUB, BroadcastType::SCALAR, icb0, icb1, false, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void sub_tiles_bcast_scalar(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                                 uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(EltwiseBinaryType::ELWSUB, BroadcastType::SCALAR, icb0, icb1, itile0, itile1, idst, 0, line);
}

template <BroadcastType tBcastDim, bool is_fp32_dest_acc_en = false>
ALWI void mul_tiles_bcast(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                          uint32_t bcast_row_idx = 0, uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(EltwiseBinaryType::ELWMUL, tBcastDim, icb0, icb1, itile0, itile1, idst, bcast_row_idx, line);
}

ALWI void mul_bcast_rows_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE()) {
  device::BinaryInit(EltwiseBinaryType::ELWMUL, BroadcastType::ROW, icb0, icb1, false, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void mul_tiles_bcast_rows(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                               uint32_t bcast_row_idx = 0, uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(EltwiseBinaryType::ELWMUL, BroadcastType::ROW, icb0, icb1, itile0, itile1, idst, bcast_row_idx,
                      line);
}

ALWI void mul_bcast_cols_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE()) {
  device::BinaryInit(EltwiseBinaryType::ELWMUL, BroadcastType::COL, icb0, icb1, false, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void mul_tiles_bcast_cols(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                               uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(EltwiseBinaryType::ELWMUL, BroadcastType::COL, icb0, icb1, itile0, itile1, idst, 0, line);
}

ALWI void mul_bcast_scalar_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE()) {
  device::BinaryInit(EltwiseBinaryType::ELWMUL, BroadcastType::SCALAR, icb0, icb1, false, call_line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void mul_tiles_bcast_scalar(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst,
                                 uint32_t line = __builtin_LINE()) {
  device::BinaryTiles(EltwiseBinaryType::ELWMUL, BroadcastType::SCALAR, icb0, icb1, itile0, itile1, idst, 0, line);
}

template <BroadcastType bcast_type, bool is_fp32_dest_acc_en = false>
ALWI void unary_bcast_init(uint32_t icb, uint32_t line = __builtin_LINE()) {
  device::UnaryBcastInit(bcast_type, icb, line);
}

template <BroadcastType bcast_type, bool is_fp32_dest_acc_en = false>
ALWI void unary_bcast(uint32_t icb, uint32_t in_tile_index, uint32_t dst_tile_index, uint32_t line = __builtin_LINE()) {
  device::UnaryBcast(bcast_type, icb, in_tile_index, dst_tile_index, line);
}

template <BroadcastType bcast_type>
ALWI void unary_bcast_uninit(uint32_t) {}

}  // namespace ckernel

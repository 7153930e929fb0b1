// Elementwise operations of a DST tile with column 0 or row 0 of another, in place.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void sfpu_bcast_col_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kBcastCol, 0, 0, line);
}

ALWI void sfpu_sub_bcast_col_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kBcastCol, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void sfpu_sub_bcast_col(uint32_t dst_data_idx, uint32_t dst_col_vec_idx, uint32_t line = __builtin_LINE()) {
  device::SfpuBcast(BroadcastType::COL, EltwiseBinaryType::ELWSUB, dst_data_idx, dst_col_vec_idx, line);
}

ALWI void sfpu_add_bcast_col_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kBcastCol, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void sfpu_add_bcast_col(uint32_t dst_data_idx, uint32_t dst_col_vec_idx, uint32_t line = __builtin_LINE()) {
  device::SfpuBcast(BroadcastType::COL, EltwiseBinaryType::ELWADD, dst_data_idx, dst_col_vec_idx, line);
}

ALWI void sfpu_mul_bcast_col_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kBcastCol, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void sfpu_mul_bcast_col(uint32_t dst_data_idx, uint32_t dst_col_vec_idx, uint32_t line = __builtin_LINE()) {
  device::SfpuBcast(BroadcastType::COL, EltwiseBinaryType::ELWMUL, dst_data_idx, dst_col_vec_idx, line);
}

ALWI void sfpu_bcast_row_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kBcastRow, 0, 0, line);
}

ALWI void sfpu_sub_bcast_row_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kBcastRow, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void sfpu_sub_bcast_row(uint32_t dst_data_idx, uint32_t dst_row_vec_idx, uint32_t line = __builtin_LINE()) {
  device::SfpuBcast(BroadcastType::ROW, EltwiseBinaryType::ELWSUB, dst_data_idx, dst_row_vec_idx, line);
}

ALWI void sfpu_add_bcast_row_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kBcastRow, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void sfpu_add_bcast_row(uint32_t dst_data_idx, uint32_t dst_row_vec_idx, uint32_t line = __builtin_LINE()) {
  device::SfpuBcast(BroadcastType::ROW, EltwiseBinaryType::ELWADD, dst_data_idx, dst_row_vec_idx, line);
}

ALWI void sfpu_mul_bcast_row_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kBcastRow, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void sfpu_mul_bcast_row(uint32_t dst_data_idx, uint32_t dst_row_vec_idx, uint32_t line = __builtin_LINE()) {
  device::SfpuBcast(BroadcastType::ROW, EltwiseBinaryType::ELWMUL, dst_data_idx, dst_row_vec_idx, line);
}

template <BroadcastType Dim>
ALWI void sfpu_bcast_init(uint32_t line = __builtin_LINE()) {
  static_assert(Dim == BroadcastType::COL || Dim == BroadcastType::ROW, "broadcast a column or a row");
  device::InitSfpu(Dim == BroadcastType::COL ? emu::SfpuInit::kBcastCol : emu::SfpuInit::kBcastRow, 0, 0, line);
}

template <BroadcastType Dim, EltwiseBinaryType Op, bool is_fp32_dest_acc_en = false>
ALWI void sfpu_bcast(uint32_t dst_data_idx, uint32_t dst_bcast_idx, uint32_t line = __builtin_LINE()) {
  static_assert(Dim == BroadcastType::COL || Dim == BroadcastType::ROW, "broadcast a column or a row");
  device::SfpuBcast(Dim, Op, dst_data_idx, dst_bcast_idx, line);
}

}  // namespace ckernel

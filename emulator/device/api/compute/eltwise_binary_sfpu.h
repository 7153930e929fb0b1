// odst = idst0 op idst1 on DST tiles, in the vector unit. rsub is idst1 - idst0; comparisons give 1 or 0.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = false>
ALWI void div_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kDiv, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void div_binary_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kDivBinary, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void mul_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kMul, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void mul_binary_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kMulBinary, 0, 0, line);
}

template <DstRoundingMode dst_rounding_mode = DstRoundingMode::Default, bool is_fp32_dest_acc_en = false>
ALWI void add_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kAdd, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void add_binary_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kAddBinary, 0, 0, line);
}

template <DstRoundingMode dst_rounding_mode = DstRoundingMode::Default, bool is_fp32_dest_acc_en = false>
ALWI void sub_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kSub, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void sub_binary_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kSubBinary, 0, 0, line);
}

template <DstRoundingMode dst_rounding_mode = DstRoundingMode::Default, bool is_fp32_dest_acc_en = false>
ALWI void rsub_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kRsubB, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void rsub_binary_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kRsubBinary, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void power_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kPow, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void power_binary_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kPowerBinary, 0, 0, line);
}

ALWI void eq_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kEq, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void eq_binary_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kEqBinary, 0, 0, line);
}

ALWI void ne_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kNe, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void ne_binary_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kNeBinary, 0, 0, line);
}

ALWI void lt_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kLt, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void lt_binary_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kLtBinary, 0, 0, line);
}

ALWI void gt_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kGt, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void gt_binary_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kGtBinary, 0, 0, line);
}

ALWI void le_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kLe, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void le_binary_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kLeBinary, 0, 0, line);
}

ALWI void ge_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kGe, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void ge_binary_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kGeBinary, 0, 0, line);
}

}  // namespace ckernel

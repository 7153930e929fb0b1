// Arithmetic with a constant, given as the bits of an fp32.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void binop_with_scalar_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kBinopWithScalar, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void add_unary_tile(uint32_t idst, uint32_t param1, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kAddUnary, idst, VectorMode::RC, param1, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void sub_unary_tile(uint32_t idst, uint32_t param1, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kSubUnary, idst, VectorMode::RC, param1, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void mul_unary_tile(uint32_t idst, uint32_t param1, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kMulUnary, idst, VectorMode::RC, param1, 0, 0, line);
}

// x * param1: the caller passes the reciprocal of the divisor.
template <bool is_fp32_dest_acc_en = false>
ALWI void div_unary_tile(uint32_t idst, uint32_t param1, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kDivUnary, idst, VectorMode::RC, param1, 0, 0, line);
}

// param1 - x
template <bool is_fp32_dest_acc_en = false>
ALWI void rsub_unary_tile(uint32_t idst, uint32_t param1, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kRsubUnary, idst, VectorMode::RC, param1, 0, 0, line);
}

ALWI void add_unary_tile_int32(uint32_t idst, uint32_t param1, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kAddUnaryInt, idst, VectorMode::RC, param1, 0, 0, line);
}

ALWI void sub_unary_tile_int32(uint32_t idst, uint32_t param1, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kSubUnaryInt, idst, VectorMode::RC, param1, 0, 0, line);
}

}  // namespace ckernel

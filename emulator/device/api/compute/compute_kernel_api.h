// Functions of the vector unit that have no header of their own.
#pragma once

#include <cstdint>

#include "api/compute/common.h"

namespace ckernel {

template <bool fast_and_approx = false>
ALWI void sigmoid_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(fast_and_approx ? emu::SfpuInit::kSigmoidApproximate : emu::SfpuInit::kSigmoid, 0, 0, line);
}

template <VectorMode vec_mode = VectorMode::RC, bool fast_and_approx = false, bool is_fp32_dest_acc_en = false>
ALWI void sigmoid_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(fast_and_approx ? emu::SfpuOp::kSigmoidApproximate : emu::SfpuOp::kSigmoid, idst, vec_mode, 0, 0, 0,
                    line);
}

ALWI void silu_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kSilu, 0, 0, line); }

template <bool is_fp32_dest_acc_en = false>
ALWI void silu_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kSilu, idst, VectorMode::RC, 0, 0, 0, line);
}

template <bool fast_and_approx = false, bool is_fp32_dest_acc_en = false>
ALWI void tanh_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(fast_and_approx ? emu::SfpuInit::kTanhApproximate : emu::SfpuInit::kTanh, 0, 0, line);
}

template <bool fast_and_approx = false, bool is_fp32_dest_acc_en = false>
ALWI void tanh_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(fast_and_approx ? emu::SfpuOp::kTanhApproximate : emu::SfpuOp::kTanh, idst, VectorMode::RC, 0, 0, 0,
                    line);
}

ALWI void square_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kSquare, 0, 0, line); }

template <bool is_fp32_dest_acc_en = false>
ALWI void square_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kSquare, idst, VectorMode::RC, 0, 0, 0, line);
}

template <bool fast_and_approx = false, bool is_fp32_dest_acc_en = false>
ALWI void log_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kLog, 0, 0, line);
}

template <bool fast_and_approx = false, bool is_fp32_dest_acc_en = false>
ALWI void log_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kLog, idst, VectorMode::RC, 0, 0, 0, line);
}

template <bool fast_and_approx = false, bool is_fp32_dest_acc_en = false>
ALWI void log_with_base_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kLogWithBase, 0, 0, line);
}

// ln(x) * base_scale, the bits of 1 / ln(base) in fp32.
template <bool fast_and_approx = false, bool base_is_two = false, bool is_fp32_dest_acc_en = false>
ALWI void log_with_base_tile(uint32_t idst, uint32_t base_scale, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kLogWithBase, idst, VectorMode::RC, base_scale, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void exp2_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kExp2, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void exp2_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kExp2, idst, VectorMode::RC, 0, 0, 0, line);
}

template <bool approx = false, bool is_fp32_dest_acc_en = false>
ALWI void expm1_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kExpm1, 0, 0, line);
}

template <bool approx = false, bool is_fp32_dest_acc_en = false>
ALWI void expm1_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kExpm1, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void abs_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kAbs, 0, 0, line); }

ALWI void abs_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kAbs, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void abs_tile_int32(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kAbsInt32, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void sign_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kSign, 0, 0, line); }

ALWI void sign_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kSign, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void signbit_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kSignbit, 0, 0, line); }

ALWI void signbit_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kSignbit, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void heaviside_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kHeaviside, 0, 0, line);
}

ALWI void heaviside_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kHeaviside, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void power_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kPower, 0, 0, line); }

// param0: the exponent, as fp32 bits.
template <bool is_fp32_dest_acc_en = false>
ALWI void power_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kPower, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void power_iterative_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kPowerIterative, 0, 0, line);
}

// param0: a small non-negative integer exponent.
ALWI void power_iterative_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kPowerIterative, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_max_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kUnaryMax, 0, 0, line);
}

ALWI void unary_max_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryMax, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_max_int32_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kUnaryMaxInt32, 0, 0, line);
}

ALWI void unary_max_int32_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryMaxInt, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_min_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kUnaryMin, 0, 0, line);
}

ALWI void unary_min_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryMin, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_min_int32_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kUnaryMinInt32, 0, 0, line);
}

ALWI void unary_min_int32_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryMinInt, idst, VectorMode::RC, param0, 0, 0, line);
}

template <PoolType pool_type, DataFormat format, bool is_fp32_dest_acc_en = false>
ALWI void sfpu_reduce_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kReduce, 0, 0, line);
}

// Reduces each of ct_dim * rt_dim tiles from idst on, within the tile; results in row 0 (REDUCE_COL) or column 0
// (REDUCE_ROW).
template <PoolType pool_type, DataFormat format, ReduceDim reduce_dim = ReduceDim::REDUCE_COL,
          bool is_fp32_dest_acc_en = false>
ALWI void sfpu_reduce(uint32_t idst, uint32_t ct_dim = 1, uint32_t rt_dim = 1, uint32_t line = __builtin_LINE()) {
  constexpr bool integer = format == DataFormat::Int32 || format == DataFormat::UInt32 || format == DataFormat::UInt16;
  static_assert(reduce_dim != ReduceDim::REDUCE_SCALAR, "reduce rows or columns");
  device::SfpuReduce(pool_type, reduce_dim, integer, idst, ct_dim, rt_dim, line);
}

}  // namespace ckernel

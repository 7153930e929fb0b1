// Comparisons with zero or a constant (bits of fp32 or int32); 1 where true, else 0.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void unary_ne_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryNe, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_ne_tile_int32(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryNeInt, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_ne_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kUnaryNe, 0, 0, line);
}

ALWI void unary_eq_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryEq, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_eq_tile_int32(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryEqInt, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_eq_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kUnaryEq, 0, 0, line);
}

ALWI void unary_gt_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryGt, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_gt_tile_int32(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryGtInt, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_gt_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kUnaryGt, 0, 0, line);
}

ALWI void unary_ge_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryGe, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_ge_tile_int32(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryGeInt, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_ge_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kUnaryGe, 0, 0, line);
}

ALWI void unary_lt_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryLt, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_lt_tile_int32(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryLtInt, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_lt_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kUnaryLt, 0, 0, line);
}

ALWI void unary_le_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryLe, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_le_tile_int32(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kUnaryLeInt, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void unary_le_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kUnaryLe, 0, 0, line);
}

ALWI void gtz_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kGtz, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void gtz_tile_int32(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kGtzInt, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void gtz_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kGtz, 0, 0, line); }

ALWI void nez_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kNez, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void nez_tile_int32(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kNezInt, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void nez_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kNez, 0, 0, line); }

ALWI void gez_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kGez, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void gez_tile_int32(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kGezInt, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void gez_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kGez, 0, 0, line); }

ALWI void ltz_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kLtz, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void ltz_tile_int32(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kLtzInt, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void ltz_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kLtz, 0, 0, line); }

ALWI void eqz_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kEqz, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void eqz_tile_int32(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kEqzInt, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void eqz_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kEqz, 0, 0, line); }

ALWI void lez_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kLez, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void lez_tile_int32(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kLezInt, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void lez_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kLez, 0, 0, line); }

ALWI void eqz_tile_uint16(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kEqzInt, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void eqz_tile_uint32(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kEqzInt, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void nez_tile_uint16(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kNezInt, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void nez_tile_uint32(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kNezInt, idst, VectorMode::RC, 0, 0, 0, line);
}

}  // namespace ckernel

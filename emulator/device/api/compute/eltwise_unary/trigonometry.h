// Trigonometric and hyperbolic functions.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void sin_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kSin, 0, 0, line); }

template <bool is_fp32_dest_acc_en = false>
ALWI void sin_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kSin, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void cos_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kCos, 0, 0, line); }

template <bool is_fp32_dest_acc_en = false>
ALWI void cos_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kCos, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void tan_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kTan, 0, 0, line); }

template <bool is_fp32_dest_acc_en = false>
ALWI void tan_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kTan, idst, VectorMode::RC, 0, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void asin_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kAsin, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void asin_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kAsin, idst, VectorMode::RC, 0, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void acos_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kAcos, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void acos_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kAcos, idst, VectorMode::RC, 0, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void atan_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kAtan, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void atan_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kAtan, idst, VectorMode::RC, 0, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void sinh_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kSinh, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void sinh_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kSinh, idst, VectorMode::RC, 0, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void cosh_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kCosh, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void cosh_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kCosh, idst, VectorMode::RC, 0, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void asinh_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kAsinh, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void asinh_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kAsinh, idst, VectorMode::RC, 0, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void acosh_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kAcosh, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void acosh_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kAcosh, idst, VectorMode::RC, 0, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void atanh_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kAtanh, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void atanh_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kAtanh, idst, VectorMode::RC, 0, 0, 0, line);
}

}  // namespace ckernel

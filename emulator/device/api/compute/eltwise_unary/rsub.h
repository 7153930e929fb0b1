// scalar - x.
#pragma once

#include <cstdint>

#include "api/compute/eltwise_unary/binop_with_scalar.h"

namespace ckernel {

ALWI void rsub_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kRsub, 0, 0, line); }

template <bool is_fp32_dest_acc_en = false>
ALWI void rsub_tile(uint32_t idst, uint32_t scalar, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kRsub, idst, VectorMode::RC, scalar, 0, 0, line);
}

ALWI void rsub_unary_int32_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kRsubInt32, 0, 0, line);
}

ALWI void rsub_unary_int32_tile(uint32_t idst, uint32_t scalar, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kRsubInt32, idst, VectorMode::RC, scalar, 0, 0, line);
}

}  // namespace ckernel

// Activation functions; parameters as fp32 bits.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void hardsigmoid_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kHardsigmoid, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void hardsigmoid_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kHardsigmoid, 0, 0, line);
}

ALWI void softsign_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kSoftsign, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void softsign_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kSoftsign, 0, 0, line);
}

template <bool is_fp32_dest_acc_en = false>
ALWI void celu_tile(uint32_t idst, uint32_t alpha, uint32_t alpha_recip, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kCelu, idst, VectorMode::RC, alpha, alpha_recip, 0, line);
}

ALWI void celu_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kCelu, 0, 0, line); }

ALWI void softshrink_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kSoftshrink, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void softshrink_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kSoftshrink, 0, 0, line);
}

ALWI void hardshrink_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kHardshrink, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void hardshrink_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kHardshrink, 0, 0, line);
}

}  // namespace ckernel

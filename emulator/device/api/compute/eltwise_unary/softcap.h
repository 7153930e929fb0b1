// beta tanh(x / beta).
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void softcap_tile(uint32_t idst, uint32_t beta, uint32_t beta_recip, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kSoftcap, idst, VectorMode::RC, beta, beta_recip, 0, line);
}

ALWI void softcap_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kSoftcap, 0, 0, line); }

}  // namespace ckernel

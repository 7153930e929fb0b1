// Error function and its complement.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <bool fast_and_approx = true>
ALWI void erf_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kErf, 0, 0, line);
}

template <bool fast_and_approx = true>
ALWI void erf_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kErf, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void erfc_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kErfc, 0, 0, line); }

ALWI void erfc_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kErfc, idst, VectorMode::RC, 0, 0, 0, line);
}

}  // namespace ckernel

// The folder that these headers were in before 0.81.
#pragma once

#include "api/compute/transpose.h"

namespace ckernel {

// Names of before 0.81.
ALWI void transpose_wh_init(uint32_t icb, uint32_t ocb, uint32_t line = __builtin_LINE()) {
  device::HwStartup(icb, icb, ocb, line);
  device::TransposeInit(icb, line);
}

ALWI void transpose_wh_init_short(uint32_t icb, uint32_t line = __builtin_LINE()) { device::TransposeInit(icb, line); }

ALWI void transpose_wh_tile(uint32_t icb, uint32_t itile, uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::TransposeTile(icb, itile, idst, line);
}

}  // namespace ckernel

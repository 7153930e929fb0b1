// Constant tiles.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void fill_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kFill, 0, 0, line); }

ALWI void fill_tile(uint32_t idst, float param0, uint32_t line = __builtin_LINE()) {
  device::SfpuFill(idst, __builtin_bit_cast(uint32_t, param0), false, line);
}

template <DataFormat DATA_FORMAT>
ALWI void fill_tile_int(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuFill(idst, param0, true, line);
}

ALWI void fill_tile_bitcast(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuFill(idst, param0, false, line);
}

}  // namespace ckernel

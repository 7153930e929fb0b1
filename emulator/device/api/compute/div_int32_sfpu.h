// Quotients of Int32 DST tiles, as floats.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void div_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kDivInt, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void div_int32_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kDivInt32, 0, 0, line);
}

}  // namespace ckernel

// Products of integer DST tiles.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <DataFormat data_format>
ALWI void mul_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kMulInt, idst0, idst1, odst, VectorMode::RC, line);
}

template <DataFormat data_format>
ALWI void mul_int_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kMulInt, 0, 0, line);
}

}  // namespace ckernel

// Differences of integer DST tiles; rsub is idst1 - idst0.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <DataFormat data_format>
ALWI void sub_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kSubInt, idst0, idst1, odst, VectorMode::RC, line);
}

template <DataFormat data_format>
ALWI void rsub_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kRsubIntB, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void sub_int_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kSubInt, 0, 0, line); }

ALWI void rsub_int_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kRsubInt, 0, 0, line);
}

}  // namespace ckernel

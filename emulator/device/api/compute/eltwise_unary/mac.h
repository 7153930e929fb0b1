// odst = idst0 * idst1 + idst2.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <DataFormat data_format>
ALWI void mac_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kMac, 0, 0, line);
}

template <DataFormat data_format>
ALWI void mac_tile(uint32_t idst0, uint32_t idst1, uint32_t idst2, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuTernary(emu::SfpuOp::kMac, idst0, idst1, idst2, odst, 0, line);
}

}  // namespace ckernel

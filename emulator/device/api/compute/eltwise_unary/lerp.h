// odst = idst0 + idst2 * (idst1 - idst0).
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void lerp_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kLerp, 0, 0, line); }

template <DataFormat data_format, bool is_fp32_dest_acc_en = false>
ALWI void lerp_tile(uint32_t idst0, uint32_t idst1, uint32_t idst2, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuTernary(emu::SfpuOp::kLerp, idst0, idst1, idst2, odst, 0, line);
}

}  // namespace ckernel

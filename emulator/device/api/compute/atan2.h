// odst = atan2(idst0, idst1): the angle of the point (idst1, idst0).
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = false>
ALWI void atan2_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kAtan2, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void atan2_binary_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kAtan2Binary, 0, 0, line);
}

}  // namespace ckernel

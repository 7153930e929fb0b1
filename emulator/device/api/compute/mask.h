// 0 (or infinity) where the mask, the tile after idst_data, is 0.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void mask_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kMask, 0, 0, line); }

ALWI void mask_tile(uint32_t idst_data, uint32_t idst2_mask, DataFormat = DataFormat::Float16_b,
                    uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kMask, idst_data, idst2_mask, idst_data, VectorMode::RC, line);
}

ALWI void mask_posinf_tile(uint32_t idst_data, uint32_t idst2_mask, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kMaskPosinf, idst_data, idst2_mask, idst_data, VectorMode::RC, line);
}

}  // namespace ckernel

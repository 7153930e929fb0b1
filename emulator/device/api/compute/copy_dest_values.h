// Copies between DST tiles.
#pragma once

#include <cstdint>

#include "api/compute/common.h"

namespace ckernel {

ALWI void copy_dest_values_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kCopyDest, 0, 0, line);
}

template <DataFormat DATA_FORMAT = DataFormat::Float16_b>
ALWI void copy_dest_values(uint32_t idst_in, uint32_t idst_out, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kCopyB, idst_in, idst_in, idst_out, VectorMode::RC, line);
}

}  // namespace ckernel

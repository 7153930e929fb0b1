// Conversion between formats; IN_DTYPE and OUT_DTYPE are DataFormat numbers.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <uint32_t IN_DTYPE, uint32_t OUT_DTYPE>
ALWI void typecast_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kTypecast, 0, 0, line);
}

// Floats to Int32 and UInt32 truncate, to UInt16 round to nearest; out of range saturates.
template <uint32_t IN_DTYPE, uint32_t OUT_DTYPE, bool is_fp32_dest_acc_en = false>
ALWI void typecast_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kTypecast, idst, VectorMode::RC, IN_DTYPE, OUT_DTYPE, 0, line);
}

}  // namespace ckernel

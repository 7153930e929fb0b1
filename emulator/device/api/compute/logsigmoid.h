// log(sigmoid(x)); idst_in1 holds exp(-x).
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void logsigmoid_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kLogsigmoid, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void logsigmoid_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kLogsigmoid, 0, 0, line);
}

}  // namespace ckernel

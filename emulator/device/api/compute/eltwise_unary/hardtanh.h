// min(max(x, param0), param1).
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void hardtanh_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kHardtanh, 0, 0, line);
}

ALWI void hardtanh_tile(uint32_t idst, uint32_t param0, uint32_t param1, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kHardtanh, idst, VectorMode::RC, param0, param1, 0, line);
}

}  // namespace ckernel

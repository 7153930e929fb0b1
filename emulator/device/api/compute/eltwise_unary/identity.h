// x itself.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void identity_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kIdentity, 0, 0, line);
}

ALWI void identity_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kIdentity, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void identity_tile_uint32(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kIdentity, idst, VectorMode::RC, 0, 0, 0, line);
}

}  // namespace ckernel

// Remainder with the sign of the divisor; the divisor (fp32 bits) comes with the init, beside its reciprocal.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void remainder_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kRemainder, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void remainder_tile_init(uint32_t param0, uint32_t param1, uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kRemainder, param0, param1, line);
}

}  // namespace ckernel

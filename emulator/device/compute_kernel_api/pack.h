// The folder that these headers were in before 0.81.
#pragma once

#include "api/compute/pack.h"

namespace ckernel {

ALWI void matmul_pack_tile(uint32_t ifrom_dst, uint32_t icb, uint32_t ntiles, uint32_t line = __builtin_LINE()) {
  pack_block(ifrom_dst, icb, ntiles, line);
}

}  // namespace ckernel

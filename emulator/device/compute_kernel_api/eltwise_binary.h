// The folder that these headers were in before 0.81.
#pragma once

#include "api/compute/eltwise_binary.h"

namespace ckernel {

// Names of before 0.81; still older kernels leave the circular buffers to the defaults.
ALWI void binary_op_init_common(uint32_t icb0, uint32_t icb1, uint32_t ocb, uint32_t line = __builtin_LINE()) {
  device::HwStartup(icb0, icb1, ocb, line);
}

ALWI void add_tiles_init(uint32_t icb0 = 0, uint32_t icb1 = 1, bool acc_to_dest = false,
                         uint32_t line = __builtin_LINE()) {
  add_init(icb0, icb1, acc_to_dest, line);
}

ALWI void sub_tiles_init(uint32_t icb0 = 0, uint32_t icb1 = 1, bool acc_to_dest = false,
                         uint32_t line = __builtin_LINE()) {
  sub_init(icb0, icb1, acc_to_dest, line);
}

ALWI void mul_tiles_init(uint32_t icb0 = 0, uint32_t icb1 = 1, bool acc_to_dest = false,
                         uint32_t line = __builtin_LINE()) {
  mul_init(icb0, icb1, acc_to_dest, line);
}

}  // namespace ckernel

// The folder that these headers were in before 0.81.
#pragma once

#include "api/compute/eltwise_binary.h"
#include "api/debug/assert.h"

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

// By kind; full_init reconfigures less on the chip and makes no difference here.
template <bool full_init = false, EltwiseBinaryType type>
ALWI void binary_op_specific_init(uint32_t line = __builtin_LINE()) {
  device::BinaryInit(type, BroadcastType::NONE, 0, 1, false, line);
}
// By a number: 0 add, 1 sub, 2 mul.
template <bool full_init = false>
ALWI void binary_op_specific_init(int op_code, uint32_t line = __builtin_LINE()) {
  ASSERT(op_code >= 0 && op_code <= 2);
  device::BinaryInit(op_code == 0   ? EltwiseBinaryType::ELWADD
                     : op_code == 1 ? EltwiseBinaryType::ELWSUB
                                    : EltwiseBinaryType::ELWMUL,
                     BroadcastType::NONE, 0, 1, false, line);
}

}  // namespace ckernel

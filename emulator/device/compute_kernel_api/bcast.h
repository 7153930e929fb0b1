// The folder that these headers were in before 0.81.
#pragma once

#include "api/compute/bcast.h"

namespace ckernel {

// Names of before 0.81.
template <EltwiseBinaryType tBcastOp, BroadcastType tBcastDim>
ALWI void init_bcast(uint32_t icb0, uint32_t icb1, uint32_t ocb, uint32_t line = __builtin_LINE()) {
  device::HwStartup(icb0, icb1, ocb, line);
  device::BinaryInit(tBcastOp, tBcastDim, icb0, icb1, false, line);
}

ALWI void add_bcast_rows_init_short(uint32_t icb0, uint32_t icb1, uint32_t line = __builtin_LINE()) {
  add_bcast_rows_init(icb0, icb1, line);
}

ALWI void add_bcast_cols_init_short(uint32_t icb0, uint32_t icb1, uint32_t line = __builtin_LINE()) {
  add_bcast_cols_init(icb0, icb1, line);
}

ALWI void add_bcast_scalar_init_short(uint32_t icb0, uint32_t icb1, uint32_t line = __builtin_LINE()) {
  add_bcast_scalar_init(icb0, icb1, line);
}

ALWI void sub_bcast_rows_init_short(uint32_t icb0, uint32_t icb1, uint32_t line = __builtin_LINE()) {
  sub_bcast_rows_init(icb0, icb1, line);
}

ALWI void sub_bcast_cols_init_short(uint32_t icb0, uint32_t icb1, uint32_t line = __builtin_LINE()) {
  sub_bcast_cols_init(icb0, icb1, line);
}

ALWI void sub_tiles_bcast_scalar_init_short(uint32_t icb0, uint32_t icb1, uint32_t line = __builtin_LINE()) {
  sub_bcast_scalar_init(icb0, icb1, line);
}

ALWI void mul_bcast_rows_init_short(uint32_t icb0, uint32_t icb1, uint32_t line = __builtin_LINE()) {
  mul_bcast_rows_init(icb0, icb1, line);
}

ALWI void mul_bcast_cols_init_short(uint32_t icb0, uint32_t icb1, uint32_t line = __builtin_LINE()) {
  mul_bcast_cols_init(icb0, icb1, line);
}

ALWI void mul_tiles_bcast_scalar_init_short(uint32_t icb0, uint32_t icb1, uint32_t line = __builtin_LINE()) {
  mul_bcast_scalar_init(icb0, icb1, line);
}

}  // namespace ckernel

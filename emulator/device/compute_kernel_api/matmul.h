// The folder that these headers were in before 0.81.
#pragma once

#include "api/compute/matmul.h"

namespace ckernel {

// Names of before 0.81, which configure the formats as well.
ALWI void mm_init(uint32_t in0_cb_id = 0, uint32_t in1_cb_id = 1, uint32_t out_cb_id = 16, const uint32_t transpose = 0,
                  uint32_t line = __builtin_LINE()) {
  device::HwStartup(in1_cb_id, in0_cb_id, out_cb_id, line);
  device::MatmulInit(in0_cb_id, in1_cb_id, transpose != 0, 1, 1, 1, false, line);
}

ALWI void mm_init_short(uint32_t in0_cb_id = 0, uint32_t in1_cb_id = 1, const uint32_t transpose = 0,
                        uint32_t line = __builtin_LINE()) {
  device::MatmulInit(in0_cb_id, in1_cb_id, transpose != 0, 1, 1, 1, false, line);
}

ALWI void mm_init_short_with_dt(uint32_t in0_cb_id, uint32_t in1_cb_id, uint32_t, const uint32_t transpose = 0,
                                uint32_t line = __builtin_LINE()) {
  device::ReconfigSrcA(in1_cb_id, line);
  device::MatmulInit(in0_cb_id, in1_cb_id, transpose != 0, 1, 1, 1, false, line);
}

ALWI void mm_block_init(uint32_t in0_cb_id = 0, uint32_t in1_cb_id = 1, uint32_t out_cb_id = 16,
                        const uint32_t transpose = 0, uint32_t ct_dim = 1, uint32_t rt_dim = 1, uint32_t kt_dim = 1,
                        uint32_t line = __builtin_LINE()) {
  device::HwStartup(in1_cb_id, in0_cb_id, out_cb_id, line);
  device::MatmulInit(in0_cb_id, in1_cb_id, transpose != 0, ct_dim, rt_dim, kt_dim, true, line);
}

ALWI void mm_block_init_short(uint32_t in0_cb_id = 0, uint32_t in1_cb_id = 1, const uint32_t transpose = 0,
                              uint32_t ct_dim = 1, uint32_t rt_dim = 1, uint32_t kt_dim = 1,
                              uint32_t line = __builtin_LINE()) {
  device::MatmulInit(in0_cb_id, in1_cb_id, transpose != 0, ct_dim, rt_dim, kt_dim, true, line);
}

ALWI void mm_block_init_short_with_dt(uint32_t in0_cb_id, uint32_t in1_cb_id, uint32_t, const uint32_t transpose = 0,
                                      uint32_t ct_dim = 1, uint32_t rt_dim = 1, uint32_t kt_dim = 1,
                                      uint32_t line = __builtin_LINE()) {
  device::ReconfigSrcA(in1_cb_id, line);
  device::MatmulInit(in0_cb_id, in1_cb_id, transpose != 0, ct_dim, rt_dim, kt_dim, true, line);
}

}  // namespace ckernel

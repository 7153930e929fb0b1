#include <cstdint>

#include "compute_kernel_api/common.h"
#include "compute_kernel_api/eltwise_binary.h"
#include "compute_kernel_api/tile_move_copy.h"

namespace NAMESPACE {
void MAIN {
  const uint32_t tiles = get_arg_val<uint32_t>(0);
  constexpr auto in0 = tt::CBIndex::c_0, in1 = tt::CBIndex::c_1, out = tt::CBIndex::c_16;
  binary_op_init_common(in0, in1, out);
  BINARY_INIT(in0, in1);
  for (uint32_t i = 0; i < tiles; ++i) {
    cb_wait_front(in0, 1);
    cb_wait_front(in1, 1);
    tile_regs_acquire();
    BINARY_OP(in0, in1, 0, 0, 0);
    tile_regs_commit();
    tile_regs_wait();
    cb_reserve_back(out, 1);
    pack_tile(0, out);
    cb_push_back(out, 1);
    tile_regs_release();
    cb_pop_front(in0, 1);
    cb_pop_front(in1, 1);
  }
}
}  // namespace NAMESPACE

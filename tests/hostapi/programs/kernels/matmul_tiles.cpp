#include <cstdint>

#include "compute_kernel_api/matmul.h"
#include "compute_kernel_api/tile_move_copy.h"

namespace NAMESPACE {
void MAIN {
  const uint32_t count = get_arg_val<uint32_t>(0), Kt = get_arg_val<uint32_t>(1);
  constexpr tt::CBIndex in0 = tt::CBIndex::c_0, in1 = tt::CBIndex::c_1, out = tt::CBIndex::c_16;
  mm_init(in0, in1, out);
  for (uint32_t t = 0; t < count; ++t) {
    acquire_dst(tt::DstMode::Half);
    for (uint32_t k = 0; k < Kt; ++k) {
      cb_wait_front(in0, 1);
      cb_wait_front(in1, 1);
      matmul_tiles(in0, in1, 0, 0, 0, false);
      cb_pop_front(in0, 1);
      cb_pop_front(in1, 1);
    }
    cb_reserve_back(out, 1);
    pack_tile(0, out);
    cb_push_back(out, 1);
    release_dst(tt::DstMode::Half);
  }
}
}  // namespace NAMESPACE

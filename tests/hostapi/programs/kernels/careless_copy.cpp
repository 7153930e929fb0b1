#include "compute_kernel_api/common.h"
#include "compute_kernel_api/eltwise_unary/eltwise_unary.h"
#include "compute_kernel_api/tile_move_copy.h"

// Packs before it reserves, and reads an argument that it was not given.
void kernel_main() {
  if (get_arg_val<uint32_t>(2) != 0) return;
  unary_op_init_common(tt::CBIndex::c_0, tt::CBIndex::c_16);
  copy_tile_init(tt::CBIndex::c_0);
  cb_wait_front(tt::CBIndex::c_0, 1);
  tile_regs_acquire();
  copy_tile(tt::CBIndex::c_0, 0, 0);
  tile_regs_commit();
  tile_regs_wait();
  pack_tile(0, tt::CBIndex::c_16);
  tile_regs_release();
  cb_reserve_back(tt::CBIndex::c_16, 1);
  cb_push_back(tt::CBIndex::c_16, 1);
  cb_pop_front(tt::CBIndex::c_0, 1);
}

#include "compute_kernel_api/common.h"
#include "compute_kernel_api/reduce.h"
#include "compute_kernel_api/tilize.h"
#include "compute_kernel_api/untilize.h"

namespace NAMESPACE {
void MAIN {
  constexpr uint32_t rows = get_compile_time_arg_val(0), columns = get_compile_time_arg_val(1);
  compute_kernel_hw_startup(tt::CBIndex::c_0, tt::CBIndex::c_1, tt::CBIndex::c_16);
  cb_wait_front(1, 1);
  for (uint32_t row = 0; row < rows; ++row) {
    untilize_init(tt::CBIndex::c_0);
    cb_wait_front(0, columns);
    cb_reserve_back(2, columns);
    untilize_block(0, columns, 2);
    cb_push_back(2, columns);
    cb_pop_front(0, columns);
    untilize_uninit(0);

    tilize_init(2, columns, 3);
    cb_wait_front(2, columns);
    cb_reserve_back(3, columns);
    tilize_block(2, columns, 3);
    cb_push_back(3, columns);
    cb_pop_front(2, columns);
    tilize_uninit(2, 3);

    reduce_init<REDUCE_OP, REDUCE_DIM>(3, 1, 16);
    cb_wait_front(3, columns);
    tile_regs_acquire();
    for (uint32_t c = 0; c < columns; ++c) reduce_tile<REDUCE_OP, REDUCE_DIM>(3, 1, c, 0, 0);
    tile_regs_commit();
    cb_reserve_back(16, 1);
    tile_regs_wait();
    pack_tile(0, 16);
    tile_regs_release();
    cb_push_back(16, 1);
    reduce_uninit();
    cb_pop_front(3, columns);
  }
}
}  // namespace NAMESPACE

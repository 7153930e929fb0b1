#include <cstdint>

#include "compute_kernel_api/common.h"
#include "compute_kernel_api/eltwise_binary_sfpu.h"
#include "compute_kernel_api/tile_move_copy.h"
#include "tools/profiler/kernel_profiler.hpp"

namespace NAMESPACE {

void add_up(uint32_t before, uint32_t in, uint32_t out, uint32_t count) {
  copy_tile_to_dst_init_short_with_dt(before, in);
  pack_reconfig_data_format(out);
  tile_regs_acquire();
  for (uint32_t i = 0; i < count; ++i) {
    cb_wait_front(in, 1);
    copy_tile_init(in);
    copy_tile(in, 0, i == 0 ? 0 : 1);
    if (i > 0) {
      add_binary_tile_init();
      add_binary_tile(0, 1, 0);
    }
    cb_pop_front(in, 1);
  }
  tile_regs_commit();
  cb_reserve_back(out, 1);
  tile_regs_wait();
  pack_tile(0, out);
  tile_regs_release();
  cb_push_back(out, 1);
}

void MAIN {
  DeviceZoneScopedN("sum");
  const uint32_t count = get_arg_val<uint32_t>(0), partial_sums = get_arg_val<uint32_t>(1);
  init_sfpu(tt::CBIndex::c_0, tt::CBIndex::c_16);
  add_up(tt::CBIndex::c_0, tt::CBIndex::c_0, tt::CBIndex::c_16, count);
  if (partial_sums) add_up(tt::CBIndex::c_0, tt::CBIndex::c_1, tt::CBIndex::c_17, partial_sums);
}

}  // namespace NAMESPACE

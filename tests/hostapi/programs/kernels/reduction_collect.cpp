#include <cstdint>

#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc_semaphore.h"

void kernel_main() {
  const uint32_t position = get_arg_val<uint32_t>(1);
  const uint32_t x = get_arg_val<uint32_t>(2), y = get_arg_val<uint32_t>(3);
  const uint32_t last_x = get_arg_val<uint32_t>(4), last_y = get_arg_val<uint32_t>(5);
  constexpr uint32_t num_cores = get_compile_time_arg_val(2);
  constexpr auto args = TensorAccessorArgs<3>();
  constexpr uint32_t all = tt::CBIndex::c_1, mine = tt::CBIndex::c_16, total = tt::CBIndex::c_17;
  const uint32_t bytes = get_tile_size(mine);
  Noc noc;
  Semaphore room(get_compile_time_arg_val(0)), arrived(get_compile_time_arg_val(1));
  if (position == 0) {
    cb_reserve_back(all, num_cores);
    room.set(1);
    room.set_multicast(noc, x, y, last_x, last_y, num_cores - 1);
    noc.async_write_barrier();
  } else {
    room.wait(1);
  }
  cb_wait_front(mine, 1);
  noc_async_write(get_read_ptr(mine), get_noc_addr(x, y, get_write_ptr(all) + position * bytes), bytes);
  noc.async_write_barrier();
  cb_pop_front(mine, 1);
  if (position > 0) {
    arrived.up(noc, x, y, 1);
    noc.async_atomic_barrier();
    return;
  }
  arrived.down(num_cores - 1);
  ASSERT(arrived.value() == 0);
  cb_push_back(all, num_cores);
  const auto out = TensorAccessor(args, get_arg_val<uint32_t>(0), get_tile_size(total));
  cb_wait_front(total, 1);
  noc_async_write_tile(0, out, get_read_ptr(total));
  noc.async_write_barrier();
  cb_pop_front(total, 1);
}

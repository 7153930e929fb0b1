#include "dataflow_api.h"

// Both cores have the second circular buffer at the same address.
void kernel_main() {
  constexpr uint32_t from = get_compile_time_arg_val(0), to = get_compile_time_arg_val(1);
  const uint32_t x = get_arg_val<uint32_t>(0), y = get_arg_val<uint32_t>(1);
  const uint32_t semaphore = get_semaphore(get_arg_val<uint32_t>(2));
  auto* ready = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(semaphore);
  cb_wait_front(from, 1);
  noc_semaphore_wait(ready, 1);
  noc_async_write(get_read_ptr(from), get_noc_addr(x, y, get_write_ptr(to)), get_tile_size(from));
  noc_async_write_barrier();
  noc_semaphore_inc(get_noc_addr(x, y, semaphore), 1);
  noc_async_atomic_barrier();
  cb_pop_front(from, 1);
}

#include "api/dataflow/dataflow_api.h"
#include "api/debug/dprint.h"
void kernel_main() {
  const uint32_t addr = get_common_arg_val<uint32_t>(0);
  const uint32_t n = get_common_arg_val<uint32_t>(1);
  constexpr uint32_t cb = get_compile_time_arg_val(0);
  constexpr auto a = TensorAccessorArgs<1>();
  const auto s = TensorAccessor(a, addr, get_tile_size(cb));
  DPRINT << "writing " << n << " tiles" << ENDL();
  for (uint32_t i = 0; i < n; i++) {
    cb_wait_front(cb, 1);
    noc_async_write_page(i, s, get_read_ptr(cb));
    noc_async_writes_flushed();
    cb_pop_front(cb, 1);
  }
  noc_async_write_barrier();
}

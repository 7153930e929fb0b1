#include "api/dataflow/dataflow_api.h"
void kernel_main() {
  const uint32_t addr = get_common_arg_val<uint32_t>(0);
  const uint32_t n = get_common_arg_val<uint32_t>(1);
  constexpr uint32_t cb = get_compile_time_arg_val(0);
  constexpr auto a = TensorAccessorArgs<1>();
  const auto s = TensorAccessor(a, addr, get_tile_size(cb));
  for (uint32_t i = 0; i < n; i++) {
    cb_reserve_back(cb, 1);
    const uint64_t from = s.get_noc_addr(i);
    noc_async_read(from, get_write_ptr(cb), get_tile_size(cb));
    noc_async_read_barrier();
    cb_push_back(cb, 1);
  }
}

#include <cstdint>

#include "dataflow_api.h"

void kernel_main() {
  const uint32_t first = get_arg_val<uint32_t>(0), count = get_arg_val<uint32_t>(1);
  constexpr uint32_t bytes = get_compile_time_arg_val(0);
  constexpr auto args = TensorAccessorArgs<1>();
  const auto out = TensorAccessor(args, get_common_arg_val<uint32_t>(0), bytes);
  for (uint32_t row = first; row < first + count; ++row) {
    cb_wait_front(0, 1);
    noc_async_write(get_read_ptr(0), get_noc_addr(row, out), bytes);
    noc_async_write_barrier();
    cb_pop_front(0, 1);
  }
}

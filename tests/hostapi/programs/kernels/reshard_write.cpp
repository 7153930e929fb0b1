#include "dataflow_api.h"

void kernel_main() {
  constexpr uint32_t rows = get_compile_time_arg_val(0);
  constexpr auto out_args = TensorAccessorArgs<1>();
  const auto out = TensorAccessor(out_args, get_arg_val<uint32_t>(0), get_tile_size(16));
  const uint32_t shard = get_arg_val<uint32_t>(1);
  for (uint32_t row = 0; row < rows; ++row) {
    cb_wait_front(16, 1);
    noc_async_write_tile(shard * rows + row, out, get_read_ptr(16));
    noc_async_writes_flushed();
    cb_pop_front(16, 1);
  }
  noc_async_write_barrier();
}

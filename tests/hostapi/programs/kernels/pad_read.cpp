#include <cstdint>

#include "dataflow_api.h"

void kernel_main() {
  const uint32_t rows = get_common_arg_val<uint32_t>(2), first = get_arg_val<uint32_t>(0),
                 count = get_arg_val<uint32_t>(1);
  constexpr uint32_t in_bytes = get_compile_time_arg_val(0), out_bytes = get_compile_time_arg_val(1);
  constexpr auto in_args = TensorAccessorArgs<2>();
  constexpr auto padding_args = TensorAccessorArgs<in_args.next_compile_time_args_offset()>();
  const auto in = TensorAccessor(in_args, get_common_arg_val<uint32_t>(0), in_bytes);
  const auto padding = TensorAccessor(padding_args, get_common_arg_val<uint32_t>(1), out_bytes);
  for (uint32_t row = first; row < first + count; ++row) {
    cb_reserve_back(0, 1);
    const uint32_t to = get_write_ptr(0);
    noc_async_read(get_noc_addr(0, padding), to, out_bytes);
    noc_async_read_barrier();
    if (row < rows) {
      noc_async_read(get_noc_addr(row, in), to, in_bytes);
      noc_async_read_barrier();
    }
    cb_push_back(0, 1);
  }
}

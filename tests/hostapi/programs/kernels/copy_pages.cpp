#include "accessor/tensor_accessor.h"
#include "dataflow_api.h"

void kernel_main() {
  constexpr uint32_t cb = get_compile_time_arg_val(0), bytes = get_compile_time_arg_val(1);
  constexpr auto in_args = TensorAccessorArgs<2>();
  constexpr auto out_args = TensorAccessorArgs<in_args.next_compile_time_args_offset()>();
  const auto in = TensorAccessor(in_args, get_arg_val<uint32_t>(0), bytes);
  const auto out = TensorAccessor(out_args, get_arg_val<uint32_t>(1), bytes);
  cb_reserve_back(cb, 1);
  const uint32_t l1 = get_write_ptr(cb);
  for (const auto& page : in.pages(get_arg_val<uint32_t>(2), get_arg_val<uint32_t>(3))) {
    noc_async_read(page.noc_addr(), l1, bytes);
    noc_async_read_barrier();
    noc_async_write(l1, out.get_noc_addr(page.page_id()), bytes);
    noc_async_write_barrier();
  }
}

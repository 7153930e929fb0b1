#include "dataflow_api.h"

void kernel_main() {
  constexpr uint32_t cb = get_compile_time_arg_val(0);
  constexpr bool dram = get_compile_time_arg_val(1) == 1;
  const InterleavedAddrGenFast<dram> from = {
      .bank_base_address = get_arg_val<uint32_t>(0), .page_size = get_tile_size(cb), .data_format = get_dataformat(cb)};
  cb_reserve_back(cb, 1);
  noc_async_read_tile(0, from, get_write_ptr(cb));
  noc_async_read_barrier();
  cb_push_back(cb, 1);
}

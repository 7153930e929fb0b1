// Writes `count` output tiles from tile `first` on.
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
  const uint32_t address = get_arg_val<uint32_t>(0);
  const uint32_t first = get_arg_val<uint32_t>(1), count = get_arg_val<uint32_t>(2);
  constexpr auto args = TensorAccessorArgs<0>();
  constexpr uint32_t cb = tt::CBIndex::c_16;
  const auto out = TensorAccessor(args, address, get_tile_size(cb));
  for (uint32_t t = first; t < first + count; ++t) {
    cb_wait_front(cb, 1);
    noc_async_write_page(t, out, get_read_ptr(cb));
    noc_async_write_barrier();
    cb_pop_front(cb, 1);
  }
}

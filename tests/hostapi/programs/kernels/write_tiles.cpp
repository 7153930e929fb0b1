#include <cstdint>

#include "dataflow_api.h"

// args: address, first tile, number of tiles
void kernel_main() {
  const uint32_t first = get_arg_val<uint32_t>(1), tiles = get_arg_val<uint32_t>(2);
  constexpr auto args = TensorAccessorArgs<0>();
  const auto out = TensorAccessor(args, get_arg_val<uint32_t>(0), get_tile_size(tt::CBIndex::c_16));
  for (uint32_t i = 0; i < tiles; ++i) {
    cb_wait_front(tt::CBIndex::c_16, 1);
    noc_async_write_tile(first + i, out, get_read_ptr(tt::CBIndex::c_16));
    noc_async_write_barrier();
    cb_pop_front(tt::CBIndex::c_16, 1);
  }
}

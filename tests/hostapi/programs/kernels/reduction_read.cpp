#include <cstdint>

#include "dataflow_api.h"

void kernel_main() {
  constexpr auto args = TensorAccessorArgs<0>();
  constexpr uint32_t cb = tt::CBIndex::c_0;
  const auto in = TensorAccessor(args, get_arg_val<uint32_t>(0), get_tile_size(cb));
  const uint32_t first = get_arg_val<uint32_t>(1), count = get_arg_val<uint32_t>(2);
  for (uint32_t i = first; i < first + count; ++i) {
    DeviceZoneScopedN("tile");
    cb_reserve_back(cb, 1);
    noc_async_read_tile(i, in, get_write_ptr(cb));
    noc_async_read_barrier();
    cb_push_back(cb, 1);
  }
}

#include <cstdint>

#include "dataflow_api.h"

void kernel_main() {
  const uint32_t tiles = get_arg_val<uint32_t>(2);
  constexpr auto a_args = TensorAccessorArgs<0>();
  constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
  const auto a = TensorAccessor(a_args, get_arg_val<uint32_t>(0), get_tile_size(tt::CBIndex::c_0));
  const auto b = TensorAccessor(b_args, get_arg_val<uint32_t>(1), get_tile_size(tt::CBIndex::c_1));
  for (uint32_t i = 0; i < tiles; ++i) {
    cb_reserve_back(tt::CBIndex::c_0, 1);
    cb_reserve_back(tt::CBIndex::c_1, 1);
    noc_async_read_tile(i, a, get_write_ptr(tt::CBIndex::c_0));
    noc_async_read_tile(i, b, get_write_ptr(tt::CBIndex::c_1));
    noc_async_read_barrier();
    cb_push_back(tt::CBIndex::c_0, 1);
    cb_push_back(tt::CBIndex::c_1, 1);
  }
}

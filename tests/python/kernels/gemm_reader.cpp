// Feeds one row of blocks after the other: tile (m, k) of A and tile (k, n) of B for each product of output tile (m, n).
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
  const uint32_t a_address = get_arg_val<uint32_t>(0), b_address = get_arg_val<uint32_t>(1);
  const uint32_t first = get_arg_val<uint32_t>(2), count = get_arg_val<uint32_t>(3);
  constexpr uint32_t kt = get_compile_time_arg_val(0), nt = get_compile_time_arg_val(1);
  constexpr auto a_args = TensorAccessorArgs<2>();
  constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
  constexpr uint32_t cb_a = tt::CBIndex::c_0, cb_b = tt::CBIndex::c_1;
  const auto a = TensorAccessor(a_args, a_address, get_tile_size(cb_a));
  const auto b = TensorAccessor(b_args, b_address, get_tile_size(cb_b));
  for (uint32_t t = first; t < first + count; ++t) {
    for (uint32_t k = 0; k < kt; ++k) {
      cb_reserve_back(cb_a, 1);
      cb_reserve_back(cb_b, 1);
      noc_async_read_page(t / nt * kt + k, a, get_write_ptr(cb_a));
      noc_async_read_page(k * nt + t % nt, b, get_write_ptr(cb_b));
#ifndef NO_BARRIER
      noc_async_read_barrier();
#endif
      cb_push_back(cb_a, 1);
      cb_push_back(cb_b, 1);
    }
  }
}

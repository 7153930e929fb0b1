#include <cstdint>

#include "dataflow_api.h"

void kernel_main() {
  constexpr auto args = TensorAccessorArgs<0>();
  constexpr uint32_t cb = tt::CBIndex::c_16;
  const auto c = TensorAccessor(args, get_arg_val<uint32_t>(0), get_tile_size(cb));
  const uint32_t Nt = get_arg_val<uint32_t>(1), row = get_arg_val<uint32_t>(2), column = get_arg_val<uint32_t>(3);
  const uint32_t block_m = get_arg_val<uint32_t>(4), block_n = get_arg_val<uint32_t>(5);
  const uint32_t sub_m = get_arg_val<uint32_t>(6), sub_n = get_arg_val<uint32_t>(7);
  for (uint32_t m = 0; m < block_m; m += sub_m) {
    for (uint32_t n = 0; n < block_n; n += sub_n) {
      cb_wait_front(cb, sub_m * sub_n);
      uint32_t from = get_read_ptr(cb);
      for (uint32_t h = 0; h < sub_m; ++h) {
        for (uint32_t w = 0; w < sub_n; ++w) {
          noc_async_write_tile((row + m + h) * Nt + column + n + w, c, from);
          from += get_tile_size(cb);
        }
      }
      noc_async_write_barrier();
      cb_pop_front(cb, sub_m * sub_n);
    }
  }
}

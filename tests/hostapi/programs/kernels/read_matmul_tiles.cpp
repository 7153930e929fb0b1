#include <cstdint>

#include "dataflow_api.h"

void kernel_main() {
  const uint32_t Kt = get_arg_val<uint32_t>(2), Nt = get_arg_val<uint32_t>(3);
  const uint32_t first = get_arg_val<uint32_t>(4), count = get_arg_val<uint32_t>(5);
  constexpr uint32_t in0 = 0, in1 = 1;
  constexpr auto a_args = TensorAccessorArgs<0>();
  constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
  const auto a = TensorAccessor(a_args, get_arg_val<uint32_t>(0), get_tile_size(in0));
  const auto b = TensorAccessor(b_args, get_arg_val<uint32_t>(1), get_tile_size(in1));
  for (uint32_t t = first; t < first + count; ++t) {
    for (uint32_t k = 0; k < Kt; ++k) {
      cb_reserve_back(in0, 1);
      noc_async_read_tile(t / Nt * Kt + k, a, get_write_ptr(in0));
      noc_async_read_barrier();
      cb_push_back(in0, 1);
      cb_reserve_back(in1, 1);
      noc_async_read_tile(k * Nt + t % Nt, b, get_write_ptr(in1));
      noc_async_read_barrier();
      cb_push_back(in1, 1);
    }
  }
}

// Q, K and V of chunks of rows, counted over all heads: Q once for a chunk of rows, K (its tiles in transposed order) and V for every step.
#include <cstdint>
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
  constexpr uint32_t first = TensorAccessorArgs<0>().next_compile_time_args_offset();
  constexpr uint32_t q_tiles = get_compile_time_arg_val(first), k_tiles = get_compile_time_arg_val(first + 1);
  constexpr uint32_t d_tiles = get_compile_time_arg_val(first + 2), k_chunks = get_compile_time_arg_val(first + 3);
  constexpr uint32_t q_chunks = get_compile_time_arg_val(first + 4), group = get_compile_time_arg_val(first + 5);
  const uint32_t tile = get_tile_size(0);
  const auto q = TensorAccessor(TensorAccessorArgs<0>(), get_arg_val<uint32_t>(0), tile);
  const auto k = TensorAccessor(TensorAccessorArgs<0>(), get_arg_val<uint32_t>(1), tile);
  const auto v = TensorAccessor(TensorAccessorArgs<0>(), get_arg_val<uint32_t>(2), tile);
  const uint32_t begin = get_arg_val<uint32_t>(3), end = get_arg_val<uint32_t>(4);
  for (uint32_t index = begin; index < end; ++index) {
    const uint32_t chunk = index % q_chunks, kv_pages = index / q_chunks / group * k_chunks * k_tiles * d_tiles;
    cb_reserve_back(0, q_tiles * d_tiles);
    uint32_t to = get_write_ptr(0);
    for (uint32_t i = 0; i < q_tiles * d_tiles; ++i) {
      noc_async_read_page(index * q_tiles * d_tiles + i, q, to);
      to += tile;
    }
    noc_async_read_barrier();
    cb_push_back(0, q_tiles * d_tiles);
#ifdef CAUSAL
    const uint32_t steps = ((chunk + 1) * q_tiles + k_tiles - 1) / k_tiles;
#else
    const uint32_t steps = k_chunks;
#endif
    for (uint32_t step = 0; step < steps; ++step) {
      const uint32_t page = kv_pages + step * k_tiles * d_tiles;
      cb_reserve_back(1, k_tiles * d_tiles);
      const uint32_t k_to = get_write_ptr(1);
      for (uint32_t i = 0; i < k_tiles; ++i) {
        for (uint32_t d = 0; d < d_tiles; ++d) {
          noc_async_read_page(page + i * d_tiles + d, k, k_to + (d * k_tiles + i) * tile);
        }
      }
      noc_async_read_barrier();
      cb_push_back(1, k_tiles * d_tiles);
      cb_reserve_back(2, k_tiles * d_tiles);
      uint32_t v_to = get_write_ptr(2);
      for (uint32_t i = 0; i < k_tiles * d_tiles; ++i) {
        noc_async_read_page(page + i, v, v_to);
        v_to += tile;
      }
      noc_async_read_barrier();
      cb_push_back(2, k_tiles * d_tiles);
    }
  }
}

// in1 and the output of the GEMM: blocks of BLOCK_K x BLOCK_N tiles are read by the first core of a column and go down
// the column; between them the core's own output is written, sub-block by sub-block, unless it stays in L1.
#include <cstdint>
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
  constexpr uint32_t in1_end = TensorAccessorArgs<0>().next_compile_time_args_offset();
  constexpr uint32_t accessor_args = TensorAccessorArgs<in1_end>().next_compile_time_args_offset();
  constexpr uint32_t block_n = get_compile_time_arg_val(accessor_args);
  constexpr uint32_t block_k = get_compile_time_arg_val(accessor_args + 1);
  constexpr uint32_t blocks_k = get_compile_time_arg_val(accessor_args + 2);
  constexpr uint32_t rounds_m = get_compile_time_arg_val(accessor_args + 3);
  constexpr uint32_t rounds_n = get_compile_time_arg_val(accessor_args + 4);
  constexpr uint32_t rows = get_compile_time_arg_val(accessor_args + 5);
  constexpr uint32_t n_tiles = get_compile_time_arg_val(accessor_args + 6);
  constexpr uint32_t block_m = get_compile_time_arg_val(accessor_args + 7);
  constexpr uint32_t sub_m = get_compile_time_arg_val(accessor_args + 8);
  constexpr uint32_t sub_n = get_compile_time_arg_val(accessor_args + 9);
  const uint32_t tile = get_tile_size(1), out_tile = get_tile_size(16);
  const uint32_t block_bytes = block_n * block_k * tile;
  const auto in1 = TensorAccessor(TensorAccessorArgs<0>(), get_arg_val<uint32_t>(0), tile);
  const auto out = TensorAccessor(TensorAccessorArgs<in1_end>(), get_arg_val<uint32_t>(1), out_tile);
  const uint32_t column = get_arg_val<uint32_t>(2), me = get_arg_val<uint32_t>(3);

  const uint32_t ready = get_semaphore(2), valid = get_semaphore(3);
  volatile tt_l1_ptr uint32_t* ready_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready);
  volatile tt_l1_ptr uint32_t* valid_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(valid);

  for (uint32_t round_m = 0; round_m < rounds_m; ++round_m) {
    for (uint32_t round_n = 0; round_n < rounds_n; ++round_n) {
      const uint32_t first_n = (column * rounds_n + round_n) * block_n;
      for (uint32_t block = 0; block < blocks_k; ++block) {
        cb_reserve_back(1, block_n * block_k);
        const uint32_t l1 = get_write_ptr(1);
        if (me == 0) {
          uint32_t page = block * block_k * n_tiles + first_n, to = l1;
          for (uint32_t k = 0; k < block_k; ++k) {
            for (uint32_t n = 0; n < block_n; ++n) {
              if (first_n + n < n_tiles) noc_async_read_page(page + n, in1, to);
              to += tile;
            }
            page += n_tiles;
          }
          noc_async_read_barrier();
          if constexpr (rows > 1) {
            noc_semaphore_wait(ready_ptr, rows - 1);
            noc_semaphore_set(ready_ptr, 0);
            noc_async_write_multicast(l1, get_noc_multicast_addr(my_x[0], 0, my_x[0], rows - 1, l1), block_bytes,
                                      rows - 1, true);
            noc_semaphore_set(valid_ptr, VALID);
            noc_semaphore_set_multicast(valid, get_noc_multicast_addr(my_x[0], 0, my_x[0], rows - 1, valid), rows - 1);
            noc_async_writes_flushed();
          }
        } else {
          noc_semaphore_set(valid_ptr, INVALID);
          noc_semaphore_inc(get_noc_addr(my_x[0], 0, ready), 1);
          noc_semaphore_wait(valid_ptr, VALID);
        }
        cb_push_back(1, block_n * block_k);
      }
#ifndef OUT_IN_L1
      const uint32_t first_m = (me * rounds_m + round_m) * block_m;
      for (uint32_t m = 0; m < block_m; m += sub_m) {
        for (uint32_t n = 0; n < block_n; n += sub_n) {
          cb_wait_front(16, sub_m * sub_n);
          uint32_t from = get_read_ptr(16);
          for (uint32_t i = 0; i < sub_m; ++i) {
            for (uint32_t j = 0; j < sub_n; ++j) {
              noc_async_write_page((first_m + m + i) * n_tiles + first_n + n + j, out, from);
              from += out_tile;
            }
          }
          noc_async_writes_flushed();
          cb_pop_front(16, sub_m * sub_n);
        }
      }
#endif
    }
  }
#ifdef OUT_IN_L1
  cb_wait_front(16, block_m * block_n);
#endif
  noc_async_write_barrier();
  noc_async_atomic_barrier();
}

// in0 of a GEMM with operands multicast in two dimensions: blocks of BLOCK_M x BLOCK_K tiles go along a row of cores.
//
// SHARDED: the row's cores hold the blocks in their L1, SHARD_K tiles of the inner axis each, and send in turn.
// Otherwise the row's first core reads every block from DRAM and sends it.
#include <cstdint>
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
  constexpr uint32_t accessor_args = TensorAccessorArgs<0>().next_compile_time_args_offset();
  constexpr uint32_t block_m = get_compile_time_arg_val(accessor_args);
  constexpr uint32_t block_k = get_compile_time_arg_val(accessor_args + 1);
  constexpr uint32_t blocks_k = get_compile_time_arg_val(accessor_args + 2);
  constexpr uint32_t rounds_m = get_compile_time_arg_val(accessor_args + 3);
  constexpr uint32_t rounds_n = get_compile_time_arg_val(accessor_args + 4);
  constexpr uint32_t columns = get_compile_time_arg_val(accessor_args + 5);
  constexpr uint32_t shard_k = get_compile_time_arg_val(accessor_args + 6);
  const uint32_t tile = get_tile_size(0);
  const uint32_t block_bytes = block_m * block_k * tile;
  const uint32_t address = get_arg_val<uint32_t>(0);
  const uint32_t me = get_arg_val<uint32_t>(1), row = get_arg_val<uint32_t>(2);
  constexpr uint32_t k_tiles = blocks_k * block_k;
  const auto in0 = TensorAccessor(TensorAccessorArgs<0>(), address, tile);

  const uint32_t ready = get_semaphore(0), valid = get_semaphore(1);
  volatile tt_l1_ptr uint32_t* ready_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready);
  volatile tt_l1_ptr uint32_t* valid_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(valid);

  for (uint32_t round_m = 0; round_m < rounds_m; ++round_m) {
    for (uint32_t round_n = 0; round_n < rounds_n; ++round_n) {
      for (uint32_t block = 0; block < blocks_k; ++block) {
#ifdef SHARDED
        const uint32_t sender = block * block_k / shard_k;
#else
        constexpr uint32_t sender = 0;
#endif
        cb_reserve_back(0, block_m * block_k);
        const uint32_t l1 = get_write_ptr(0);
        if (me == sender) {
#ifdef SHARDED
          uint32_t from = get_read_ptr(2) + block * block_k % shard_k * tile, to = l1;
          for (uint32_t m = 0; m < block_m; ++m) {
            noc_async_read(get_noc_addr(my_x[0], my_y[0], from), to, block_k * tile);
            from += shard_k * tile;
            to += block_k * tile;
          }
#else
          uint32_t page = ((row * rounds_m + round_m) * block_m) * k_tiles + block * block_k, to = l1;
          for (uint32_t m = 0; m < block_m; ++m) {
            for (uint32_t k = 0; k < block_k; ++k) {
              if (block * block_k + k < k_tiles) noc_async_read_page(page + k, in0, to);
              to += tile;
            }
            page += k_tiles;
          }
#endif
          noc_async_read_barrier();
          if constexpr (columns > 1) {
            noc_semaphore_wait(ready_ptr, columns - 1);
            noc_semaphore_set(ready_ptr, 0);
            noc_async_write_multicast(l1, get_noc_multicast_addr(0, my_y[0], columns - 1, my_y[0], l1), block_bytes,
                                      columns - 1, true);
            noc_semaphore_set(valid_ptr, VALID);
            noc_semaphore_set_multicast(valid, get_noc_multicast_addr(0, my_y[0], columns - 1, my_y[0], valid),
                                        columns - 1);
            noc_async_writes_flushed();
          }
        } else {
          noc_semaphore_set(valid_ptr, INVALID);
          noc_semaphore_inc(get_noc_addr(sender, my_y[0], ready), 1);
          noc_semaphore_wait(valid_ptr, VALID);
        }
        cb_push_back(0, block_m * block_k);
      }
    }
  }
  noc_async_write_barrier();
  noc_async_atomic_barrier();
}

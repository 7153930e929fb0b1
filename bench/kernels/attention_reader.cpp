// Q, K and V of the chunks of rows that the arguments list, counted over all heads: Q once for a chunk, K (its tiles in
// transposed order) and V for every step. At most IN_FLIGHT reads are under way.
//
// NO_READS: K and V are not read, for the time of compute alone.
// FORWARD: cores that work on the same head form a chain. Its first core reads K and V, each sends them on to the next
// while that has chunks of the head left.
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
  // The chain: which of this core's chunks belong to it, how many the next core has, and where its neighbours are.
  const uint32_t chain_begin = get_arg_val<uint32_t>(3), chain_count = get_arg_val<uint32_t>(4);
  const bool has_previous = get_arg_val<uint32_t>(5) != 0;
  const uint32_t previous_x = get_arg_val<uint32_t>(6), previous_y = get_arg_val<uint32_t>(7);
  const uint32_t next_count = get_arg_val<uint32_t>(8);
  const uint32_t next_x = get_arg_val<uint32_t>(9), next_y = get_arg_val<uint32_t>(10);
  const uint32_t count = get_arg_val<uint32_t>(11);

#ifdef FORWARD
  // The next core posts the address of its free slot here; the previous one sets `valid` behind the data.
  const uint32_t slot = get_semaphore(0), valid = get_semaphore(1), one = get_semaphore(2);
  volatile tt_l1_ptr uint32_t* slot_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(slot);
  volatile tt_l1_ptr uint32_t* valid_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(valid);
#endif
  uint32_t under_way = 0;
  const auto read = [&](uint32_t page, const auto& tensor, uint32_t to) {
    noc_async_read_page(page, tensor, to);
    if (++under_way == IN_FLIGHT) {
      noc_async_read_barrier();
      under_way = 0;
    }
  };
  // Fills a slot of K or V: from the core before, or by `load`; and sends it on.
  const auto fill = [&](uint32_t cb, [[maybe_unused]] bool receive, [[maybe_unused]] bool send, const auto& load) {
    cb_reserve_back(cb, k_tiles * d_tiles);
    const uint32_t to = get_write_ptr(cb);
#ifdef FORWARD
    if (receive) {
      noc_inline_dw_write(get_noc_addr(previous_x, previous_y, slot), to);
      noc_semaphore_wait(valid_ptr, 1);
      noc_semaphore_set(valid_ptr, 0);
    } else
#endif
    {
#ifndef NO_READS
      load(to);
      noc_async_read_barrier();
#endif
    }
#ifdef FORWARD
    if (send) {
      noc_semaphore_wait_min(slot_ptr, 1);
      const uint32_t remote = *slot_ptr;
      noc_semaphore_set(slot_ptr, 0);
      noc_async_write(to, get_noc_addr(next_x, next_y, remote), k_tiles * d_tiles * tile);
      noc_semaphore_set_remote(one, get_noc_addr(next_x, next_y, valid));
      noc_async_writes_flushed();
    }
#endif
    cb_push_back(cb, k_tiles * d_tiles);
  };

  for (uint32_t n = 0; n < count; ++n) {
    const uint32_t index = get_arg_val<uint32_t>(12 + n);
    [[maybe_unused]] const uint32_t chunk = index % q_chunks;
    const uint32_t kv_pages = index / q_chunks / group * k_chunks * k_tiles * d_tiles;
    const uint32_t in_chain = n - chain_begin;  // large where it is not
    const bool receive = has_previous && in_chain < chain_count, send = in_chain < next_count;
    cb_reserve_back(0, q_tiles * d_tiles);
    uint32_t to = get_write_ptr(0);
    for (uint32_t i = 0; i < q_tiles * d_tiles; ++i) {
      read(index * q_tiles * d_tiles + i, q, to);
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
      fill(1, receive, send, [&](uint32_t k_to) {
        for (uint32_t i = 0; i < k_tiles; ++i) {
          for (uint32_t d = 0; d < d_tiles; ++d) read(page + i * d_tiles + d, k, k_to + (d * k_tiles + i) * tile);
        }
      });
      fill(2, receive, send, [&](uint32_t v_to) {
        for (uint32_t i = 0; i < k_tiles * d_tiles; ++i) read(page + i, v, v_to + i * tile);
      });
    }
  }
  noc_async_write_barrier();
}

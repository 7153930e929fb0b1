#include <stdint.h>

#include "dataflow_api.h"

void kernel_main() {
  constexpr uint32_t page = get_compile_time_arg_val(0), pages = get_compile_time_arg_val(1), piece = page * pages;
  const uint32_t table = get_common_arg_val<uint32_t>(0), all = get_common_arg_val<uint32_t>(1);
  uint32_t at = 0;
  const uint32_t position = get_arg_val<uint32_t>(at++);
  const uint32_t next_x = get_arg_val<uint32_t>(at++), next_y = get_arg_val<uint32_t>(at++);
  const uint32_t arrived = get_semaphore(get_arg_val<uint32_t>(at++));
  const uint32_t taken = get_semaphore(get_arg_val<uint32_t>(at++));
  volatile tt_l1_ptr uint32_t* arrived_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(arrived);
  volatile tt_l1_ptr uint32_t* taken_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(taken);

  const InterleavedAddrGen<true> source = {.bank_base_address = table, .page_size = page};
  const InterleavedAddrGen<true> target = {.bank_base_address = all, .page_size = page};
  const uint32_t base = get_write_ptr(tt::CB::c_in0);
  for (uint32_t i = 0; i < pages; ++i) {
    noc_async_read(source.get_noc_addr(position * pages + i), base + position * piece + i * page, page);
  }
  noc_async_read_barrier();

  // In step s the piece of the core s places back goes on to the next core.
  for (uint32_t step = 0; step + 1 < MEMBERS; ++step) {
    const uint32_t offset = (position + MEMBERS - step) % MEMBERS * piece;
    if (step > 0) noc_semaphore_wait_min(arrived_ptr, step);
    noc_async_write(base + offset, get_noc_addr(next_x, next_y, base + offset), piece);
    noc_async_write_barrier();
    noc_semaphore_inc(get_noc_addr(next_x, next_y, arrived), 1);
  }
  noc_semaphore_wait_min(arrived_ptr, MEMBERS - 1);
  noc_semaphore_set(arrived_ptr, 0);
  for (uint32_t i = 0; i < MEMBERS * pages; ++i) {
    noc_async_write(base + i * page, get_noc_addr(position * MEMBERS * pages + i, target), page);
  }
  noc_async_write_barrier();
  // The neighbour may be told that its writes are out; nobody waits for more than one.
  noc_semaphore_inc(get_noc_addr(next_x, next_y, taken), 1);
  noc_async_atomic_barrier();
  noc_semaphore_wait(taken_ptr, 1);
  noc_semaphore_set(taken_ptr, 0);
}

#include <cstdint>

#include "dataflow_api.h"

void kernel_main() {
  const uint32_t turn = get_semaphore(get_arg_val<uint32_t>(0)), position = get_arg_val<uint32_t>(1);
  const uint32_t x = get_arg_val<uint32_t>(2), y = get_arg_val<uint32_t>(3);
  auto* arrived = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(turn);
  cb_reserve_back(0, 1);
  const uint32_t token = get_write_ptr(0);
  auto* words = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(token);
  for (uint32_t i = 0; position == 0 && i < 8; ++i) words[i] = i == 0 ? 100 : 0;
  if (position > 0) noc_semaphore_wait(arrived, 1);
  words[0] += position;
  noc_async_write(token, get_noc_addr(x, y, token), 32);
  noc_async_write_barrier();
  noc_semaphore_inc(get_noc_addr(x, y, turn), 1);
  if (position == 0) {
    noc_semaphore_wait_min(arrived, 1);
    const InterleavedAddrGen<true> out = {.bank_base_address = get_arg_val<uint32_t>(4), .page_size = 32};
    noc_async_write(token, get_noc_addr(0, out), 32);
    noc_async_write_barrier();
  }
}

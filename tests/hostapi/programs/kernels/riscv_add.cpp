#include <cstdint>

#include "api/debug/assert.h"

void kernel_main() {
  const uint32_t l1_a = get_arg_val<uint32_t>(3), l1_b = get_arg_val<uint32_t>(4), l1_sum = get_arg_val<uint32_t>(5);
  noc_async_read(get_noc_addr_from_bank_id<true>(0, get_arg_val<uint32_t>(0)), l1_a, 32);
  noc_async_read(get_noc_addr_from_bank_id<true>(0, get_arg_val<uint32_t>(1)), l1_b, 32);
  noc_async_read_barrier();
  uint32_t* a = (uint32_t*)l1_a;
  uint32_t* b = (uint32_t*)l1_b;
  uint32_t* sum = (uint32_t*)l1_sum;
  ASSERT(*(uint32_t*)l1_a + *(volatile uint32_t*)l1_b == 21);
  for (uint32_t i = 0; i < 8; ++i) sum[i] = a[i] + b[i];
  noc_async_write(l1_sum, get_noc_addr_from_bank_id<true>(0, get_arg_val<uint32_t>(2)), 32);
  noc_async_write_barrier();
}

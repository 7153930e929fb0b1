// Transfers of one core, as TT-Metalium's data movement tests time them: `count` transactions of `bytes`, then the
// barrier. DRAM pages lie over the banks in turn. Cores that others send to have a count of 0.
#include <cstdint>
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
  const uint32_t tensor = get_arg_val<uint32_t>(0);
  const uint32_t count = get_arg_val<uint32_t>(1), bytes = get_arg_val<uint32_t>(2);
  if (count == 0) return;
  const uint32_t x = get_arg_val<uint32_t>(3), y = get_arg_val<uint32_t>(4);
  const uint32_t local = get_write_ptr(0);
  constexpr auto args = TensorAccessorArgs<0>();
  const auto pages = TensorAccessor(args, tensor, bytes);
#if defined(ONE_TO_ONE_WRITE)
  const uint64_t other = get_noc_addr(x, y, local);
  for (uint32_t i = 0; i < count; ++i) noc_async_write(local, other, bytes);
  noc_async_write_barrier();
#elif defined(ONE_FROM_ONE_READ)
  const uint64_t other = get_noc_addr(x, y, local);
  for (uint32_t i = 0; i < count; ++i) noc_async_read(other, local, bytes);
  noc_async_read_barrier();
#elif defined(DRAM_READ)
  for (uint32_t i = 0; i < count; ++i) noc_async_read_page(i, pages, local);
  noc_async_read_barrier();
#elif defined(DRAM_WRITE)
  for (uint32_t i = 0; i < count; ++i) noc_async_write_page(i, pages, local);
  noc_async_write_barrier();
#elif defined(MULTICAST)
  const uint64_t others = get_noc_multicast_addr(0, 0, x, y, local);
  const uint32_t receivers = (x + 1) * (y + 1) - 1;
  for (uint32_t i = 0; i + 1 < count; ++i) noc_async_write_multicast(local, others, bytes, receivers, true);
  noc_async_write_multicast(local, others, bytes, receivers, false);
  noc_async_write_barrier();
#endif
}

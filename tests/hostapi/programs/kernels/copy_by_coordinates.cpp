#include <cstdint>

void kernel_main() {
  const uint32_t l1 = get_arg_val<uint32_t>(0);
  const uint64_t from = get_noc_addr(get_arg_val<uint32_t>(2), get_arg_val<uint32_t>(3), get_arg_val<uint32_t>(1));
  const uint64_t to = get_noc_addr(get_arg_val<uint32_t>(5), get_arg_val<uint32_t>(6), get_arg_val<uint32_t>(4));
  const uint32_t bytes = get_arg_val<uint32_t>(7);
  noc_async_read(from, l1, bytes);
  noc_async_read_barrier();
  noc_async_write(l1, to, bytes);
  noc_async_write_barrier();
}

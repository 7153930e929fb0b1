#include "dataflow_api.h"

void kernel_main() {
  constexpr uint32_t cb = get_compile_time_arg_val(0);
  const uint32_t x = get_arg_val<uint32_t>(0), y = get_arg_val<uint32_t>(1);
  const uint32_t semaphore = get_semaphore(get_arg_val<uint32_t>(2));
  cb_reserve_back(cb, 1);
  noc_semaphore_inc(get_noc_addr(x, y, semaphore), 1);
  noc_semaphore_wait(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(semaphore), 1);
  cb_push_back(cb, 1);
}

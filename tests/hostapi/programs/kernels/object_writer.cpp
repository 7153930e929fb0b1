#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"

void kernel_main() {
  constexpr auto args = TensorAccessorArgs<0>();
  const auto out = TensorAccessor(args, get_arg_val<uint32_t>(0));
  Noc noc;
  CircularBuffer cb(0);
  for (uint32_t i = 0; i < get_arg_val<uint32_t>(1); ++i) {
    cb.wait_front(1);
    noc.async_write(use<CircularBuffer::AddrSelector::READ_PTR>(cb), out, cb.get_tile_size(), {}, {.page_id = i});
    noc.async_write_barrier();
    cb.pop_front(1);
  }
}

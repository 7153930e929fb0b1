#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/noc.h"
#include "api/debug/device_print.h"
#include "api/tensor/noc_traits.h"
#include "hostdevcommon/common_values.hpp"

void kernel_main() {
  constexpr uint32_t tile_bytes = get_tile_size(0);  // a constant: formats are known when the kernel is built
  static_assert(tile_bytes == 2048 && VALID == 1);
  constexpr auto args = TensorAccessorArgs<0>();
  const auto in = TensorAccessor(args, get_arg_val<uint32_t>(0), tile_bytes);
  Noc noc;
  CircularBuffer cb(0);
  DEVICE_PRINT("{} tiles of {} bytes\n", get_arg_val<uint32_t>(1), tile_bytes);
  for (uint32_t i = 0; i < get_arg_val<uint32_t>(1); ++i) {
    cb.reserve_back(1);
    noc.async_read<NocOptions::TXN_ID>(in, cb, tile_bytes, {.page_id = i}, {.offset_bytes = 0}, NocOptVals{.trid = 1});
    noc.async_read_barrier<NocOptions::TXN_ID>(NocOptVals{.trid = 1});
    cb.push_back(1);
  }
}

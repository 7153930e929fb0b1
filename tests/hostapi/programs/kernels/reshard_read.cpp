#include "dataflow_api.h"

void kernel_main() {
  constexpr uint32_t rows = get_compile_time_arg_val(0), own = get_compile_time_arg_val(1);
  constexpr uint32_t columns = get_compile_time_arg_val(2);
  constexpr auto in_args = TensorAccessorArgs<3>();
  const uint32_t first = get_arg_val<uint32_t>(1), bytes = get_tile_size(0);
  const auto in = TensorAccessor(in_args, get_arg_val<uint32_t>(0), bytes);
  // The scaler of the reduction: ones in the first row of each face.
  cb_reserve_back(1, 1);
  auto* scaler = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(1));
  for (uint32_t i = 0; i < 512; ++i) scaler[i] = i % 128 < 8 ? 0x3f803f80 : 0;
  cb_push_back(1, 1);
  for (uint32_t row = 0; row < rows; ++row) {
    cb_reserve_back(0, own);
    uint32_t l1 = get_write_ptr(0);
    for (uint32_t c = 0; c < own; ++c) {
      noc_async_read_tile(row * columns + first + c, in, l1);
      l1 += bytes;
    }
    noc_async_read_barrier();
    cb_push_back(0, own);
  }
}

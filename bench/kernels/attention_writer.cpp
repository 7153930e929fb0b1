// The output of a core's chunks; before that the constant tiles of compute: ones, and the masks of tiles on the
// diagonal and beyond it.
#include <cstdint>
#include "api/dataflow/dataflow_api.h"

void kernel_main() {
  constexpr uint32_t first = TensorAccessorArgs<0>().next_compile_time_args_offset();
  constexpr uint32_t q_tiles = get_compile_time_arg_val(first), d_tiles = get_compile_time_arg_val(first + 1);
  const uint32_t tile = get_tile_size(16);
  const auto out = TensorAccessor(TensorAccessorArgs<0>(), get_arg_val<uint32_t>(0), tile);
  const uint32_t count = get_arg_val<uint32_t>(1);
  if (count == 0) return;
  cb_reserve_back(4, 1);
  volatile tt_l1_ptr uint32_t* ones = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(4));
  for (uint32_t i = 0; i < 512; ++i) ones[i] = 0x3f803f80;
  cb_push_back(4, 1);
#ifdef CAUSAL
  cb_reserve_back(3, 2);
  volatile tt_l1_ptr uint16_t* mask = reinterpret_cast<volatile tt_l1_ptr uint16_t*>(get_write_ptr(3));
  for (uint32_t i = 0; i < 1024; ++i) {
    const uint32_t face = i / 256, row = face / 2 * 16 + i % 256 / 16, column = face % 2 * 16 + i % 16;
    mask[i] = column > row ? 0xff80 : 0;
    mask[1024 + i] = 0xff80;
  }
  cb_push_back(3, 2);
#endif
  for (uint32_t n = 0; n < count; ++n) {
    const uint32_t chunk = get_arg_val<uint32_t>(2 + n);
    for (uint32_t row = 0; row < q_tiles; ++row) {
      cb_wait_front(16, d_tiles);
      uint32_t from = get_read_ptr(16);
      for (uint32_t i = 0; i < d_tiles; ++i) {
        noc_async_write_page((chunk * q_tiles + row) * d_tiles + i, out, from);
        from += tile;
      }
      noc_async_writes_flushed();
      cb_pop_front(16, d_tiles);
    }
  }
  noc_async_write_barrier();
}

#include <cstdint>

// No include of the data-movement API: the firmware has it. No cb_reserve_back either, and two pushes for one reader.
// args: address of one tile
void kernel_main() {
  constexpr auto args = TensorAccessorArgs<0>();
  constexpr uint32_t cb = tt::CBIndex::c_0;
  const auto in = TensorAccessor(args, get_arg_val<uint32_t>(0), get_tile_size(cb));
  noc_async_read_tile(0, in, get_write_ptr(cb));
  noc_async_read_barrier();
  const SliceRange corners = SliceRange{.h0 = 0, .h1 = 32, .hs = 16, .w0 = 0, .w1 = 32, .ws = 16};
  DPRINT << TileSlice(cb, 0, corners, TSLICE_INPUT_CB, TSLICE_WR_PTR, true, true);
  cb_push_back(cb, 1);
  noc_async_read(get_noc_addr(1, 0, 0x20000), get_write_ptr(cb), 64);  // nothing lies there either
  noc_async_read_barrier();
  noc_async_read_tile(0, in, get_write_ptr(cb));
  noc_async_read_barrier();
  cb_push_back(cb, 1);

  noc_async_read_tile(0, in, get_write_ptr(cb) + 0x10000);  // behind the circular buffers, where nothing lies
  noc_async_read_barrier();
}

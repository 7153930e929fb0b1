#include <cstdint>

#include "dataflow_api.h"
#include "multicast.h"

template <typename Accessor>
void ReadBlock(const Accessor& tensor, uint32_t cb, uint32_t first, uint32_t rows, uint32_t columns, uint32_t stride) {
  uint32_t to = get_write_ptr(cb);
  for (uint32_t r = 0; r < rows; ++r) {
    for (uint32_t c = 0; c < columns; ++c) {
      noc_async_read_tile(first + r * stride + c, tensor, to);
      to += get_tile_size(cb);
    }
  }
  noc_async_read_barrier();
}

void kernel_main() {
  constexpr uint32_t block_m = get_compile_time_arg_val(0), block_n = get_compile_time_arg_val(1);
  constexpr uint32_t block_k = get_compile_time_arg_val(2), blocks = get_compile_time_arg_val(3);
  constexpr auto a_args = TensorAccessorArgs<4>();
  constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
  uint32_t at = 0;
  const auto next = [&] { return get_arg_val<uint32_t>(at++); };
  constexpr uint32_t in0 = 0, in1 = 1;
  const auto a = TensorAccessor(a_args, next(), get_tile_size(in0));
  const auto b = TensorAccessor(b_args, next(), get_tile_size(in1));
  const uint32_t Kt = next(), Nt = next(), row = next(), column = next();
  const bool sends_a = next(), sends_b = next();
  const uint32_t columns = next(), rows = next();
  const uint32_t left_x = next(), left_y = next(), right_x = next(), right_y = next();
  const uint32_t top_x = next(), top_y = next(), bottom_x = next(), bottom_y = next();
  const uint32_t a_ready = next(), a_sent = next(), b_ready = next(), b_sent = next();
  const Line across = {left_x, left_y, right_x, right_y, columns - 1, a_ready, a_sent};
  const Line down = {top_x, top_y, bottom_x, bottom_y, rows - 1, b_ready, b_sent};
  for (uint32_t k = 0; k < blocks; ++k) {
    cb_reserve_back(in0, block_m * block_k);
    if (sends_a) {
      ReadBlock(a, in0, row * Kt + k * block_k, block_m, block_k, Kt);
      SendBlock(across, get_write_ptr(in0), block_m * block_k * get_tile_size(in0));
    } else {
      ReceiveBlock(across, left_x, left_y);
    }
    cb_push_back(in0, block_m * block_k);
    cb_reserve_back(in1, block_k * block_n);
    if (sends_b) {
      ReadBlock(b, in1, k * block_k * Nt + column, block_k, block_n, Nt);
      SendBlock(down, get_write_ptr(in1), block_k * block_n * get_tile_size(in1));
    } else {
      ReceiveBlock(down, top_x, top_y);
    }
    cb_push_back(in1, block_k * block_n);
  }
}

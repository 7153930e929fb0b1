#include <cstdint>

#include "compute_kernel_api/matmul.h"
#include "compute_kernel_api/tile_move_copy.h"

// Blocks over K; partial sums of all but the last block go out and come back, subblock by subblock.
namespace NAMESPACE {
void MAIN {
  constexpr uint32_t block_m = get_compile_time_arg_val(0), block_n = get_compile_time_arg_val(1);
  constexpr uint32_t block_k = get_compile_time_arg_val(2), blocks = get_compile_time_arg_val(3);
  constexpr uint32_t sub_m = get_compile_time_arg_val(4), sub_n = get_compile_time_arg_val(5), sub = sub_m * sub_n;
  constexpr uint32_t in0 = 0, in1 = 1, out = 16, partial = 24;
  mm_init(in0, in1, out);
  for (uint32_t k = 0; k < blocks; ++k) {
    cb_wait_front(in0, block_m * block_k);
    cb_wait_front(in1, block_k * block_n);
    for (uint32_t m = 0; m < block_m; m += sub_m) {
      for (uint32_t n = 0; n < block_n; n += sub_n) {
        tile_regs_acquire();
        if (k > 0) {
          copy_tile_to_dst_init_short(partial);
          cb_wait_front(partial, sub);
          for (uint32_t i = 0; i < sub; ++i) copy_tile(partial, i, i);
          cb_pop_front(partial, sub);
          mm_init_short(in0, in1);
        }
        for (uint32_t h = 0; h < sub_m; ++h) {
          for (uint32_t w = 0; w < sub_n; ++w) {
            for (uint32_t i = 0; i < block_k; ++i) {
              matmul_tiles(in0, in1, (m + h) * block_k + i, i * block_n + n + w, h * sub_n + w, false);
            }
          }
        }
        tile_regs_commit();
        tile_regs_wait();
        const uint32_t to = k + 1 == blocks ? out : partial;
        cb_reserve_back(to, sub);
        for (uint32_t i = 0; i < sub; ++i) pack_tile(i, to);
        cb_push_back(to, sub);
        tile_regs_release();
      }
    }
    cb_pop_front(in0, block_m * block_k);
    cb_pop_front(in1, block_k * block_n);
  }
}
}  // namespace NAMESPACE

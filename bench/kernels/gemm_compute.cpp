// The products of the GEMM: for every block of the inner axis all sub-blocks of SUB_M x SUB_N tiles, each in one section
// of DST; partial sums are added up by the packer in L1.
#include <cstdint>
#include "api/compute/cb_api.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reg_api.h"

void kernel_main() {
  constexpr uint32_t block_m = get_compile_time_arg_val(0), block_n = get_compile_time_arg_val(1);
  constexpr uint32_t block_k = get_compile_time_arg_val(2), blocks_k = get_compile_time_arg_val(3);
  constexpr uint32_t sub_m = get_compile_time_arg_val(4), sub_n = get_compile_time_arg_val(5);
  constexpr uint32_t rounds = get_compile_time_arg_val(6);
  constexpr uint32_t partial_cb = 24, out_cb = 16;

  compute_kernel_hw_startup<SrcOrder::Reverse>(0, 1, out_cb);
  matmul_block_init(0, 1, 0, sub_n, sub_m, block_k);
  for (uint32_t round = 0; round < rounds; ++round) {
    for (uint32_t block = 0; block < blocks_k; ++block) {
      const bool last = block == blocks_k - 1;
      const uint32_t to = last ? out_cb : partial_cb;
      cb_wait_front(0, block_m * block_k);
      cb_wait_front(1, block_n * block_k);
      for (uint32_t m = 0; m < block_m; m += sub_m) {
        for (uint32_t n = 0; n < block_n; n += sub_n) {
          tile_regs_acquire();
          uint32_t i0 = m * block_k, i1 = n;
          for (uint32_t k = 0; k < block_k; ++k) {
            matmul_block(0, 1, i0, i1, 0, 0, sub_n, sub_m, block_k);
            i0 += 1;
            i1 += block_n;
          }
          tile_regs_commit();
          cb_reserve_back(to, sub_m * sub_n);
          tile_regs_wait();
          if (block < 2) pack_reconfig_l1_acc(block);
          for (uint32_t i = 0; i < sub_m * sub_n; ++i) pack_tile(i, to);
          tile_regs_release();
          cb_push_back(to, sub_m * sub_n);
        }
      }
      if (!last) {
        // The packer's place in the buffer goes back to its beginning; the sums stay where they are.
        cb_wait_front(partial_cb, block_m * block_n);
        cb_pop_front(partial_cb, block_m * block_n);
      }
      cb_pop_front(0, block_m * block_k);
      cb_pop_front(1, block_n * block_k);
    }
  }
}

// Generated TT Compute Kernel (IR-Driven)
// Grid: 2x2
// Cores: 4
// Compute of TileLang kernel `main`.
#include <cstdint>

#include "api/compute/cb_api.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_unary/relu.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/reg_api.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    const uint32_t count = get_arg_val<uint32_t>(0);
    constexpr uint32_t cb_in0 = tt::CBIndex::c_0;  // a: 1 bfloat16 tile
    constexpr uint32_t cb_in1 = tt::CBIndex::c_1;  // b: 1 bfloat16 tile
    constexpr uint32_t cb_in2 = tt::CBIndex::c_2;  // c: 2 bfloat16 tiles
    constexpr uint32_t cb_intermed0 = tt::CBIndex::c_24;  // h: 1 float32 tile
    constexpr uint32_t cb_intermed1 = tt::CBIndex::c_25;  // h_s: 1 bfloat16 tile
    constexpr uint32_t cb_intermed2 = tt::CBIndex::c_26;  // d: 2 float32 tiles
    constexpr uint32_t cb_out0 = tt::CBIndex::c_16;  // H_out0: 1 bfloat16 tile
    constexpr uint32_t cb_out1 = tt::CBIndex::c_17;  // D_out1: 2 bfloat16 tiles

    compute_kernel_hw_startup<SrcOrder::Reverse>(cb_in0, cb_in1, cb_intermed0);
    // h_s[i, j] = T.max(h[i, j], 0)
    relu_tile_init();
    for (uint32_t i = 0; i < count; ++i) {
        // T.copy(A[bx * bm, 0], a)
        cb_wait_front(cb_in0, 1);
        // T.copy(B, b)
        cb_wait_front(cb_in1, 1);
        // T.copy(C, c)
        cb_wait_front(cb_in2, 2);
        // T.gemm(a, b, h, clear_accum=True)
        cb_reserve_back(cb_intermed0, 1);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_in1);
        matmul_block_init(cb_in0, cb_in1, 0, 1, 1, 1);
        matmul_block(cb_in0, cb_in1, 0, 0, 0, 0, 1, 1, 1);
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_intermed0);
        pack_tile<true>(0, cb_intermed0, 0);
        tile_regs_release();
        cb_push_back(cb_intermed0, 1);
        cb_wait_front(cb_intermed0, 1);
        cb_pop_front(cb_in0, 1);
        cb_pop_front(cb_in1, 1);
        // h_s[i, j] = T.max(h[i, j], 0)
        cb_reserve_back(cb_intermed1, 1);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_intermed0);
        copy_init(cb_intermed0);
        copy_tile(cb_intermed0, 0, 0);
        relu_tile(0);
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_intermed1);
        pack_tile<true>(0, cb_intermed1, 0);
        tile_regs_release();
        cb_push_back(cb_intermed1, 1);
        cb_wait_front(cb_intermed1, 1);
        cb_pop_front(cb_intermed0, 1);
        // T.copy(h_s, H[bx * bm, 0])
        tile_regs_acquire();
        reconfig_data_format_srca(cb_intermed1);
        copy_init(cb_intermed1);
        copy_tile(cb_intermed1, 0, 0);
        tile_regs_commit();
        cb_reserve_back(cb_out0, 1);
        tile_regs_wait();
        pack_tile<true>(0, cb_out0, 0);
        tile_regs_release();
        cb_push_back(cb_out0, 1);
        // T.gemm(h_s, c, d)
        cb_reserve_back(cb_intermed2, 2);
        tile_regs_acquire();
        matmul_block_init(cb_intermed1, cb_in2, 0, 2, 1, 1);
        matmul_block(cb_intermed1, cb_in2, 0, 0, 0, 0, 2, 1, 1);
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_intermed2);
        for (uint32_t c = 0; c < 2; ++c) {
            pack_tile<true>(c, cb_intermed2, c);
        }
        tile_regs_release();
        cb_push_back(cb_intermed2, 2);
        cb_wait_front(cb_intermed2, 2);
        cb_pop_front(cb_in2, 2);
        cb_pop_front(cb_intermed1, 1);
        // T.copy(d, D[bx * bm, 0])
        tile_regs_acquire();
        reconfig_data_format_srca(cb_intermed2);
        copy_init(cb_intermed2);
        for (uint32_t c = 0; c < 2; ++c) {
            copy_tile(cb_intermed2, c, c);
        }
        tile_regs_commit();
        cb_reserve_back(cb_out1, 2);
        tile_regs_wait();
        pack_reconfig_data_format(cb_out1);
        for (uint32_t c = 0; c < 2; ++c) {
            pack_tile<true>(c, cb_out1, c);
        }
        tile_regs_release();
        cb_push_back(cb_out1, 2);
        cb_pop_front(cb_intermed2, 2);
    }
}

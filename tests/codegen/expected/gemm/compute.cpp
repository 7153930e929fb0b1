// Generated TT Compute Kernel (IR-Driven)
// Grid: 2x2
// Cores: 4
// Compute of TileLang kernel `main`.
#include <cstdint>

#include "api/compute/bcast.h"
#include "api/compute/cb_api.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/relu.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reg_api.h"

void kernel_main() {
    const uint32_t count = get_arg_val<uint32_t>(0);
    constexpr uint32_t cb_in0 = tt::CBIndex::c_0;  // a: 1 bfloat16 tile, 4 blocks deep
    constexpr uint32_t cb_in1 = tt::CBIndex::c_1;  // b: 2 bfloat16 tiles, 4 blocks deep
    constexpr uint32_t cb_in2 = tt::CBIndex::c_2;  // row: 2 bfloat16 tiles
    constexpr uint32_t cb_out0 = tt::CBIndex::c_16;  // C_out0: 2 bfloat16 tiles

    compute_kernel_hw_startup<SrcOrder::Reverse>(cb_in0, cb_in1, cb_out0);
    for (uint32_t i = 0; i < count; ++i) {
        // T.copy(bias[bx * bn], row)
        cb_wait_front(cb_in2, 2);
        // for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
        tile_regs_acquire();
        // T.gemm(a, b, c)
        matmul_block_init(cb_in0, cb_in1, 0, 2, 1, 1);
        // for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
        for (uint32_t k = 0; k < 2; ++k) {
            // T.copy(A[by * bm, k * bk], a)
            cb_wait_front(cb_in0, 1);
            // T.copy(B[k * bk, bx * bn], b)
            cb_wait_front(cb_in1, 2);
            // T.gemm(a, b, c)
            matmul_block(cb_in0, cb_in1, 0, 0, 0, 0, 2, 1, 1);
            cb_pop_front(cb_in0, 1);
            cb_pop_front(cb_in1, 2);
        }
        // T.copy(c, C[by * bm, bx * bn])
        unary_bcast_init<BroadcastType::ROW>(cb_in2);
        for (uint32_t c = 0; c < 2; ++c) {
            unary_bcast<BroadcastType::ROW>(cb_in2, c, c + 2);
        }
        add_binary_tile_init();
        for (uint32_t c = 0; c < 2; ++c) {
            add_binary_tile(c, c + 2, c);
        }
        relu_tile_init();
        for (uint32_t c = 0; c < 2; ++c) {
            relu_tile(c);
        }
        tile_regs_commit();
        cb_reserve_back(cb_out0, 2);
        tile_regs_wait();
        for (uint32_t t = 0; t < 2; ++t) {
            pack_tile<true>(t, cb_out0, t);
        }
        tile_regs_release();
        cb_push_back(cb_out0, 2);
        cb_pop_front(cb_in2, 2);
        unary_bcast_uninit<BroadcastType::ROW>(cb_in2);
    }
}

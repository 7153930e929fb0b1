// Generated TT Compute Kernel (IR-Driven)
// Grid: 2x2
// Cores: 4
// Compute of TileLang kernel `main`.
#include <cstdint>

#include "api/compute/cb_api.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/reg_api.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    const uint32_t count = get_arg_val<uint32_t>(0);
    constexpr uint32_t cb_in0 = tt::CBIndex::c_0;  // a: 1 float16 tile, 2 blocks deep
    constexpr uint32_t cb_in1 = tt::CBIndex::c_1;  // b: 1 float16 tile, 2 blocks deep
    constexpr uint32_t cb_intermed0 = tt::CBIndex::c_24;  // c: 1 float32 tile
    constexpr uint32_t cb_out0 = tt::CBIndex::c_16;  // C_out0: 1 float32 tile, 2 blocks deep

    compute_kernel_hw_startup<SrcOrder::Reverse>(cb_in0, cb_in1, cb_intermed0);
    for (uint32_t i = 0; i < count; ++i) {
        // T.copy(A[bz, by * 32, 0], a)
        cb_wait_front(cb_in0, 1);
        // T.copy(B[bz, bx * 32, 0], b)
        cb_wait_front(cb_in1, 1);
        // T.gemm(a, b, c, transpose_B=True, clear_accum=True)
        cb_reserve_back(cb_intermed0, 1);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_in1);
        matmul_block_init(cb_in0, cb_in1, 1, 1, 1, 1);
        matmul_block(cb_in0, cb_in1, 0, 0, 0, 1, 1, 1, 1);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile<true>(0, cb_intermed0, 0);
        tile_regs_release();
        cb_push_back(cb_intermed0, 1);
        cb_wait_front(cb_intermed0, 1);
        cb_pop_front(cb_in0, 1);
        cb_pop_front(cb_in1, 1);
        // T.copy(c, C[bz, by * 32, bx * 32])
        tile_regs_acquire();
        reconfig_data_format_srca(cb_intermed0);
        copy_init(cb_intermed0);
        copy_tile(cb_intermed0, 0, 0);
        tile_regs_commit();
        cb_reserve_back(cb_out0, 1);
        tile_regs_wait();
        pack_tile<true>(0, cb_out0, 0);
        tile_regs_release();
        cb_push_back(cb_out0, 1);
        cb_pop_front(cb_intermed0, 1);
    }
}

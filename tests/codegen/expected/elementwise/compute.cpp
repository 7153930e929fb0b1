// Generated TT Compute Kernel (IR-Driven)
// Grid: 2x2
// Cores: 4
// Compute of TileLang kernel `main`.
#include <cstdint>

#include "api/compute/cb_api.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/pack.h"
#include "api/compute/reg_api.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    const uint32_t count = get_arg_val<uint32_t>(0);
    constexpr uint32_t cb_in0 = tt::CBIndex::c_0;  // A_in0: 2 float32 tiles
    constexpr uint32_t cb_in1 = tt::CBIndex::c_1;  // B_in1: 2 float32 tiles
    constexpr uint32_t cb_out0 = tt::CBIndex::c_16;  // C_out2: 2 float32 tiles

    compute_kernel_hw_startup(cb_in0, cb_in0, cb_out0);
    // C[by * bm + i, bx * bn + j] = A[by * bm + i, bx * bn + j] + B[by * bm + i, bx * bn + j] * 2.0
    copy_init(cb_in0);
    for (uint32_t i = 0; i < count; ++i) {
        cb_wait_front(cb_in0, 2);
        cb_wait_front(cb_in1, 2);
        tile_regs_acquire();
        for (uint32_t c = 0; c < 2; ++c) {
            copy_tile(cb_in0, c, c * 2);
        }
        for (uint32_t c = 0; c < 2; ++c) {
            copy_tile(cb_in1, c, c * 2 + 1);
        }
        binop_with_scalar_tile_init();
        for (uint32_t c = 0; c < 2; ++c) {
            mul_unary_tile(c * 2 + 1, 0x40000000u /* 2.0f */);
        }
        add_binary_tile_init();
        for (uint32_t c = 0; c < 2; ++c) {
            add_binary_tile(c * 2, c * 2 + 1, c * 2);
        }
        tile_regs_commit();
        cb_reserve_back(cb_out0, 2);
        tile_regs_wait();
        for (uint32_t c = 0; c < 2; ++c) {
            pack_tile<true>(c * 2, cb_out0, c);
        }
        tile_regs_release();
        cb_push_back(cb_out0, 2);
        cb_pop_front(cb_in0, 2);
        cb_pop_front(cb_in1, 2);
    }
}

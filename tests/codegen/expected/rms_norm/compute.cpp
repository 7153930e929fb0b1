// Generated TT Compute Kernel (IR-Driven)
// Grid: 2x2
// Cores: 4
// Compute of TileLang kernel `main`.
#include <cstdint>

#include "api/compute/bcast.h"
#include "api/compute/cb_api.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/eltwise_unary/comp.h"
#include "api/compute/eltwise_unary/fill.h"
#include "api/compute/eltwise_unary/rsqrt.h"
#include "api/compute/eltwise_unary/where.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/reg_api.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    const uint32_t count = get_arg_val<uint32_t>(0);
    constexpr uint32_t cb_intermed1 = tt::CBIndex::c_24;  // x: 1 bfloat16 tile
    constexpr uint32_t cb_intermed3 = tt::CBIndex::c_25;  // scale: 1 float32 tile
    constexpr uint32_t cb_in0 = tt::CBIndex::c_0;  // A_in0: 1 bfloat16 tile
    constexpr uint32_t cb_out0 = tt::CBIndex::c_16;  // B_out1: 1 bfloat16 tile
    constexpr uint32_t cb_index0 = tt::CBIndex::c_1;  // row: 1 bfloat16 tile

    compute_kernel_hw_startup(cb_in0, cb_in0, cb_intermed1);
    cb_wait_front(cb_index0, 1);
    // scale[i] = T.rsqrt(scale[i] / N + 1e-6)
    mul_binary_tile_init();
    for (uint32_t i = 0; i < count; ++i) {
        // T.copy(A[bx, 0], x)
        cb_wait_front(cb_in0, 1);
        cb_reserve_back(cb_intermed1, 1);
        tile_regs_acquire();
        reconfig_data_format_srca(cb_in0);
        copy_init(cb_in0);
        copy_tile(cb_in0, 0, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile<true>(0, cb_intermed1, 0);
        tile_regs_release();
        cb_push_back(cb_intermed1, 1);
        cb_wait_front(cb_intermed1, 1);
        cb_pop_front(cb_in0, 1);
        // scale[i] = T.rsqrt(scale[i] / N + 1e-6)
        cb_reserve_back(cb_intermed3, 1);
        tile_regs_acquire();
        copy_tile(cb_intermed1, 0, 0);
        mul_binary_tile(0, 0, 0);
        copy_tile(cb_index0, 0, 1);
        unary_lt_tile_init();
        unary_lt_tile(1, 0x41800000u /* 16.0f */);
        fill_tile_init();
        fill_tile(2, 0.0f);
        where_tile_init();
        where_tile<DataFormat::Float32>(1, 0, 2, 1);
        sfpu_reduce_init<PoolType::SUM, DataFormat::Float32>();
        sfpu_reduce<PoolType::SUM, DataFormat::Float32, ReduceDim::REDUCE_COL>(1);
        sfpu_reduce<PoolType::SUM, DataFormat::Float32, ReduceDim::REDUCE_ROW>(1);
        binop_with_scalar_tile_init();
        mul_unary_tile(1, 0x3b000000u /* 0.001953125f */);
        add_unary_tile(1, 0x358637bdu /* 9.99999997e-07f */);
        rsqrt_tile_init();
        rsqrt_tile(1);
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_intermed3);
        pack_tile<true>(1, cb_intermed3, 0);
        tile_regs_release();
        cb_push_back(cb_intermed3, 1);
        cb_wait_front(cb_intermed3, 1);
        // T.copy(x, B[bx, 0])
        tile_regs_acquire();
        copy_tile(cb_intermed1, 0, 0);
        reconfig_data_format_srca(cb_intermed3);
        unary_bcast_init<BroadcastType::SCALAR>(cb_intermed3);
        unary_bcast<BroadcastType::SCALAR>(cb_intermed3, 0, 1);
        mul_binary_tile_init();
        mul_binary_tile(0, 1, 0);
        tile_regs_commit();
        cb_reserve_back(cb_out0, 1);
        tile_regs_wait();
        pack_reconfig_data_format(cb_out0);
        pack_tile<true>(0, cb_out0, 0);
        tile_regs_release();
        cb_push_back(cb_out0, 1);
        cb_pop_front(cb_intermed1, 1);
        cb_pop_front(cb_intermed3, 1);
        unary_bcast_uninit<BroadcastType::SCALAR>(cb_intermed3);
    }
    cb_pop_front(cb_index0, 1);
}

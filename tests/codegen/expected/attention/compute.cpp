// Generated TT Compute Kernel (IR-Driven)
// Grid: 2x2
// Cores: 4
// Compute of TileLang kernel `main`.
#include <cstdint>
#include <cmath>

#include "api/compute/bcast.h"
#include "api/compute/binary_max_min.h"
#include "api/compute/cb_api.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/eltwise_unary/comp.h"
#include "api/compute/eltwise_unary/exp.h"
#include "api/compute/eltwise_unary/fill.h"
#include "api/compute/eltwise_unary/where.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/reg_api.h"
#include "api/compute/tile_move_copy.h"

// A whole number as the bits of an fp32.
inline uint32_t float_bits(int32_t number) { return __builtin_bit_cast(uint32_t, static_cast<float>(number)); }

void kernel_main() {
    const uint32_t start_id = get_arg_val<uint32_t>(0);
    const uint32_t count = get_arg_val<uint32_t>(1);
    constexpr uint32_t cb_in0 = tt::CBIndex::c_0;  // q: 2 bfloat16 tiles
    constexpr uint32_t cb_in1 = tt::CBIndex::c_1;  // k: 2 bfloat16 tiles, 2 blocks deep
    constexpr uint32_t cb_in2 = tt::CBIndex::c_2;  // v: 2 bfloat16 tiles, 2 blocks deep
    constexpr uint32_t cb_intermed0 = tt::CBIndex::c_24;  // s: 4 float32 tiles, 2 blocks deep
    constexpr uint32_t cb_intermed1 = tt::CBIndex::c_25;  // p: 4 bfloat16 tiles
    constexpr uint32_t cb_intermed2 = tt::CBIndex::c_26;  // o: 2 float32 tiles, 2 blocks deep
    constexpr uint32_t cb_intermed3 = tt::CBIndex::c_27;  // top: 2 float32 tiles, 2 blocks deep
    constexpr uint32_t cb_intermed4 = tt::CBIndex::c_28;  // before: 2 float32 tiles
    constexpr uint32_t cb_intermed5 = tt::CBIndex::c_29;  // factor: 2 float32 tiles
    constexpr uint32_t cb_intermed7 = tt::CBIndex::c_30;  // total: 2 float32 tiles, 2 blocks deep
    constexpr uint32_t cb_out0 = tt::CBIndex::c_16;  // O_out0: 2 bfloat16 tiles
    constexpr uint32_t cb_index0 = tt::CBIndex::c_3;  // row - column: 1 bfloat16 tile

    compute_kernel_hw_startup<SrcOrder::Reverse>(cb_in0, cb_in1, cb_intermed2);
    cb_wait_front(cb_index0, 1);
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t block_id = start_id + i;
        const uint32_t bx = block_id;
        // T.copy(Q[bx * block, 0], q)
        cb_wait_front(cb_in0, 2);
        // T.fill(o, 0)
        cb_reserve_back(cb_intermed2, 2);
        tile_regs_acquire();
        fill_tile_init();
        for (uint32_t c = 0; c < 2; ++c) {
            fill_tile(c, 0.0f);
        }
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_data_format(cb_intermed2);
        for (uint32_t c = 0; c < 2; ++c) {
            pack_tile<true>(c, cb_intermed2, c);
        }
        tile_regs_release();
        cb_push_back(cb_intermed2, 2);
        cb_wait_front(cb_intermed2, 2);
        // T.fill(total, 0)
        cb_reserve_back(cb_intermed7, 2);
        tile_regs_acquire();
        for (uint32_t c = 0; c < 2; ++c) {
            fill_tile(c, 0.0f);
        }
        tile_regs_commit();
        tile_regs_wait();
        for (uint32_t c = 0; c < 2; ++c) {
            pack_tile<true>(c, cb_intermed7, c);
        }
        tile_regs_release();
        cb_push_back(cb_intermed7, 2);
        cb_wait_front(cb_intermed7, 2);
        // T.fill(top, -T.infinity("float32"))
        cb_reserve_back(cb_intermed3, 2);
        tile_regs_acquire();
        for (uint32_t c = 0; c < 2; ++c) {
            fill_tile(c, -INFINITY);
        }
        tile_regs_commit();
        tile_regs_wait();
        for (uint32_t c = 0; c < 2; ++c) {
            pack_tile<true>(c, cb_intermed3, c);
        }
        tile_regs_release();
        cb_push_back(cb_intermed3, 2);
        cb_wait_front(cb_intermed3, 2);
        // T.gemm(q, k, s, transpose_B=True, clear_accum=True)
        reconfig_data_format_srca(cb_in1);
        // for n in T.Pipelined(bx + 1, num_stages=2):
        for (uint32_t n = 0; n < bx + 1; ++n) {
            // T.copy(K[n * block, 0], k)
            cb_wait_front(cb_in1, 2);
            // T.gemm(q, k, s, transpose_B=True, clear_accum=True)
            cb_reserve_back(cb_intermed0, 4);
            tile_regs_acquire();
            matmul_block_init(cb_in0, cb_in1, 1, 2, 2, 1);
            matmul_block(cb_in0, cb_in1, 0, 0, 0, 1, 2, 2, 1);
            tile_regs_commit();
            tile_regs_wait();
            for (uint32_t r = 0; r < 2; ++r) {
                for (uint32_t c = 0; c < 2; ++c) {
                    pack_tile<true>(r * 2 + c, cb_intermed0, r * 2 + c);
                }
            }
            tile_regs_release();
            cb_push_back(cb_intermed0, 4);
            cb_wait_front(cb_intermed0, 4);
            cb_pop_front(cb_in1, 2);
            // s[i, j] = T.if_then_else(bx * block + i >= n * block + j, s[i, j] * scale, -T.infinity("float32"))
            cb_reserve_back(cb_intermed0, 4);
            for (uint32_t br = 0; br < 2; ++br) {
                for (uint32_t bc = 0; bc < 2; ++bc) {
                    tile_regs_acquire();
                    reconfig_data_format_srca(cb_index0);
                    copy_init(cb_index0);
                    copy_tile(cb_index0, 0, 0);
                    unary_ge_tile_init();
                    unary_ge_tile(0, float_bits(n * 64 + bc * 32 - br * 32 - bx * 64));
                    reconfig_data_format_srca(cb_intermed0);
                    copy_init(cb_intermed0);
                    copy_tile(cb_intermed0, br * 2 + bc, 1);
                    binop_with_scalar_tile_init();
                    mul_unary_tile(1, 0x3e3504f3u /* 0.176776692f */);
                    fill_tile_init();
                    fill_tile(2, -INFINITY);
                    where_tile_init();
                    where_tile<DataFormat::Float32>(0, 1, 2, 0);
                    tile_regs_commit();
                    tile_regs_wait();
                    pack_tile<true>(0, cb_intermed0, br * 2 + bc);
                    tile_regs_release();
                }
            }
            cb_push_back(cb_intermed0, 4);
            cb_pop_front(cb_intermed0, 4);
            cb_wait_front(cb_intermed0, 4);
            // T.copy(top, before)
            cb_reserve_back(cb_intermed4, 2);
            tile_regs_acquire();
            for (uint32_t c = 0; c < 2; ++c) {
                copy_tile(cb_intermed3, c, c);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (uint32_t c = 0; c < 2; ++c) {
                pack_tile<true>(c, cb_intermed4, c);
            }
            tile_regs_release();
            cb_push_back(cb_intermed4, 2);
            cb_wait_front(cb_intermed4, 2);
            // T.reduce_max(s, top, dim=1, clear=False)
            cb_reserve_back(cb_intermed3, 2);
            binary_max_tile_init();
            for (uint32_t r = 0; r < 2; ++r) {
                tile_regs_acquire();
                copy_tile(cb_intermed0, r * 2, 0);
                copy_tile(cb_intermed0, r * 2 + 1, 1);
                binary_max_tile(0, 1, 0);
                sfpu_reduce_init<PoolType::MAX, DataFormat::Float32>();
                sfpu_reduce<PoolType::MAX, DataFormat::Float32, ReduceDim::REDUCE_ROW>(0);
                copy_tile(cb_intermed3, r, 1);
                binary_max_tile_init();
                binary_max_tile(0, 1, 0);
                tile_regs_commit();
                tile_regs_wait();
                pack_tile<true>(0, cb_intermed3, r);
                tile_regs_release();
            }
            cb_push_back(cb_intermed3, 2);
            cb_pop_front(cb_intermed3, 2);
            cb_wait_front(cb_intermed3, 2);
            // factor[i] = T.exp(before[i] - top[i])
            cb_reserve_back(cb_intermed5, 2);
            tile_regs_acquire();
            for (uint32_t c = 0; c < 2; ++c) {
                copy_tile(cb_intermed4, c, c * 2);
            }
            for (uint32_t c = 0; c < 2; ++c) {
                copy_tile(cb_intermed3, c, c * 2 + 1);
            }
            sub_binary_tile_init();
            for (uint32_t c = 0; c < 2; ++c) {
                sub_binary_tile(c * 2, c * 2 + 1, c * 2);
            }
            exp_tile_init();
            for (uint32_t c = 0; c < 2; ++c) {
                exp_tile(c * 2);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (uint32_t c = 0; c < 2; ++c) {
                pack_tile<true>(c * 2, cb_intermed5, c);
            }
            tile_regs_release();
            cb_push_back(cb_intermed5, 2);
            cb_wait_front(cb_intermed5, 2);
            cb_pop_front(cb_intermed4, 2);
            // s[i, j] = T.exp(s[i, j] - top[i])
            cb_reserve_back(cb_intermed0, 4);
            for (uint32_t br = 0; br < 2; ++br) {
                tile_regs_acquire();
                copy_init(cb_intermed0);
                for (uint32_t c = 0; c < 2; ++c) {
                    copy_tile(cb_intermed0, br * 2 + c, c * 2);
                }
                unary_bcast_init<BroadcastType::COL>(cb_intermed3);
                for (uint32_t c = 0; c < 2; ++c) {
                    unary_bcast<BroadcastType::COL>(cb_intermed3, br, c * 2 + 1);
                }
                sub_binary_tile_init();
                for (uint32_t c = 0; c < 2; ++c) {
                    sub_binary_tile(c * 2, c * 2 + 1, c * 2);
                }
                exp_tile_init();
                for (uint32_t c = 0; c < 2; ++c) {
                    exp_tile(c * 2);
                }
                tile_regs_commit();
                tile_regs_wait();
                for (uint32_t c = 0; c < 2; ++c) {
                    pack_tile<true>(c * 2, cb_intermed0, br * 2 + c);
                }
                tile_regs_release();
                unary_bcast_uninit<BroadcastType::COL>(cb_intermed3);
            }
            cb_push_back(cb_intermed0, 4);
            cb_pop_front(cb_intermed0, 4);
            cb_wait_front(cb_intermed0, 4);
            // T.copy(s, p)
            cb_reserve_back(cb_intermed1, 4);
            tile_regs_acquire();
            copy_init(cb_intermed0);
            for (uint32_t c = 0; c < 4; ++c) {
                copy_tile(cb_intermed0, c, c);
            }
            tile_regs_commit();
            tile_regs_wait();
            pack_reconfig_data_format(cb_intermed1);
            for (uint32_t c = 0; c < 4; ++c) {
                pack_tile<true>(c, cb_intermed1, c);
            }
            tile_regs_release();
            cb_push_back(cb_intermed1, 4);
            cb_wait_front(cb_intermed1, 4);
            // total[i] = total[i] * factor[i] + row[i]
            cb_reserve_back(cb_intermed7, 2);
            pack_reconfig_data_format(cb_intermed7);
            for (uint32_t r = 0; r < 2; ++r) {
                tile_regs_acquire();
                copy_tile(cb_intermed7, r, 0);
                copy_tile(cb_intermed5, r, 1);
                mul_binary_tile_init();
                mul_binary_tile(0, 1, 0);
                copy_tile(cb_intermed0, r * 2, 1);
                copy_tile(cb_intermed0, r * 2 + 1, 2);
                add_binary_tile_init();
                add_binary_tile(1, 2, 1);
                sfpu_reduce_init<PoolType::SUM, DataFormat::Float32>();
                sfpu_reduce<PoolType::SUM, DataFormat::Float32, ReduceDim::REDUCE_ROW>(1);
                add_binary_tile_init();
                add_binary_tile(0, 1, 0);
                tile_regs_commit();
                tile_regs_wait();
                pack_tile<true>(0, cb_intermed7, r);
                tile_regs_release();
            }
            cb_push_back(cb_intermed7, 2);
            cb_pop_front(cb_intermed7, 2);
            cb_wait_front(cb_intermed7, 2);
            cb_pop_front(cb_intermed0, 4);
            // o[i, j] *= factor[i]
            cb_reserve_back(cb_intermed2, 2);
            tile_regs_acquire();
            for (uint32_t r = 0; r < 2; ++r) {
                copy_tile(cb_intermed2, r, r * 2);
            }
            unary_bcast_init<BroadcastType::COL>(cb_intermed5);
            for (uint32_t r = 0; r < 2; ++r) {
                unary_bcast<BroadcastType::COL>(cb_intermed5, r, r * 2 + 1);
            }
            mul_binary_tile_init();
            for (uint32_t r = 0; r < 2; ++r) {
                mul_binary_tile(r * 2, r * 2 + 1, r * 2);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (uint32_t r = 0; r < 2; ++r) {
                pack_tile<true>(r * 2, cb_intermed2, r);
            }
            tile_regs_release();
            cb_push_back(cb_intermed2, 2);
            cb_pop_front(cb_intermed2, 2);
            cb_wait_front(cb_intermed2, 2);
            cb_pop_front(cb_intermed5, 2);
            // T.copy(V[n * block, 0], v)
            cb_wait_front(cb_in2, 2);
            // T.gemm(p, v, o)
            cb_reserve_back(cb_intermed2, 2);
            tile_regs_acquire();
            unary_bcast_uninit<BroadcastType::COL>(cb_intermed5);
            // T.gemm(p, v, o)
            copy_init(cb_intermed2);
            for (uint32_t r = 0; r < 2; ++r) {
                copy_tile(cb_intermed2, r, r);
            }
            reconfig_data_format_srca(cb_in2);
            matmul_block_init(cb_intermed1, cb_in2, 0, 1, 2, 2);
            for (uint32_t kt = 0; kt < 2; ++kt) {
                matmul_block(cb_intermed1, cb_in2, kt, kt, 0, 0, 1, 2, 2);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (uint32_t r = 0; r < 2; ++r) {
                pack_tile<true>(r, cb_intermed2, r);
            }
            tile_regs_release();
            cb_push_back(cb_intermed2, 2);
            cb_pop_front(cb_intermed2, 2);
            cb_wait_front(cb_intermed2, 2);
            cb_pop_front(cb_in2, 2);
            cb_pop_front(cb_intermed1, 4);
        }
        cb_pop_front(cb_in0, 2);
        cb_pop_front(cb_intermed3, 2);
        // T.copy(o, O[bx * block, 0])
        tile_regs_acquire();
        reconfig_data_format_srca(cb_intermed2);
        copy_init(cb_intermed2);
        for (uint32_t r = 0; r < 2; ++r) {
            copy_tile(cb_intermed2, r, r * 2);
        }
        unary_bcast_init<BroadcastType::COL>(cb_intermed7);
        for (uint32_t r = 0; r < 2; ++r) {
            unary_bcast<BroadcastType::COL>(cb_intermed7, r, r * 2 + 1);
        }
        div_binary_tile_init();
        for (uint32_t r = 0; r < 2; ++r) {
            div_binary_tile(r * 2, r * 2 + 1, r * 2);
        }
        tile_regs_commit();
        cb_reserve_back(cb_out0, 2);
        tile_regs_wait();
        pack_reconfig_data_format(cb_out0);
        for (uint32_t r = 0; r < 2; ++r) {
            pack_tile<true>(r * 2, cb_out0, r);
        }
        tile_regs_release();
        cb_push_back(cb_out0, 2);
        cb_pop_front(cb_intermed2, 2);
        cb_pop_front(cb_intermed7, 2);
        unary_bcast_uninit<BroadcastType::COL>(cb_intermed7);
    }
    cb_pop_front(cb_index0, 1);
}

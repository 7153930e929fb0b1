// A block of C: for each step of K, sub-block by sub-block, the partial sums out of and back into c_24; the last step
// packs the result.
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
    constexpr uint32_t rows = get_compile_time_arg_val(0);  // tiles of a block
    constexpr uint32_t columns = get_compile_time_arg_val(1);
    constexpr uint32_t block_k = get_compile_time_arg_val(2);
    constexpr uint32_t steps = get_compile_time_arg_val(3);
    constexpr uint32_t sub_rows = get_compile_time_arg_val(4);
    constexpr uint32_t sub_columns = get_compile_time_arg_val(5);
    constexpr uint32_t a = tt::CBIndex::c_0, b = tt::CBIndex::c_1, out = tt::CBIndex::c_16, partials = tt::CBIndex::c_24;
    constexpr uint32_t sub_tiles = sub_rows * sub_columns;

    compute_kernel_hw_startup<SrcOrder::Reverse>(a, b, partials);
    matmul_block_init(a, b, 0, sub_columns, sub_rows, block_k);
    for (uint32_t step = 0; step < steps; ++step) {
        const bool last = step + 1 == steps;
        cb_wait_front(a, rows * block_k);
        cb_wait_front(b, columns * block_k);
        for (uint32_t sr = 0; sr < rows; sr += sub_rows) {
            for (uint32_t sc = 0; sc < columns; sc += sub_columns) {
                tile_regs_acquire();
                if (step > 0) {
                    reconfig_data_format_srca(partials);
                    copy_init(partials);
                    cb_wait_front(partials, sub_tiles);
                    for (uint32_t i = 0; i < sub_tiles; ++i) copy_tile(partials, i, i);
                    cb_pop_front(partials, sub_tiles);
                    reconfig_data_format_srca(b);
                    matmul_block_init(a, b, 0, sub_columns, sub_rows, block_k);
                }
                for (uint32_t k = 0; k < block_k; ++k) {
                    matmul_block(a, b, sr * block_k + k, k * columns + sc, 0, 0, sub_columns, sub_rows, block_k);
                }
                tile_regs_commit();
                const uint32_t target = last ? out : partials;
                cb_reserve_back(target, sub_tiles);
                tile_regs_wait();
                if (last) pack_reconfig_data_format(out);
                for (uint32_t i = 0; i < sub_tiles; ++i) pack_tile(i, target);
                tile_regs_release();
                cb_push_back(target, sub_tiles);
            }
        }
        cb_pop_front(a, rows * block_k);
        cb_pop_front(b, columns * block_k);
    }
}

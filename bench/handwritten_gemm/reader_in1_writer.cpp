// B, by column: the first core of each column reads a block of B and multicasts it to the column; then the block of C,
// sub-block by sub-block. NoC 1, whose rectangles run from the far corner to the near one.
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t b_addr = get_arg_val<uint32_t>(0);
    const uint32_t c_addr = get_arg_val<uint32_t>(1);
    const uint32_t sender = get_arg_val<uint32_t>(2);
    const uint32_t first_row = get_arg_val<uint32_t>(3);  // tiles
    const uint32_t first_column = get_arg_val<uint32_t>(4);
    const uint32_t x = get_arg_val<uint32_t>(5);
    const uint32_t last_y = get_arg_val<uint32_t>(6);
    constexpr uint32_t rows = get_compile_time_arg_val(0);  // tiles of a block
    constexpr uint32_t columns = get_compile_time_arg_val(1);
    constexpr uint32_t block_k = get_compile_time_arg_val(2);
    constexpr uint32_t k_tiles = get_compile_time_arg_val(3);
    constexpr uint32_t n_tiles = get_compile_time_arg_val(4);
    constexpr uint32_t sub_rows = get_compile_time_arg_val(5);
    constexpr uint32_t sub_columns = get_compile_time_arg_val(6);
    constexpr auto b_args = TensorAccessorArgs<7>();
    constexpr auto c_args = TensorAccessorArgs<b_args.next_compile_time_args_offset()>();
    const auto b = TensorAccessor(b_args, b_addr);
    const auto c = TensorAccessor(c_args, c_addr);
    constexpr uint32_t cb = tt::CBIndex::c_1, out = tt::CBIndex::c_16, tiles = columns * block_k;
    const uint32_t tile_bytes = get_tile_size(cb);

    const uint32_t ready = get_semaphore(2), valid = get_semaphore(3);
    volatile tt_l1_ptr uint32_t* const ready_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready);
    volatile tt_l1_ptr uint32_t* const valid_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(valid);
    const uint64_t sender_ready = get_noc_addr(x, 0, ready);
    if (sender) noc_semaphore_set(valid_ptr, VALID);

    for (uint32_t k = 0; k < k_tiles; k += block_k) {
        cb_reserve_back(cb, tiles);
        uint32_t l1 = get_write_ptr(cb);
        if (sender) {
            const uint32_t start = l1;
            uint32_t page = k * n_tiles + first_column;
            for (uint32_t r = 0; r < block_k; ++r) {
                for (uint32_t col = 0; col < columns; ++col) {
                    noc_async_read_page(page + col, b, l1);
                    l1 += tile_bytes;
                }
                page += n_tiles;
            }
            noc_async_read_barrier();
            noc_semaphore_wait(ready_ptr, last_y);
            noc_semaphore_set(ready_ptr, 0);
            noc_async_write_multicast(start, get_noc_multicast_addr(x, last_y, x, 0, start), tiles * tile_bytes, last_y);
            noc_semaphore_set_multicast(valid, get_noc_multicast_addr(x, last_y, x, 0, valid), last_y);
        } else {
            noc_semaphore_set(valid_ptr, INVALID);
            noc_semaphore_inc(sender_ready, 1);
            noc_semaphore_wait(valid_ptr, VALID);
        }
        cb_push_back(cb, tiles);
    }

    const uint32_t out_bytes = get_tile_size(out);
    for (uint32_t sr = 0; sr < rows; sr += sub_rows) {
        for (uint32_t sc = 0; sc < columns; sc += sub_columns) {
            cb_wait_front(out, sub_rows * sub_columns);
            uint32_t l1 = get_read_ptr(out);
            for (uint32_t r = 0; r < sub_rows; ++r) {
                const uint32_t page = (first_row + sr + r) * n_tiles + first_column + sc;
                for (uint32_t col = 0; col < sub_columns; ++col) {
                    noc_async_write_page(page + col, c, l1);
                    l1 += out_bytes;
                }
            }
            noc_async_write_barrier();
            cb_pop_front(out, sub_rows * sub_columns);
        }
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}

// One operand: the sender of each row (A, NoC 0) or column (B, NoC 1) reads its blocks and multicasts them to the others.
// WRITES_OUTPUT: then the block of C, sub-block by sub-block.
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t addr = get_arg_val<uint32_t>(0);
    const uint32_t sender = get_arg_val<uint32_t>(1);
    const uint32_t others = get_arg_val<uint32_t>(2);  // cores that receive
    const uint32_t sender_x = get_arg_val<uint32_t>(3), sender_y = get_arg_val<uint32_t>(4);
    // The cores of the row or column, in the order of this kernel's NoC.
    const uint32_t x0 = get_arg_val<uint32_t>(5), y0 = get_arg_val<uint32_t>(6);
    const uint32_t x1 = get_arg_val<uint32_t>(7), y1 = get_arg_val<uint32_t>(8);
    const uint32_t first_page = get_arg_val<uint32_t>(9);
    constexpr uint32_t cb = get_compile_time_arg_val(0);
    constexpr uint32_t rows = get_compile_time_arg_val(1);  // tiles of a block
    constexpr uint32_t columns = get_compile_time_arg_val(2);
    constexpr uint32_t row_pages = get_compile_time_arg_val(3);   // from one row of tiles to the next
    constexpr uint32_t step_pages = get_compile_time_arg_val(4);  // from one block to the next
    constexpr uint32_t steps = get_compile_time_arg_val(5);
    constexpr uint32_t first_semaphore = get_compile_time_arg_val(6);
    constexpr auto args = TensorAccessorArgs<7>();
    const auto operand = TensorAccessor(args, addr);
    constexpr uint32_t tiles = rows * columns;
    const uint32_t tile_bytes = get_tile_size(cb);

    const uint32_t ready = get_semaphore(first_semaphore), valid = get_semaphore(first_semaphore + 1);
    volatile tt_l1_ptr uint32_t* const ready_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready);
    volatile tt_l1_ptr uint32_t* const valid_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(valid);
    const uint64_t sender_ready = get_noc_addr(sender_x, sender_y, ready);
    if (sender) noc_semaphore_set(valid_ptr, VALID);

    for (uint32_t step = 0; step < steps; ++step) {
        cb_reserve_back(cb, tiles);
        uint32_t l1 = get_write_ptr(cb);
        if (sender) {
            const uint32_t start = l1;
            uint32_t page = first_page + step * step_pages;
            for (uint32_t r = 0; r < rows; ++r) {
                for (uint32_t c = 0; c < columns; ++c) {
                    noc_async_read_page(page + c, operand, l1);
                    l1 += tile_bytes;
                }
                page += row_pages;
            }
            noc_async_read_barrier();
            noc_semaphore_wait(ready_ptr, others);
            noc_semaphore_set(ready_ptr, 0);
            noc_async_write_multicast(start, get_noc_multicast_addr(x0, y0, x1, y1, start), tiles * tile_bytes, others);
            noc_semaphore_set_multicast(valid, get_noc_multicast_addr(x0, y0, x1, y1, valid), others);
        } else {
            noc_semaphore_set(valid_ptr, INVALID);
            noc_semaphore_inc(sender_ready, 1);
            noc_semaphore_wait(valid_ptr, VALID);
        }
        cb_push_back(cb, tiles);
    }

#ifdef WRITES_OUTPUT
    const uint32_t c_addr = get_arg_val<uint32_t>(10);
    const uint32_t first_row = get_arg_val<uint32_t>(11), first_column = get_arg_val<uint32_t>(12);  // tiles
    constexpr uint32_t next = args.next_compile_time_args_offset();
    constexpr uint32_t out_rows = get_compile_time_arg_val(next);
    constexpr uint32_t out_columns = get_compile_time_arg_val(next + 1);
    constexpr uint32_t n_tiles = get_compile_time_arg_val(next + 2);
    constexpr uint32_t sub_rows = get_compile_time_arg_val(next + 3);
    constexpr uint32_t sub_columns = get_compile_time_arg_val(next + 4);
    const auto c = TensorAccessor(TensorAccessorArgs<next + 5>(), c_addr);
    constexpr uint32_t out = tt::CBIndex::c_16;
    const uint32_t out_bytes = get_tile_size(out);
    for (uint32_t sr = 0; sr < out_rows; sr += sub_rows) {
        for (uint32_t sc = 0; sc < out_columns; sc += sub_columns) {
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
#endif
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}

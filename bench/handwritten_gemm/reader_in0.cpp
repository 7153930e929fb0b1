// A, by row: the first core of each row reads a block of A and multicasts it to the row. NoC 0.
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t a_addr = get_arg_val<uint32_t>(0);
    const uint32_t sender = get_arg_val<uint32_t>(1);
    const uint32_t first_row = get_arg_val<uint32_t>(2);  // tiles
    const uint32_t y = get_arg_val<uint32_t>(3);
    const uint32_t last_x = get_arg_val<uint32_t>(4);
    constexpr uint32_t rows = get_compile_time_arg_val(0);  // tiles of a block
    constexpr uint32_t block_k = get_compile_time_arg_val(1);
    constexpr uint32_t k_tiles = get_compile_time_arg_val(2);
    constexpr auto a_args = TensorAccessorArgs<3>();
    const auto a = TensorAccessor(a_args, a_addr);
    constexpr uint32_t cb = tt::CBIndex::c_0, tiles = rows * block_k;
    const uint32_t tile_bytes = get_tile_size(cb);

    const uint32_t ready = get_semaphore(0), valid = get_semaphore(1);
    volatile tt_l1_ptr uint32_t* const ready_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready);
    volatile tt_l1_ptr uint32_t* const valid_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(valid);
    const uint64_t sender_ready = get_noc_addr(0, y, ready);
    if (sender) noc_semaphore_set(valid_ptr, VALID);

    for (uint32_t k = 0; k < k_tiles; k += block_k) {
        cb_reserve_back(cb, tiles);
        uint32_t l1 = get_write_ptr(cb);
        if (sender) {
            const uint32_t start = l1;
            uint32_t page = first_row * k_tiles + k;
            for (uint32_t r = 0; r < rows; ++r) {
                for (uint32_t c = 0; c < block_k; ++c) {
                    noc_async_read_page(page + c, a, l1);
                    l1 += tile_bytes;
                }
                page += k_tiles;
            }
            noc_async_read_barrier();
            noc_semaphore_wait(ready_ptr, last_x);
            noc_semaphore_set(ready_ptr, 0);
            noc_async_write_multicast(start, get_noc_multicast_addr(0, y, last_x, y, start), tiles * tile_bytes, last_x);
            noc_semaphore_set_multicast(valid, get_noc_multicast_addr(0, y, last_x, y, valid), last_x);
        } else {
            noc_semaphore_set(valid_ptr, INVALID);
            noc_semaphore_inc(sender_ready, 1);
            noc_semaphore_wait(valid_ptr, VALID);
        }
        cb_push_back(cb, tiles);
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}

// Generated TT Reader Kernel (IR-Driven)
// Reader of TileLang kernel `main`.
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t A_addr = get_arg_val<uint32_t>(0);
    const uint32_t B_addr = get_arg_val<uint32_t>(1);
    const uint32_t start_id = get_arg_val<uint32_t>(2);
    const uint32_t count = get_arg_val<uint32_t>(3);
    const uint32_t row_sends = get_arg_val<uint32_t>(4);
    const uint32_t row_sender_x = get_arg_val<uint32_t>(5);
    const uint32_t row_sender_y = get_arg_val<uint32_t>(6);
    const uint32_t row_start_x = get_arg_val<uint32_t>(7);
    const uint32_t row_start_y = get_arg_val<uint32_t>(8);
    const uint32_t row_end_x = get_arg_val<uint32_t>(9);
    const uint32_t row_end_y = get_arg_val<uint32_t>(10);
    const uint32_t column_sends = get_arg_val<uint32_t>(11);
    const uint32_t column_sender_x = get_arg_val<uint32_t>(12);
    const uint32_t column_sender_y = get_arg_val<uint32_t>(13);
    const uint32_t column_start_x = get_arg_val<uint32_t>(14);
    const uint32_t column_start_y = get_arg_val<uint32_t>(15);
    const uint32_t column_end_x = get_arg_val<uint32_t>(16);
    const uint32_t column_end_y = get_arg_val<uint32_t>(17);
    constexpr uint32_t cb_in0 = tt::CBIndex::c_0;  // a: 1 float16 tile, 2 blocks deep
    constexpr uint32_t cb_in1 = tt::CBIndex::c_1;  // b: 1 float16 tile, 2 blocks deep
    constexpr auto A_args = TensorAccessorArgs<0>();
    const auto A_acc = TensorAccessor(A_args, A_addr);
    constexpr auto B_args = TensorAccessorArgs<A_args.next_compile_time_args_offset()>();
    const auto B_acc = TensorAccessor(B_args, B_addr);

    const uint32_t cb_in0_ready = get_semaphore(0);
    volatile tt_l1_ptr uint32_t* const cb_in0_ready_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(cb_in0_ready);
    const uint32_t cb_in0_valid = get_semaphore(1);
    volatile tt_l1_ptr uint32_t* const cb_in0_valid_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(cb_in0_valid);
    const uint64_t cb_in0_sender_ready = get_noc_addr(row_sender_x, row_sender_y, cb_in0_ready);
    const uint32_t cb_in1_ready = get_semaphore(2);
    volatile tt_l1_ptr uint32_t* const cb_in1_ready_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(cb_in1_ready);
    const uint32_t cb_in1_valid = get_semaphore(3);
    volatile tt_l1_ptr uint32_t* const cb_in1_valid_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(cb_in1_valid);
    const uint64_t cb_in1_sender_ready = get_noc_addr(column_sender_x, column_sender_y, cb_in1_ready);
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t block_id = start_id + i * 4;
        const uint32_t row = block_id / 2;
        const uint32_t bx = block_id % 2;
        const uint32_t by = row % 2;
        const uint32_t bz = row / 2;
        // T.copy(A[bz, by * 32, 0], a)
        cb_reserve_back(cb_in0, 1);
        const uint32_t cb_in0_ptr = get_write_ptr(cb_in0);
        // T.copy(B[bz, bx * 32, 0], b)
        cb_reserve_back(cb_in1, 1);
        const uint32_t cb_in1_ptr = get_write_ptr(cb_in1);
        // T.copy(A[bz, by * 32, 0], a)
        if (row_sends == 0) {
            noc_semaphore_set(cb_in0_valid_ptr, 0);
            noc_semaphore_inc(cb_in0_sender_ready, 1);
        }
        // T.copy(B[bz, bx * 32, 0], b)
        if (column_sends == 0) {
            noc_semaphore_set(cb_in1_valid_ptr, 0);
            noc_semaphore_inc(cb_in1_sender_ready, 1);
        }
        // T.copy(A[bz, by * 32, 0], a)
        if (row_sends != 0) {
            noc_async_read_page(bz * 2 + by, A_acc, cb_in0_ptr);
        }
        // T.copy(B[bz, bx * 32, 0], b)
        if (column_sends != 0) {
            noc_async_read_page(bz * 2 + bx, B_acc, cb_in1_ptr);
        }
        noc_async_read_barrier();
        if (row_sends != 0 || column_sends != 0) {
            noc_async_writes_flushed();
        }
        // T.copy(A[bz, by * 32, 0], a)
        if (row_sends != 0) {
            noc_semaphore_wait(cb_in0_ready_ptr, 1);
            noc_semaphore_set(cb_in0_ready_ptr, 0);
            noc_async_write_multicast(cb_in0_ptr, get_noc_multicast_addr(row_start_x, row_start_y, row_end_x, row_end_y, cb_in0_ptr), 2048, 1);
            noc_semaphore_set(cb_in0_valid_ptr, 1);
            noc_semaphore_set_multicast(cb_in0_valid, get_noc_multicast_addr(row_start_x, row_start_y, row_end_x, row_end_y, cb_in0_valid), 1);
        }
        // T.copy(B[bz, bx * 32, 0], b)
        if (column_sends != 0) {
            noc_semaphore_wait(cb_in1_ready_ptr, 1);
            noc_semaphore_set(cb_in1_ready_ptr, 0);
            noc_async_write_multicast(cb_in1_ptr, get_noc_multicast_addr(column_start_x, column_start_y, column_end_x, column_end_y, cb_in1_ptr), 2048, 1);
            noc_semaphore_set(cb_in1_valid_ptr, 1);
            noc_semaphore_set_multicast(cb_in1_valid, get_noc_multicast_addr(column_start_x, column_start_y, column_end_x, column_end_y, cb_in1_valid), 1);
        }
        // T.copy(A[bz, by * 32, 0], a)
        if (row_sends == 0) {
            noc_semaphore_wait(cb_in0_valid_ptr, 1);
        }
        // T.copy(B[bz, bx * 32, 0], b)
        if (column_sends == 0) {
            noc_semaphore_wait(cb_in1_valid_ptr, 1);
        }
        // T.copy(A[bz, by * 32, 0], a)
        cb_push_back(cb_in0, 1);
        // T.copy(B[bz, bx * 32, 0], b)
        cb_push_back(cb_in1, 1);
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}

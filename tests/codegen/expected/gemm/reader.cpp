// Generated TT Reader Kernel (IR-Driven)
// Reader of TileLang kernel `main`.
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t B_addr = get_arg_val<uint32_t>(0);
    const uint32_t bias_addr = get_arg_val<uint32_t>(1);
    const uint32_t count = get_arg_val<uint32_t>(2);
    const uint32_t column_sends = get_arg_val<uint32_t>(3);
    const uint32_t column_sender_x = get_arg_val<uint32_t>(4);
    const uint32_t column_sender_y = get_arg_val<uint32_t>(5);
    const uint32_t column_start_x = get_arg_val<uint32_t>(6);
    const uint32_t column_start_y = get_arg_val<uint32_t>(7);
    const uint32_t column_end_x = get_arg_val<uint32_t>(8);
    const uint32_t column_end_y = get_arg_val<uint32_t>(9);
    constexpr uint32_t cb_in1 = tt::CBIndex::c_1;  // b: 2 bfloat16 tiles, 4 blocks deep
    constexpr uint32_t cb_in2 = tt::CBIndex::c_2;  // row: 2 bfloat16 tiles
    constexpr auto B_args = TensorAccessorArgs<0>();
    const auto B_acc = TensorAccessor(B_args, B_addr);
    constexpr auto bias_args = TensorAccessorArgs<B_args.next_compile_time_args_offset()>();
    const auto bias_acc = TensorAccessor(bias_args, bias_addr);

    const uint32_t cb_in2_ready = get_semaphore(2);
    volatile tt_l1_ptr uint32_t* const cb_in2_ready_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(cb_in2_ready);
    const uint32_t cb_in2_valid = get_semaphore(3);
    volatile tt_l1_ptr uint32_t* const cb_in2_valid_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(cb_in2_valid);
    const uint64_t cb_in2_sender_ready = get_noc_addr(column_sender_x, column_sender_y, cb_in2_ready);
    const uint32_t cb_in1_ready = get_semaphore(0);
    volatile tt_l1_ptr uint32_t* const cb_in1_ready_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(cb_in1_ready);
    const uint32_t cb_in1_valid = get_semaphore(1);
    volatile tt_l1_ptr uint32_t* const cb_in1_valid_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(cb_in1_valid);
    const uint64_t cb_in1_sender_ready = get_noc_addr(column_sender_x, column_sender_y, cb_in1_ready);
    for (uint32_t i = 0; i < count; ++i) {
        // T.copy(bias[bx * bn], row)
        cb_reserve_back(cb_in2, 2);
        const uint32_t cb_in2_ptr = get_write_ptr(cb_in2);
        if (column_sends != 0) {
            noc_async_writes_flushed();
            for (uint32_t c = 0; c < 2; ++c) {
                noc_async_read_page(c, bias_acc, c * 2048 + cb_in2_ptr);
            }
            noc_async_read_barrier();
            noc_semaphore_wait(cb_in2_ready_ptr, 1);
            noc_semaphore_set(cb_in2_ready_ptr, 0);
            noc_async_write_multicast(cb_in2_ptr, get_noc_multicast_addr(column_start_x, column_start_y, column_end_x, column_end_y, cb_in2_ptr), 4096, 1);
            noc_semaphore_set(cb_in2_valid_ptr, 1);
            noc_semaphore_set_multicast(cb_in2_valid, get_noc_multicast_addr(column_start_x, column_start_y, column_end_x, column_end_y, cb_in2_valid), 1);
        } else {
            noc_semaphore_set(cb_in2_valid_ptr, 0);
            noc_semaphore_inc(cb_in2_sender_ready, 1);
            noc_semaphore_wait(cb_in2_valid_ptr, 1);
        }
        cb_push_back(cb_in2, 2);
        // for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
        for (uint32_t k = 0; k < 2; ++k) {
            // T.copy(B[k * bk, bx * bn], b)
            cb_reserve_back(cb_in1, 2);
            const uint32_t cb_in1_ptr = get_write_ptr(cb_in1);
            if (column_sends != 0) {
                const uint32_t B_page = k * 2;
                for (uint32_t c = 0; c < 2; ++c) {
                    noc_async_read_page(B_page + c, B_acc, c * 2048 + cb_in1_ptr);
                }
                noc_async_read_barrier();
                noc_async_writes_flushed();
                noc_semaphore_wait(cb_in1_ready_ptr, 1);
                noc_semaphore_set(cb_in1_ready_ptr, 0);
                noc_async_write_multicast(cb_in1_ptr, get_noc_multicast_addr(column_start_x, column_start_y, column_end_x, column_end_y, cb_in1_ptr), 4096, 1);
                noc_semaphore_set(cb_in1_valid_ptr, 1);
                noc_semaphore_set_multicast(cb_in1_valid, get_noc_multicast_addr(column_start_x, column_start_y, column_end_x, column_end_y, cb_in1_valid), 1);
            } else {
                noc_semaphore_set(cb_in1_valid_ptr, 0);
                noc_semaphore_inc(cb_in1_sender_ready, 1);
                noc_semaphore_wait(cb_in1_valid_ptr, 1);
            }
            cb_push_back(cb_in1, 2);
        }
    }
    noc_async_write_barrier();
    noc_async_atomic_barrier();
}

// Generated TT Reader Kernel (IR-Driven)
// Reader of TileLang kernel `main`.
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t A_addr = get_arg_val<uint32_t>(0);
    const uint32_t B_addr = get_arg_val<uint32_t>(1);
    const uint32_t start_id = get_arg_val<uint32_t>(2);
    const uint32_t count = get_arg_val<uint32_t>(3);
    constexpr uint32_t cb_in0 = tt::CBIndex::c_0;  // A_in0: 2 float32 tiles
    constexpr uint32_t cb_in1 = tt::CBIndex::c_1;  // B_in1: 2 float32 tiles
    constexpr auto A_args = TensorAccessorArgs<0>();
    const auto A_acc = TensorAccessor(A_args, A_addr);
    constexpr auto B_args = TensorAccessorArgs<A_args.next_compile_time_args_offset()>();
    const auto B_acc = TensorAccessor(B_args, B_addr);

    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t block_id = start_id + i;
        const uint32_t bx = block_id % 2;
        const uint32_t by = block_id / 2;
        // C[by * bm + i, bx * bn + j] = A[by * bm + i, bx * bn + j] + B[by * bm + i, bx * bn + j] * 2.0
        cb_reserve_back(cb_in0, 2);
        const uint32_t cb_in0_ptr = get_write_ptr(cb_in0);
        cb_reserve_back(cb_in1, 2);
        const uint32_t cb_in1_ptr = get_write_ptr(cb_in1);
        const uint32_t A_page = by * 4 + bx * 2;
        for (uint32_t c = 0; c < 2; ++c) {
            noc_async_read_page(A_page + c, A_acc, c * 4096 + cb_in0_ptr);
        }
        const uint32_t B_page = by * 4 + bx * 2;
        for (uint32_t c = 0; c < 2; ++c) {
            noc_async_read_page(B_page + c, B_acc, c * 4096 + cb_in1_ptr);
        }
        noc_async_read_barrier();
        cb_push_back(cb_in0, 2);
        cb_push_back(cb_in1, 2);
    }
}

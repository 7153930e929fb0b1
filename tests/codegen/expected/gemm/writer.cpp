// Generated TT Writer Kernel (IR-Driven)
// Writer of TileLang kernel `main`.
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t A_addr = get_arg_val<uint32_t>(0);
    const uint32_t C_addr = get_arg_val<uint32_t>(1);
    const uint32_t start_id = get_arg_val<uint32_t>(2);
    const uint32_t count = get_arg_val<uint32_t>(3);
    constexpr uint32_t cb_in0 = tt::CBIndex::c_0;  // a: 1 bfloat16 tile, 4 blocks deep
    constexpr uint32_t cb_out0 = tt::CBIndex::c_16;  // C_out0: 2 bfloat16 tiles
    constexpr auto A_args = TensorAccessorArgs<0>();
    const auto A_acc = TensorAccessor(A_args, A_addr);
    constexpr auto C_args = TensorAccessorArgs<A_args.next_compile_time_args_offset()>();
    const auto C_acc = TensorAccessor(C_args, C_addr);

    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t block_id = start_id + i;
        const uint32_t by = block_id;
        // for k in T.Pipelined(T.ceildiv(K, bk), num_stages=2):
        for (uint32_t k = 0; k < 2; ++k) {
            // T.copy(A[by * bm, k * bk], a)
            cb_reserve_back(cb_in0, 1);
            const uint32_t cb_in0_ptr = get_write_ptr(cb_in0);
            noc_async_read_page(by * 2 + k, A_acc, cb_in0_ptr);
            noc_async_read_barrier();
            cb_push_back(cb_in0, 1);
        }
        // T.copy(c, C[by * bm, bx * bn])
        cb_wait_front(cb_out0, 2);
        const uint32_t cb_out0_ptr = get_read_ptr(cb_out0);
        const uint32_t C_page = by * 2;
        for (uint32_t c = 0; c < 2; ++c) {
            noc_async_write_page(C_page + c, C_acc, c * 2048 + cb_out0_ptr);
        }
        noc_async_writes_flushed();
        cb_pop_front(cb_out0, 2);
    }
    noc_async_write_barrier();
}

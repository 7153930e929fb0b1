// Generated TT Writer Kernel (IR-Driven)
// Writer of TileLang kernel `main`.
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t H_addr = get_arg_val<uint32_t>(0);
    const uint32_t D_addr = get_arg_val<uint32_t>(1);
    const uint32_t start_id = get_arg_val<uint32_t>(2);
    const uint32_t count = get_arg_val<uint32_t>(3);
    constexpr uint32_t cb_out0 = tt::CBIndex::c_16;  // H_out0: 1 bfloat16 tile
    constexpr uint32_t cb_out1 = tt::CBIndex::c_17;  // D_out1: 2 bfloat16 tiles
    constexpr auto H_args = TensorAccessorArgs<0>();
    const auto H_acc = TensorAccessor(H_args, H_addr);
    constexpr auto D_args = TensorAccessorArgs<H_args.next_compile_time_args_offset()>();
    const auto D_acc = TensorAccessor(D_args, D_addr);

    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t block_id = start_id + i;
        const uint32_t bx = block_id;
        // T.copy(h_s, H[bx * bm, 0])
        cb_wait_front(cb_out0, 1);
        const uint32_t cb_out0_ptr = get_read_ptr(cb_out0);
        noc_async_write_page(bx, H_acc, cb_out0_ptr);
        noc_async_writes_flushed();
        cb_pop_front(cb_out0, 1);
        // T.copy(d, D[bx * bm, 0])
        cb_wait_front(cb_out1, 2);
        const uint32_t cb_out1_ptr = get_read_ptr(cb_out1);
        const uint32_t D_page = bx * 2;
        for (uint32_t c = 0; c < 2; ++c) {
            noc_async_write_page(D_page + c, D_acc, c * 2048 + cb_out1_ptr);
        }
        noc_async_writes_flushed();
        cb_pop_front(cb_out1, 2);
    }
    noc_async_write_barrier();
}

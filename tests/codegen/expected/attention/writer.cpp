// Generated TT Writer Kernel (IR-Driven)
// Writer of TileLang kernel `main`.
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t V_addr = get_arg_val<uint32_t>(0);
    const uint32_t O_addr = get_arg_val<uint32_t>(1);
    const uint32_t start_id = get_arg_val<uint32_t>(2);
    const uint32_t count = get_arg_val<uint32_t>(3);
    constexpr uint32_t cb_in2 = tt::CBIndex::c_2;  // v: 2 bfloat16 tiles, 2 blocks deep
    constexpr uint32_t cb_out0 = tt::CBIndex::c_16;  // O_out0: 2 bfloat16 tiles
    constexpr auto V_args = TensorAccessorArgs<0>();
    const auto V_acc = TensorAccessor(V_args, V_addr);
    constexpr auto O_args = TensorAccessorArgs<V_args.next_compile_time_args_offset()>();
    const auto O_acc = TensorAccessor(O_args, O_addr);

    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t block_id = start_id + i;
        const uint32_t bx = block_id;
        // for n in T.Pipelined(bx + 1, num_stages=2):
        for (uint32_t n = 0; n < bx + 1; ++n) {
            // T.copy(V[n * block, 0], v)
            cb_reserve_back(cb_in2, 2);
            const uint32_t cb_in2_ptr = get_write_ptr(cb_in2);
            const uint32_t V_page = n * 2;
            // T.copy(V[n * block, 0], v)
            for (uint32_t r = 0; r < 2; ++r) {
                noc_async_read_page(V_page + r, V_acc, r * 2048 + cb_in2_ptr);
            }
            noc_async_read_barrier();
            cb_push_back(cb_in2, 2);
        }
        // T.copy(o, O[bx * block, 0])
        cb_wait_front(cb_out0, 2);
        const uint32_t cb_out0_ptr = get_read_ptr(cb_out0);
        const uint32_t O_page = bx * 2;
        for (uint32_t r = 0; r < 2; ++r) {
            noc_async_write_page(O_page + r, O_acc, r * 2048 + cb_out0_ptr);
        }
        noc_async_writes_flushed();
        cb_pop_front(cb_out0, 2);
    }
    noc_async_write_barrier();
}

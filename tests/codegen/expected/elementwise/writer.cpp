// Generated TT Writer Kernel (IR-Driven)
// Writer of TileLang kernel `main`.
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t C_addr = get_arg_val<uint32_t>(0);
    const uint32_t start_id = get_arg_val<uint32_t>(1);
    const uint32_t count = get_arg_val<uint32_t>(2);
    constexpr uint32_t cb_out0 = tt::CBIndex::c_16;  // C_out2: 2 float32 tiles
    constexpr auto C_args = TensorAccessorArgs<0>();
    const auto C_acc = TensorAccessor(C_args, C_addr);

    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t block_id = start_id + i;
        const uint32_t bx = block_id % 2;
        const uint32_t by = block_id / 2;
        // C[by * bm + i, bx * bn + j] = A[by * bm + i, bx * bn + j] + B[by * bm + i, bx * bn + j] * 2.0
        cb_wait_front(cb_out0, 2);
        const uint32_t cb_out0_ptr = get_read_ptr(cb_out0);
        const uint32_t C_page = by * 4 + bx * 2;
        for (uint32_t c = 0; c < 2; ++c) {
            noc_async_write_page(C_page + c, C_acc, c * 4096 + cb_out0_ptr);
        }
        noc_async_writes_flushed();
        cb_pop_front(cb_out0, 2);
    }
    noc_async_write_barrier();
}

// Generated TT Writer Kernel (IR-Driven)
// Writer of TileLang kernel `main`.
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t B_addr = get_arg_val<uint32_t>(0);
    const uint32_t start_id = get_arg_val<uint32_t>(1);
    const uint32_t count = get_arg_val<uint32_t>(2);
    constexpr uint32_t cb_out0 = tt::CBIndex::c_16;  // B_out1: 1 bfloat16 tile
    constexpr auto B_args = TensorAccessorArgs<0>();
    const auto B_acc = TensorAccessor(B_args, B_addr);

    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t block_id = start_id + i;
        const uint32_t bx = block_id;
        // T.copy(x, B[bx, 0])
        cb_wait_front(cb_out0, 1);
        const uint32_t cb_out0_ptr = get_read_ptr(cb_out0);
        noc_async_write_page(bx, B_acc, cb_out0_ptr);
        noc_async_writes_flushed();
        cb_pop_front(cb_out0, 1);
    }
    noc_async_write_barrier();
}

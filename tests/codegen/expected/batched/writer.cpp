// Generated TT Writer Kernel (IR-Driven)
// Writer of TileLang kernel `main`.
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t C_addr = get_arg_val<uint32_t>(0);
    const uint32_t start_id = get_arg_val<uint32_t>(1);
    const uint32_t count = get_arg_val<uint32_t>(2);
    constexpr uint32_t cb_out0 = tt::CBIndex::c_16;  // C_out0: 1 float32 tile, 2 blocks deep
    constexpr auto C_args = TensorAccessorArgs<0>();
    const auto C_acc = TensorAccessor(C_args, C_addr);

    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t block_id = start_id + i * 4;
        const uint32_t row = block_id / 2;
        const uint32_t bx = block_id % 2;
        const uint32_t by = row % 2;
        const uint32_t bz = row / 2;
        // T.copy(c, C[bz, by * 32, bx * 32])
        cb_wait_front(cb_out0, 1);
        const uint32_t cb_out0_ptr = get_read_ptr(cb_out0);
        noc_async_write_page(bz * 4 + by * 2 + bx, C_acc, cb_out0_ptr);
        noc_async_writes_flushed();
        cb_pop_front(cb_out0, 1);
    }
    noc_async_write_barrier();
}

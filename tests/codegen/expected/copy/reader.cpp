// Generated TT Reader Kernel (IR-Driven)
// Reader of TileLang kernel `main`.
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t A_addr = get_arg_val<uint32_t>(0);
    const uint32_t start_id = get_arg_val<uint32_t>(1);
    const uint32_t count = get_arg_val<uint32_t>(2);
    constexpr uint32_t cb_in0 = tt::CBIndex::c_0;  // s: 1 bfloat16 tile
    constexpr auto A_args = TensorAccessorArgs<0>();
    const auto A_acc = TensorAccessor(A_args, A_addr);

    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t block_id = start_id + i;
        const uint32_t bx = block_id % 2;
        const uint32_t by = block_id / 2;
        // T.copy(A[by * bm, bx * bn], s)
        cb_reserve_back(cb_in0, 1);
        const uint32_t cb_in0_ptr = get_write_ptr(cb_in0);
        noc_async_read_page(by * 2 + bx, A_acc, cb_in0_ptr);
        noc_async_read_barrier();
        cb_push_back(cb_in0, 1);
    }
}

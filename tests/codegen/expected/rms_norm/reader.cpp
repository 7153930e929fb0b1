// Generated TT Reader Kernel (IR-Driven)
// Reader of TileLang kernel `main`.
#include <cstdint>

#include "api/dataflow/dataflow_api.h"

// A tile of small whole numbers, i * row + j * column, in the order of its four faces; T: bfloat16 or fp32 as bits.
template <typename T>
inline void fill_index_tile(uint32_t l1_addr, int32_t i, int32_t j) {
    volatile tt_l1_ptr T* tile = reinterpret_cast<volatile tt_l1_ptr T*>(l1_addr);
    for (uint32_t face = 0; face < 4; ++face) {
        for (uint32_t k = 0; k < 256; ++k) {
            const int32_t row = face / 2 * 16 + k / 16, column = face % 2 * 16 + k % 16;
            const uint32_t bits = __builtin_bit_cast(uint32_t, static_cast<float>(i * row + j * column));
            tile[face * 256 + k] = bits >> (32 - 8 * sizeof(T));
        }
    }
}

void kernel_main() {
    const uint32_t A_addr = get_arg_val<uint32_t>(0);
    const uint32_t start_id = get_arg_val<uint32_t>(1);
    const uint32_t count = get_arg_val<uint32_t>(2);
    constexpr uint32_t cb_in0 = tt::CBIndex::c_0;  // A_in0: 1 bfloat16 tile
    constexpr uint32_t cb_index0 = tt::CBIndex::c_1;  // row: 1 bfloat16 tile
    constexpr auto A_args = TensorAccessorArgs<0>();
    const auto A_acc = TensorAccessor(A_args, A_addr);

    cb_reserve_back(cb_index0, 1);
    fill_index_tile<uint16_t>(get_write_ptr(cb_index0), 1, 0);
    cb_push_back(cb_index0, 1);
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t block_id = start_id + i;
        const uint32_t bx = block_id;
        // T.copy(A[bx, 0], x)
        cb_reserve_back(cb_in0, 1);
        const uint32_t cb_in0_ptr = get_write_ptr(cb_in0);
        noc_async_read_page(bx, A_acc, cb_in0_ptr);
        noc_async_read_barrier();
        cb_push_back(cb_in0, 1);
    }
}

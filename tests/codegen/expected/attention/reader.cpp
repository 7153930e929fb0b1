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
    const uint32_t Q_addr = get_arg_val<uint32_t>(0);
    const uint32_t K_addr = get_arg_val<uint32_t>(1);
    const uint32_t start_id = get_arg_val<uint32_t>(2);
    const uint32_t count = get_arg_val<uint32_t>(3);
    constexpr uint32_t cb_in0 = tt::CBIndex::c_0;  // q: 2 bfloat16 tiles
    constexpr uint32_t cb_in1 = tt::CBIndex::c_1;  // k: 2 bfloat16 tiles, 2 blocks deep
    constexpr uint32_t cb_index0 = tt::CBIndex::c_3;  // row - column: 1 bfloat16 tile
    constexpr auto Q_args = TensorAccessorArgs<0>();
    const auto Q_acc = TensorAccessor(Q_args, Q_addr);
    constexpr auto K_args = TensorAccessorArgs<Q_args.next_compile_time_args_offset()>();
    const auto K_acc = TensorAccessor(K_args, K_addr);

    cb_reserve_back(cb_index0, 1);
    fill_index_tile<uint16_t>(get_write_ptr(cb_index0), 1, -1);
    cb_push_back(cb_index0, 1);
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t block_id = start_id + i;
        const uint32_t bx = block_id;
        // T.copy(Q[bx * block, 0], q)
        cb_reserve_back(cb_in0, 2);
        const uint32_t cb_in0_ptr = get_write_ptr(cb_in0);
        const uint32_t Q_page = bx * 2;
        for (uint32_t r = 0; r < 2; ++r) {
            noc_async_read_page(Q_page + r, Q_acc, r * 2048 + cb_in0_ptr);
        }
        noc_async_read_barrier();
        cb_push_back(cb_in0, 2);
        // for n in T.Pipelined(bx + 1, num_stages=2):
        for (uint32_t n = 0; n < bx + 1; ++n) {
            // T.copy(K[n * block, 0], k)
            cb_reserve_back(cb_in1, 2);
            const uint32_t cb_in1_ptr = get_write_ptr(cb_in1);
            const uint32_t K_page = n * 2;
            // T.copy(K[n * block, 0], k)
            for (uint32_t r = 0; r < 2; ++r) {
                noc_async_read_page(K_page + r, K_acc, r * 2048 + cb_in1_ptr);
            }
            noc_async_read_barrier();
            cb_push_back(cb_in1, 2);
        }
    }
}

#include <cstdint>

#include "api/compute/cb_api.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/binary_max_min.h"
#include "api/compute/tile_move_copy.h"
#include "api/compute/pack.h"
#include "api/compute/reg_api.h"

void kernel_main() {
    const uint32_t count = get_arg_val<uint32_t>(0);
    constexpr uint32_t cb_in0 = tt::CBIndex::c_0, cb_out0 = tt::CBIndex::c_16;
    compute_kernel_hw_startup(cb_in0, cb_out0);
    copy_init(cb_in0);
    binary_max_tile_init();
    for (uint32_t i = 0; i < count; ++i) {
        cb_wait_front(cb_in0, 1);
        tile_regs_acquire();
        copy_tile(cb_in0, 0, 0);
        copy_tile(cb_in0, 0, 1);
        binary_max_tile(0, 1, 0);
        tile_regs_commit();
        cb_reserve_back(cb_out0, 1);
        tile_regs_wait();
        pack_tile(0, cb_out0);
        tile_regs_release();
        cb_push_back(cb_out0, 1);
        cb_pop_front(cb_in0, 1);
    }
}

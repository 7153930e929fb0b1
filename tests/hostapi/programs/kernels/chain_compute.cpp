#include <cstdint>
#include "api/compute/common.h"
#include "api/compute/tile_move_copy.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/eltwise_unary.h"
#include "api/compute/eltwise_unary/sfpu_split_includes.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/eltwise_unary/sqrt.h"
#include "api/compute/eltwise_unary/where.h"
#include "api/compute/eltwise_unary/comp.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"

void kernel_main() {
  constexpr uint32_t in = get_compile_time_arg_val(0);
  constexpr uint32_t out = get_compile_time_arg_val(1);
  constexpr uint32_t n = get_named_compile_time_arg_val("tiles");
  unary_op_init_common(in, out);
  for (uint32_t i = 0; i < n; ++i) {
    cb_wait_front(in, 1);
    tile_regs_acquire();
    copy_tile_init(in);
    copy_tile(in, 0, 0);
    copy_tile(in, 0, 1);
    tanh_tile_init();
    tanh_tile(0);
    sigmoid_tile_init();
    sigmoid_tile(1);
    mul_binary_tile_init();
    mul_binary_tile(0, 1, 0);  // 0: tanh * sigmoid
    copy_tile_init(in);
    copy_tile(in, 0, 1);
    gtz_tile_init();
    gtz_tile(1);  // 1: x > 0
    copy_tile_init(in);
    copy_tile(in, 0, 2);
    copy_tile(in, 0, 3);
    abs_tile_init();
    abs_tile(2);
    sqrt_tile_init();
    sqrt_tile(2);  // 2: sqrt |x|
    binop_with_scalar_tile_init();
    mul_unary_tile(3, SLOPE);  // 3: x / 4
    where_tile_init();
    where_tile<DataFormat::Float32>(1, 2, 3, 1);
    add_binary_tile_init();
    add_binary_tile(0, 1, 0);
    tile_regs_commit();
    cb_reserve_back(out, 1);
    tile_regs_wait();
    pack_tile(0, out);
    tile_regs_release();
    cb_push_back(out, 1);
    cb_pop_front(in, 1);
  }
}

// Kernels with vector code of their own: choices of lanes, integers, constants, faces of a tile, two operands.
#include <algorithm>
#include <cmath>

#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>

#include "support.h"

using namespace tt;
using namespace tt::tt_metal;

namespace {

// CALL works on DST tile 0, and on tile 1, which has the same values.
constexpr const char* kCompute = R"(
#include "compute_kernel_api/common.h"
#include "compute_kernel_api/tile_move_copy.h"
#include "compute_kernel_api/eltwise_unary/eltwise_unary.h"
#include "compute_kernel_api.h"

#ifdef TRISC_MATH
#include "experimental/llk_sfpu/ckernel_sfpu_custom_add.h"
// A smooth step from 0 at `low` to 1 at `low` + 1 / `slope`.
void step_face(float low, float slope) {
  for (size_t i = 0; i < 8; i++) {
    vFloat x = dst_reg[i];
    vFloat t = (x - low) * slope;
    v_if(t < sfpi::vConst0) { t = 0.0f; }
    v_elseif(t > sfpi::vConst1) { t = sfpi::vConst1; }
    v_endif;
    dst_reg[i] = t * t * (3.0f - 2.0f * t);
  }
}
// 2a - b where a is positive, b's magnitude elsewhere, but a quarter of it below -1.
void pick_face(const uint32_t in0, const uint32_t in1, const uint32_t out) {
  constexpr uint32_t vectors = 32;
  for (size_t i = 0; i < 8; i++) {
    vFloat a = dst_reg[in0 * vectors + i];
    vFloat b = dst_reg[in1 * vectors + i];
    vFloat result = sfpi::abs(b);
    v_if(a > 0.0f) { result = 2.0f * a - b; }
    v_else {
      v_if(a < -1.0f) { result = sfpi::addexp(result, -2); }
      v_endif;
    }
    v_endif;
    dst_reg[out * vectors + i] = result;
  }
}
// The power of two at or below the magnitude, through integers; the register moves on by itself.
inline void power_face() {
  for (int i = 0; i < 8; i++) {
    vInt exponent = sfpi::exexp(dst_reg[0]);
    vInt bits = (exponent + 127) << 23;
    dst_reg[0] = sfpi::reinterpret<vFloat>(bits);
    dst_reg++;
  }
}
#endif

namespace NAMESPACE {
void MAIN {
  constexpr uint32_t tiles = get_compile_time_arg_val(0);
  init_sfpu(tt::CBIndex::c_0, tt::CBIndex::c_16);
  for (uint32_t i = 0; i < tiles; ++i) {
    cb_reserve_back(tt::CBIndex::c_16, 1);
    tile_regs_acquire();
    cb_wait_front(tt::CBIndex::c_0, 1);
    copy_tile(tt::CBIndex::c_0, 0, 0);
    copy_tile(tt::CBIndex::c_0, 0, 1);
    MATH((CALL));
    tile_regs_commit();
    tile_regs_wait();
    pack_tile(0, tt::CBIndex::c_16);
    cb_pop_front(tt::CBIndex::c_0, 1);
    tile_regs_release();
    cb_push_back(tt::CBIndex::c_16, 1);
  }
}
}
)";

float Step(float x) {
  const float t = std::clamp((x + 0.5f) * 0.5f, 0.0f, 1.0f);
  return t * t * (3 - 2 * t);
}

}  // namespace

int main() {
  IDevice* device = CreateDevice(0);
  CommandQueue& queue = device->command_queue();
  constexpr uint32_t tiles = 3, tile_bytes = 2048;
  const std::vector<bfloat16> input = Random(tiles * 1024, 5);
  struct Case {
    const char* call;
    float (*want)(float x, uint32_t face);
  };
  const Case cases[] = {
      {"_llk_math_eltwise_unary_sfpu_params_<false>(step_face, 0, VectorMode::RC, -0.5f, 0.5f)",
       [](float x, uint32_t) { return Step(x); }},
      {"_llk_math_eltwise_unary_sfpu_params_<false>(step_face, 0, (int)VectorMode::C, -0.5f, 0.5f)",
       [](float x, uint32_t face) { return face % 2 == 0 ? Step(x) : x; }},
      {"_llk_math_eltwise_binary_sfpu_params_<false>(pick_face, 0, 1, 0)",
       [](float x, uint32_t) { return x > 0    ? x
                                      : x < -1 ? -x / 4
                                               : -x; }},
      {"SFPU_BINARY_CALL_NO_TEMPLATE_ARGS(DST_SYNC_MODE, DST_ACCUM_MODE, my_add_tile_face, 0, 1, 0, VectorMode::RC)",
       [](float x, uint32_t) { return 2 * x; }},
      {"_llk_math_eltwise_unary_sfpu_params_<false>(power_face, 0)",
       [](float x, uint32_t) { return x == 0 ? 0.0f : std::ldexp(1.0f, std::ilogb(x)); }},
  };
  for (const Case& test : cases) {
    Program program = CreateProgram();
    constexpr CoreCoord core = {0, 0};
    const InterleavedBufferConfig config{
        .device = device, .size = tiles * tile_bytes, .page_size = tile_bytes, .buffer_type = BufferType::DRAM};
    auto in = CreateBuffer(config), out = CreateBuffer(config);
    for (const uint8_t cb : {0, 16}) {
      CreateCircularBuffer(
          program, core,
          CircularBufferConfig(2 * tile_bytes, {{cb, DataFormat::Float16_b}}).set_page_size(cb, tile_bytes));
    }
    auto reader =
        CreateKernel(program, KernelPath("read_one_old.cpp"), core,
                     DataMovementConfig{.processor = DataMovementProcessor::RISCV_1, .noc = NOC::RISCV_1_default});
    std::vector<uint32_t> writer_args;
    TensorAccessorArgs(*out).append_to(writer_args);
    auto writer = CreateKernel(
        program, KernelPath("write_tiles.cpp"), core,
        DataMovementConfig{
            .processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default, .compile_args = writer_args});
    CreateKernelFromString(program, kCompute, core,
                           ComputeConfig{.compile_args = {tiles}, .defines = {{"CALL", test.call}}});
    EnqueueWriteBuffer(queue, in, input, false);
    SetRuntimeArgs(program, reader, core, {in->address(), tiles});
    SetRuntimeArgs(program, writer, core, {out->address(), 0, tiles});
    EnqueueProgram(queue, program, false);
    std::vector<bfloat16> result;
    EnqueueReadBuffer(queue, out, result, true);
    std::vector<float> want;
    for (size_t i = 0; i < input.size(); ++i) want.push_back(test.want(input[i], i % 1024 / 256));
    RequireClose(result, want, 0.01f);
  }
  CloseDevice(device);
  std::cout << "Test Passed\n";
}

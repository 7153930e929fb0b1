// exp, and a chain of functions, on the vector unit. The kernel's text lies in this program.
#include <cmath>
#include <map>

#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>

#include "support.h"

using namespace tt;
using namespace tt::tt_metal;

namespace {

constexpr const char* kCompute = R"(
#include "compute_kernel_api/common.h"
#include "compute_kernel_api/tile_move_copy.h"
#include "compute_kernel_api/eltwise_unary/eltwise_unary.h"
#include "compute_kernel_api/eltwise_unary/sfpu_split_includes.h"
namespace NAMESPACE {
void MAIN {
  constexpr uint32_t tiles = get_compile_time_arg_val(0);
  init_sfpu(tt::CBIndex::c_0, tt::CBIndex::c_16);
  for (uint32_t i = 0; i < tiles; ++i) {
    cb_reserve_back(tt::CBIndex::c_16, 1);
    tile_regs_acquire();
    cb_wait_front(tt::CBIndex::c_0, 1);
    copy_tile(tt::CBIndex::c_0, 0, 0);
    SFPU_OP_CHAIN_0
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

}  // namespace

int main() {
  IDevice* device = CreateDevice(0);
  CommandQueue& queue = device->command_queue();
  constexpr uint32_t tiles = 7, tile_bytes = 2048;
  const std::vector<bfloat16> input = Random(tiles * 1024, 3);
  struct Case {
    std::map<std::string, std::string> defines;
    float (*want)(float);
  };
  const Case cases[] = {
      {{{"SFPU_OP_EXP_INCLUDE", "1"}, {"SFPU_OP_CHAIN_0", "exp_tile_init(); exp_tile(0);"}},
       [](float x) { return std::exp(x); }},
      {{{"SFPU_OP_RELU_FAMILY_INCLUDE", "1"}, {"SFPU_OP_CHAIN_0", "relu_tile_init(); relu_tile(0);"}},
       [](float x) { return std::max(x, 0.0f); }},
      {{{"SFPU_OP_COMPUTE_KERNEL_API_INCLUDE", "1"},
        {"SFPU_OP_CHAIN_0", "abs_tile_init(); abs_tile(0); sigmoid_tile_init(); sigmoid_tile(0);"}},
       [](float x) { return 1 / (1 + std::exp(-std::fabs(x))); }},
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
                           ComputeConfig{.math_approx_mode = false, .compile_args = {tiles}, .defines = test.defines});
    EnqueueWriteBuffer(queue, in, input, false);
    SetRuntimeArgs(program, reader, core, {in->address(), tiles});
    SetRuntimeArgs(program, writer, core, {out->address(), 0, tiles});
    EnqueueProgram(queue, program, false);
    std::vector<bfloat16> result;
    EnqueueReadBuffer(queue, out, result, true);
    std::vector<float> want;
    for (const bfloat16 x : input) want.push_back(test.want(x));
    RequireClose(result, want, 0.01f);
  }
  CloseDevice(device);
  std::cout << "Test Passed\n";
}

// Compute kernels as programs give them: compiled against the device headers and run by the engine, on one core.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "compute_unit_fixture.h"
#include "tltt/chip.h"
#include "tltt/emulator.h"
#include "tltt/tilize.h"

namespace tltt::emu {
namespace {

constexpr const char* kReader = R"(
#include "api/dataflow/dataflow_api.h"
void fetch(uint32_t cb, uint32_t address, uint32_t count) {
  constexpr auto args = TensorAccessorArgs<0>();
  const auto tensor = TensorAccessor(args, address, get_tile_size(cb));
  for (uint32_t i = 0; i < count; ++i) {
    cb_reserve_back(cb, 1);
    noc_async_read_page(i, tensor, get_write_ptr(cb));
    noc_async_read_barrier();
    cb_push_back(cb, 1);
  }
}
void kernel_main() {
  fetch(0, get_arg_val<uint32_t>(0), get_arg_val<uint32_t>(3));
  fetch(1, get_arg_val<uint32_t>(1), get_arg_val<uint32_t>(4));
}
)";

constexpr const char* kWriter = R"(
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
  constexpr auto args = TensorAccessorArgs<0>();
  const auto tensor = TensorAccessor(args, get_arg_val<uint32_t>(2), get_tile_size(16));
  for (uint32_t i = 0; i < get_arg_val<uint32_t>(5); ++i) {
    cb_wait_front(16, 1);
    noc_async_write_page(i, tensor, get_read_ptr(16));
    noc_async_write_barrier();
    cb_pop_front(16, 1);
  }
}
)";

class KernelTest : public ::testing::Test {
 protected:
  // rows x cols matrices of bf16, as buffers of tiles.
  Buffer Upload(const std::vector<float>& values, int64_t rows, int64_t cols) {
    std::vector<uint16_t> host(values.size());
    for (size_t i = 0; i < host.size(); ++i) {
      host[i] = static_cast<uint16_t>(std::bit_cast<uint32_t>(RoundToBf16(values[i])) >> 16);
    }
    const Buffer buffer = device_.Allocate(static_cast<uint64_t>(rows * cols / 1024), 2048);
    Tilize(DataFormat::kFloat16_b, {host.data(), rows, cols, cols},
           [&](uint64_t page) { return device_.Page(buffer, page); });
    device_.MarkWritten(buffer);
    return buffer;
  }

  std::vector<float> Download(const Buffer& buffer, int64_t rows, int64_t cols) {
    std::vector<uint16_t> host(static_cast<size_t>(rows * cols));
    Untilize(DataFormat::kFloat16_b, [&](uint64_t page) { return device_.Page(buffer, page); },
             {host.data(), rows, cols, cols});
    std::vector<float> values(host.size());
    for (size_t i = 0; i < host.size(); ++i) values[i] = std::bit_cast<float>(uint32_t{host[i]} << 16);
    return values;
  }

  RunReport Run(const std::string& compute, const Buffer& in0, const Buffer& in1, const Buffer& out,
                ComputeConfig config = {}) {
    Program program;
    program.name = "test";
    program.grid = {1, 1};
    program.core_ranges = {{{0, 0}, 1, 1}};
    for (auto [index, pages] : {std::pair{0u, in0.pages}, std::pair{1u, in1.pages}, std::pair{16u, out.pages}}) {
      CircularBuffer cb;
      cb.name = "cb" + std::to_string(index);
      cb.total_size = static_cast<uint32_t>(pages) * 2048;
      cb.cores = program.core_ranges;
      cb.formats = {{index, DataFormat::kFloat16_b, 2048}};
      program.circular_buffers.push_back(cb);
    }
    for (const Buffer* buffer : {&in0, &in1, &out}) {
      Tensor tensor;
      tensor.name = "t" + std::to_string(program.tensors.size());
      tensor.dtype = "bfloat16";
      tensor.page_size = buffer->page_size;
      program.tensors.push_back(tensor);
    }
    for (auto [role, source] : {std::pair{Role::kReader, std::string(kReader)},
                                std::pair{Role::kWriter, std::string(kWriter)}, std::pair{Role::kCompute, compute}}) {
      Kernel kernel;
      kernel.name = RoleName(role);
      kernel.path = kernel.name + ".cpp";
      kernel.role = role;
      kernel.source = source;
      kernel.cores = program.core_ranges;
      kernel.compute = config;
      if (role != Role::kCompute) kernel.compile_time_args = {2, 2048};
      for (uint32_t t = 0; t < 3; ++t) kernel.args.push_back({"address", RuntimeArg::Kind::kTensorAddress, t});
      for (uint64_t pages : {in0.pages, in1.pages, out.pages}) {
        kernel.args.push_back({"pages", RuntimeArg::Kind::kCommon, static_cast<uint32_t>(pages)});
      }
      program.kernels.push_back(kernel);
    }
    const std::vector<Buffer> tensors = {in0, in1, out};
    return device_.Run(program, tensors);
  }

  Device device_{ChipByName("n150")};
};

std::vector<float> RandomMatrix(uint32_t seed, int64_t rows, int64_t cols) {
  std::vector<float> values;
  for (int64_t i = 0; i < rows * cols / 1024; ++i) {
    const Tile tile = RoundedToBf16(RandomTile(seed + static_cast<uint32_t>(i)));
    values.insert(values.end(), tile.begin(), tile.end());
  }
  return values;
}

TEST_F(KernelTest, MatmulBlockWithRelu) {
  constexpr int64_t kM = 64, kN = 64, kK = 96;
  const auto a = RandomMatrix(1, kM, kK), b = RandomMatrix(50, kK, kN);
  const Buffer in0 = Upload(a, kM, kK), in1 = Upload(b, kK, kN), out = device_.Allocate(4, 2048);
  ComputeConfig config;
  config.fp32_dest_acc_en = true;
  const RunReport report = Run(R"(
#include "api/compute/common.h"
#include "api/compute/matmul.h"
#include "api/compute/eltwise_unary/relu.h"
void kernel_main() {
  constexpr uint32_t in0 = tt::CBIndex::c_0, in1 = tt::CBIndex::c_1, out = tt::CBIndex::c_16;
  compute_kernel_hw_startup<SrcOrder::Reverse>(in0, in1, out);
  matmul_block_init(in0, in1, 0, 2, 2, 3);
  relu_tile_init();
  cb_wait_front(in0, 6);
  cb_wait_front(in1, 6);
  tile_regs_acquire();
  for (uint32_t k = 0; k < 3; ++k) matmul_block(in0, in1, k, 2 * k, 0, 0, 2, 2, 3);
  for (uint32_t i = 0; i < 4; ++i) relu_tile(i);
  tile_regs_commit();
  tile_regs_wait();
  cb_reserve_back(out, 4);
  for (uint32_t i = 0; i < 4; ++i) pack_tile(i, out);
  cb_push_back(out, 4);
  tile_regs_release();
  cb_pop_front(in0, 6);
  cb_pop_front(in1, 6);
}
)",
                               in0, in1, out, config);
  const auto got = Download(out, kM, kN);
  for (int64_t i = 0; i < kM; ++i) {
    for (int64_t j = 0; j < kN; ++j) {
      double want = 0;
      for (int64_t k = 0; k < kK; ++k) want += double{a[i * kK + k]} * b[k * kN + j];
      want = std::max(want, 0.0);
      ASSERT_NEAR(got[i * kN + j], want, std::fabs(want) / 256 + 1e-4) << i << ", " << j;
    }
  }
  EXPECT_EQ(report.matmul_tiles, 12u);
  EXPECT_GE(report.cycles, 12u * 64);
}

TEST_F(KernelTest, MatmulReadsWhatAPlainPointerStored) {
  const auto a = RandomMatrix(1, 32, 32), b = RandomMatrix(50, 32, 32);
  const Buffer in0 = Upload(a, 32, 32), in1 = Upload(b, 32, 32), out = device_.Allocate(2, 2048);
  Run(R"(
#include "api/compute/common.h"
#include "api/compute/matmul.h"
void kernel_main() {
  compute_kernel_hw_startup<SrcOrder::Reverse>(0, 1, 16);
  matmul_init(0, 1);
  cb_wait_front(0, 1);
  cb_wait_front(1, 1);
  tile_regs_acquire();
  matmul_tiles(0, 1, 0, 0, 0);
  auto* words = reinterpret_cast<volatile uint32_t*>(get_tile_address(1, 0));
  for (uint32_t i = 0; i < 512; ++i) words[i] = words[i] ^ 0x80008000u;  // the signs of all 1024 numbers
  matmul_tiles(0, 1, 0, 0, 1);
  tile_regs_commit();
  tile_regs_wait();
  cb_reserve_back(16, 2);
  for (uint32_t i = 0; i < 2; ++i) pack_tile(i, 16);
  cb_push_back(16, 2);
  tile_regs_release();
  cb_pop_front(0, 1);
  cb_pop_front(1, 1);
}
)",
      in0, in1, out);
  const auto got = Download(out, 64, 32);
  for (size_t i = 0; i < 1024; ++i) ASSERT_EQ(got[1024 + i], -got[i]) << i;
  EXPECT_NE(got[0], 0);
}

TEST_F(KernelTest, ElementwiseChainOfOlderNames) {
  const auto a = RandomMatrix(1, 32, 128), b = RandomMatrix(9, 32, 128);
  const Buffer in0 = Upload(a, 32, 128), in1 = Upload(b, 32, 128), out = device_.Allocate(4, 2048);
  Run(R"(
#include "compute_kernel_api/common.h"
#include "compute_kernel_api/eltwise_binary.h"
#include "compute_kernel_api/eltwise_unary/binop_with_scalar.h"
namespace NAMESPACE {
void MAIN {
  uint32_t tiles = get_arg_val<uint32_t>(3);
  binary_op_init_common(0, 1, 16);
  add_tiles_init(0, 1);
  binop_with_scalar_tile_init();
  for (uint32_t i = 0; i < tiles; ++i) {
    cb_wait_front(0, 1);
    cb_wait_front(1, 1);
    cb_reserve_back(16, 1);
    acquire_dst();
    add_tiles(0, 1, 0, 0, 0);
    mul_unary_tile(0, 0x40000000u);
    pack_tile(0, 16);
    release_dst();
    cb_push_back(16, 1);
    cb_pop_front(0, 1);
    cb_pop_front(1, 1);
  }
}
}
)",
      in0, in1, out);
  const auto got = Download(out, 32, 128);
  for (size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], 2 * RoundToBf16(a[i] + b[i]));
}

TEST_F(KernelTest, AMissingInitNamesTheLineAndTheCall) {
  const Buffer in0 = Upload(RandomMatrix(1, 32, 32), 32, 32), in1 = Upload(RandomMatrix(2, 32, 32), 32, 32);
  const Buffer out = device_.Allocate(1, 2048);
  try {
    Run(R"(#include "api/compute/common.h"
#include "api/compute/tile_move_copy.h"
#include "api/compute/eltwise_unary/exp.h"
void kernel_main() {
  compute_kernel_hw_startup(tt::CBIndex::c_0, tt::CBIndex::c_16);
  copy_init(tt::CBIndex::c_0);
  cb_wait_front(tt::CBIndex::c_0, 1);
  tile_regs_acquire();
  copy_tile(tt::CBIndex::c_0, 0, 0);
  exp_tile(0);
}
)",
        in0, in1, out);
    FAIL() << "no error was raised";
  } catch (const Error& error) {
    EXPECT_EQ(error.category, ErrorCategory::kMissingInit);
    ExpectContains(error.what(), "Insert exp_tile_init() before it");
    ExpectContains(error.what(), "compute.cpp:10");
  }
}

TEST_F(KernelTest, HoldingDstAtTheEndIsAnError) {
  const Buffer in0 = Upload(RandomMatrix(1, 32, 32), 32, 32), in1 = Upload(RandomMatrix(2, 32, 32), 32, 32);
  const Buffer out = device_.Allocate(1, 2048);
  try {
    Run(R"(#include "api/compute/common.h"
void kernel_main() {
  compute_kernel_hw_startup(0, 16);
  tile_regs_acquire();
}
)",
        in0, in1, out);
    FAIL() << "no error was raised";
  } catch (const Error& error) {
    EXPECT_EQ(error.category, ErrorCategory::kDstMisuse) << error.what();
    ExpectContains(error.what(), "returned while it holds DST, acquired at line 4");
  }
}

}  // namespace
}  // namespace tltt::emu

// A whole GEMM by hand-written reader, compute and writer kernels on 64 cores: 1024 x 1024 x 1024 in bf16.
#include <cmath>

#include "engine_fixture.h"

namespace tltt::emu {
namespace {

constexpr const char* kReader = R"(
void kernel_main() {
  const uint32_t a_address = get_arg_val<uint32_t>(0), b_address = get_arg_val<uint32_t>(1);
  const uint32_t row = get_arg_val<uint32_t>(2), column = get_arg_val<uint32_t>(3);
  constexpr uint32_t kt = get_named_compile_time_arg_val("kt"), nt = get_named_compile_time_arg_val("nt");
  constexpr auto a_args = TensorAccessorArgs<0>();
  constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
  const auto a = TensorAccessor(a_args, a_address, get_tile_size(0));
  const auto b = TensorAccessor(b_args, b_address, get_tile_size(1));
  cb_reserve_back(1, kt * 4);
  uint32_t l1 = get_write_ptr(1);
  for (uint32_t k = 0; k < kt; ++k) {
    for (uint32_t j = 0; j < 4; ++j, l1 += 2048) noc_async_read_page(k * nt + column + j, b, l1);
  }
  noc_async_read_barrier();
  cb_push_back(1, kt * 4);
  for (uint32_t sub = 0; sub < 2; ++sub) {
    cb_reserve_back(0, 2 * kt);
    l1 = get_write_ptr(0);
    for (uint32_t i = 0; i < 2; ++i) {
      for (uint32_t k = 0; k < kt; ++k, l1 += 2048) noc_async_read_page((row + sub * 2 + i) * kt + k, a, l1);
    }
    noc_async_read_barrier();
    cb_push_back(0, 2 * kt);
  }
}
)";

constexpr const char* kCompute = R"(
#include "api/compute/common.h"
#include "api/compute/cb_api.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reg_api.h"
void kernel_main() {
  constexpr uint32_t kt = get_named_compile_time_arg_val("kt");
  compute_kernel_hw_startup<SrcOrder::Reverse>(0, 1, 16);
  matmul_block_init(0, 1, 0, 4, 2, kt);
  cb_wait_front(1, kt * 4);
  for (uint32_t sub = 0; sub < 2; ++sub) {
    cb_wait_front(0, 2 * kt);
    tile_regs_acquire();
    for (uint32_t k = 0; k < kt; ++k) matmul_block(0, 1, k, k * 4, 0, 0, 4, 2, kt);
    tile_regs_commit();
    cb_pop_front(0, 2 * kt);
    cb_reserve_back(16, 8);
    tile_regs_wait();
    for (uint32_t i = 0; i < 8; ++i) pack_tile(i, 16);
    tile_regs_release();
    cb_push_back(16, 8);
  }
  cb_pop_front(1, kt * 4);
}
)";

constexpr const char* kWriter = R"(
void kernel_main() {
  const uint32_t row = get_arg_val<uint32_t>(1), column = get_arg_val<uint32_t>(2);
  constexpr uint32_t nt = get_named_compile_time_arg_val("nt");
  constexpr auto args = TensorAccessorArgs<0>();
  const auto c = TensorAccessor(args, get_arg_val<uint32_t>(0), get_tile_size(16));
  for (uint32_t sub = 0; sub < 2; ++sub) {
    cb_wait_front(16, 8);
    uint32_t l1 = get_read_ptr(16);
    for (uint32_t i = 0; i < 2; ++i) {
      for (uint32_t j = 0; j < 4; ++j, l1 += 2048) noc_async_write_page((row + sub * 2 + i) * nt + column + j, c, l1);
    }
    noc_async_write_barrier();
    cb_pop_front(16, 8);
  }
}
)";

class GemmTest : public EngineTest {
 protected:
  static constexpr uint32_t kTiles = 32;  // 1024 / 32

  Program Gemm() {
    Program p = NewProgram(Range(0, 0, 8, 8));
    for (int i = 0; i < 3; ++i) AddTensor(&p, kTiles * kTiles, false);
    AddCb(&p, 0, 2 * kTiles);
    AddCb(&p, 1, 4 * kTiles);
    AddCb(&p, 16, 8);
    AddKernel(&p, Role::kReader, kReader);
    AddKernel(&p, Role::kCompute, kCompute);
    AddKernel(&p, Role::kWriter, kWriter);
    for (Kernel& k : p.kernels) {
      k.named_compile_time_args = {{"kt", kTiles}, {"nt", kTiles}};
      for (uint32_t i = 0; i < 64; ++i) {
        k.core_args[{static_cast<uint16_t>(i % 8), static_cast<uint16_t>(i / 8)}] = {i / 8 * 4, i % 8 * 4};
      }
    }
    RuntimeArg row{"row", RuntimeArg::Kind::kPerCore, 0}, column{"column", RuntimeArg::Kind::kPerCore, 1};
    p.kernels[0].compile_time_args = {2, kTile, 2, kTile};
    p.kernels[0].args = {
        {"a", RuntimeArg::Kind::kTensorAddress, 0}, {"b", RuntimeArg::Kind::kTensorAddress, 1}, row, column};
    p.kernels[2].compile_time_args = {2, kTile};
    p.kernels[2].args = {{"c", RuntimeArg::Kind::kTensorAddress, 2}, row, column};
    return p;
  }

  static uint16_t ToBf16(float f) {
    uint32_t bits;
    std::memcpy(&bits, &f, 4);
    return static_cast<uint16_t>(bits >> 16);
  }

  // Element (i, j) of a tensor of kTiles x kTiles tiles, each four 16x16 faces.
  uint16_t* At(const Buffer& b, uint32_t i, uint32_t j) {
    auto* page = reinterpret_cast<uint16_t*>(device().Page(b, i / 32 * kTiles + j / 32));
    uint32_t r = i % 32, c = j % 32;
    return page + (r / 16 * 2 + c / 16) * 256 + r % 16 * 16 + c % 16;
  }
};

TEST_F(GemmTest, TheNumbersAreRight) {
  Program p = Gemm();
  // a(i, k) = (i + k) mod 5 - 2 and b(k, j) = (2 k + j) mod 7 - 3 are exact in bf16, products and sums in fp32.
  for (uint32_t i = 0; i < 1024; ++i) {
    for (uint32_t j = 0; j < 1024; ++j) {
      *At(buffers_[0], i, j) = ToBf16(static_cast<float>((i + j) % 5) - 2);
      *At(buffers_[1], i, j) = ToBf16(static_cast<float>((2 * i + j) % 7) - 3);
    }
  }
  device().MarkWritten(buffers_[0]);
  device().MarkWritten(buffers_[1]);
  RunReport report = Run(p);
  EXPECT_EQ(report.matmul_tiles, uint64_t{kTiles} * kTiles * kTiles);
  for (uint32_t i = 0; i < 1024; i += 37) {
    for (uint32_t j = 0; j < 1024; j += 41) {
      float exact = 0;
      for (uint32_t k = 0; k < 1024; ++k)
        exact += (static_cast<float>((i + k) % 5) - 2) * (static_cast<float>((2 * k + j) % 7) - 3);
      uint32_t bits = uint32_t{*At(buffers_[2], i, j)} << 16;
      float got;
      std::memcpy(&got, &bits, 4);
      ASSERT_NEAR(got, exact, std::abs(exact) / 128 + 1) << i << ", " << j;
    }
  }
  RunReport again = Run(p);
  EXPECT_EQ(again.cycles, report.cycles);
  EXPECT_EQ(again.compile_seconds, 0);
  RecordProperty("run_ms", std::to_string(again.run_seconds * 1e3));
}

TEST_F(GemmTest, TimeAloneIsTheSameWithoutData) {
  options_.data = false;
  Program p = Gemm();
  RunReport time_alone = Run(p);
  RecordProperty("run_ms", std::to_string(time_alone.run_seconds * 1e3));
  device_.reset();
  buffers_.clear();
  options_.data = true;
  p = Gemm();
  for (int t : {0, 1}) {
    for (uint64_t i = 0; i < buffers_[t].pages; ++i) std::memset(device().Page(buffers_[t], i), 0, kTile);
    device().MarkWritten(buffers_[t]);
  }
  RunReport report = Run(p);
  EXPECT_EQ(time_alone.cycles, report.cycles);
  EXPECT_EQ(time_alone.dram_read_bytes, report.dram_read_bytes);
}

}  // namespace
}  // namespace tltt::emu

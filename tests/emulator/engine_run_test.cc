// Programs of hand-written data-movement kernels that must run.
#include "engine_fixture.h"

namespace tltt::emu {
namespace {

constexpr const char* kReadTiles = R"(
void kernel_main() {
  const uint32_t address = get_arg_val<uint32_t>(0);
  const uint32_t first = get_arg_val<uint32_t>(1);
  const uint32_t count = get_arg_val<uint32_t>(2);
  constexpr auto args = TensorAccessorArgs<0>();
  const auto tensor = TensorAccessor(args, address, get_tile_size(0));
  for (uint32_t i = 0; i < count; ++i) {
    cb_reserve_back(0, 1);
    noc_async_read_page(first + i, tensor, get_write_ptr(0));
    noc_async_read_barrier();
    cb_push_back(0, 1);
  }
}
)";

constexpr const char* kWriteTiles = R"(
void kernel_main() {
  const uint32_t address = get_arg_val<uint32_t>(0);
  const uint32_t first = get_arg_val<uint32_t>(1);
  const uint32_t count = get_arg_val<uint32_t>(2);
  constexpr auto args = TensorAccessorArgs<0>();
  const auto tensor = TensorAccessor(args, address, get_tile_size(0));
  for (uint32_t i = 0; i < count; ++i) {
    cb_wait_front(0, 1);
    noc_async_write_page(first + i, tensor, get_read_ptr(0));
    noc_async_write_barrier();
    cb_pop_front(0, 1);
  }
}
)";

class RunTest : public EngineTest {
 protected:
  // Copies `tiles` tiles, spread over the cores of an 8x8 grid.
  Program Loopback(uint32_t tiles, Buffer* in, Buffer* out) {
    Program p = NewProgram(Range(0, 0, 8, 8));
    *in = AddTensor(&p, tiles, true);
    *out = AddTensor(&p, tiles, false);
    AddCb(&p, 0, 2);
    for (Role role : {Role::kReader, Role::kWriter}) {
      Kernel& k = AddKernel(&p, role, role == Role::kReader ? kReadTiles : kWriteTiles);
      k.compile_time_args = {2, kTile};
      k.args = {{"address", RuntimeArg::Kind::kTensorAddress, role == Role::kReader ? 0u : 1u},
                {"first", RuntimeArg::Kind::kPerCore, 0},
                {"count", RuntimeArg::Kind::kPerCore, 1}};
      uint32_t first = 0;
      for (uint32_t i = 0; i < 64; ++i) {
        uint32_t count = tiles / 64 + (i < tiles % 64);
        k.core_args[{static_cast<uint16_t>(i % 8), static_cast<uint16_t>(i / 8)}] = {first, count};
        first += count;
      }
    }
    return p;
  }

  void ExpectSame(const Buffer& a, const Buffer& b) {
    for (uint64_t i = 0; i < a.pages; ++i) {
      EXPECT_TRUE(device().Written(b, i)) << "page " << i;
      ASSERT_EQ(std::memcmp(device().Page(a, i), device().Page(b, i), a.page_size), 0) << "page " << i;
    }
  }
};

TEST_F(RunTest, LoopbackOn64Cores) {
  Buffer in, out;
  Program p = Loopback(1000, &in, &out);
  RunReport report = Run(p);
  ExpectSame(in, out);
  EXPECT_EQ(report.cores.size(), 64u);
  EXPECT_EQ(report.dram_read_bytes, 1000u * kTile);
  EXPECT_EQ(report.dram_write_bytes, 1000u * kTile);
  EXPECT_GT(report.cycles, 1000u);
}

// A kernel's variables belong to its core, and start anew at every launch.
TEST_F(RunTest, VariablesOfAKernelAreEachCoresOwn) {
  Program p = NewProgram(Range(0, 0, 4, 4));
  AddKernel(&p, Role::kReader, R"(
uint32_t count = 3;
uint32_t Next() {
  static uint32_t calls = 0;
  return ++calls;
}
void kernel_main() {
  count += my_x[0];
  for (uint32_t i = 0; i < 5; ++i) Next();
  ASSERT(count == 3 + my_x[0]);
  ASSERT(Next() == 6);
}
)");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Run(p).cores.size(), 16u);
}

TEST_F(RunTest, Prints) {
  Program p = NewProgram(Range(1, 2, 1, 1));
  AddKernel(&p, Role::kReader, R"(
#include "api/debug/dprint.h"
void kernel_main() {
  const uint32_t n = 255;
  DPRINT << "n = " << n << " " << HEX() << n << DEC() << " " << -1 << " " << F32(1.5f) << ENDL();
}
)");
  testing::internal::CaptureStderr();
  Run(p);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "(1, 2) reader: n = 255 ff -1 1.5\n");
}

TEST_F(RunTest, OlderSpellings) {
  Program p = NewProgram(Range(0, 0, 1, 1));
  AddKernel(&p, Role::kReader, "").source =
      "#include \"dataflow_api.h\"\nvoid kernel_main() { cb_reserve_back(0, 1); cb_push_back(0, 1); }\n";
  AddKernel(&p, Role::kCompute,
            "#include \"compute_kernel_api/common.h\"\nnamespace NAMESPACE { void MAIN { cb_wait_front(0, 1); "
            "cb_pop_front(0, 1); } }\n");
  AddCb(&p, 0, 1);
  Run(p);
}

// L1 that always reads as zero fills a page, in pieces.
TEST_F(RunTest, ZeroFill) {
  Program p = NewProgram(Range(0, 0, 1, 1));
  Buffer out = AddTensor(&p, 1, false);
  AddCb(&p, 0, 1);
  Kernel& k = AddKernel(&p, Role::kReader, R"(
void kernel_main() {
  cb_reserve_back(0, 1);
  const uint64_t zeros = get_noc_addr(MEM_ZEROS_BASE);
  for (uint32_t at = 0; at < 2048; at += MEM_ZEROS_SIZE) noc_async_read(zeros, get_write_ptr(0) + at, MEM_ZEROS_SIZE);
  noc_async_read_barrier();
  noc_async_write(get_write_ptr(0), get_noc_addr_from_bank_id<true>(0, get_arg_val<uint32_t>(0)), 2048);
  noc_async_write_barrier();
}
)");
  k.args = {{"out", RuntimeArg::Kind::kTensorAddress, 0}};
  Run(p);
  for (uint32_t i = 0; i < kTile; ++i) ASSERT_EQ(device().Page(out, 0)[i], std::byte{0});
}

}  // namespace
}  // namespace tltt::emu

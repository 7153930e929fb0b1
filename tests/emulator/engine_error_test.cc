// Programs that are wrong, and what the emulator says about them. After each the device must still run a right program.
#include <chrono>

#include "engine_fixture.h"

namespace tltt::emu {
namespace {

class ErrorTest : public EngineTest {
 protected:
  // One core; `reader` and `writer` are bodies of kernel_main. Tensor 0 is filled, tensor 1 is not; CB 0 has 2 pages.
  std::string Fails(ErrorCategory category, const std::string& reader, const std::string& writer = "",
                    uint32_t semaphores = 0) {
    Program p = NewProgram(Range(0, 0, 1, 1));
    buffers_.clear();
    AddTensor(&p, 3, true);
    AddTensor(&p, 3, false);
    AddCb(&p, 0, 2);
    AddCb(&p, 1, 2);
    for (uint32_t id = 0; id < semaphores; ++id) p.semaphores.push_back({id, p.core_ranges, 0});
    const std::string head = R"(
void kernel_main() {
  constexpr auto args = TensorAccessorArgs<0>();
  const auto in = TensorAccessor(args, get_arg_val<uint32_t>(0), 2048);
  const auto out = TensorAccessor(args, get_arg_val<uint32_t>(1), 2048);
)";
    for (Role role : {Role::kReader, Role::kWriter}) {
      const std::string& body = role == Role::kReader ? reader : writer;
      if (body.empty()) continue;
      Kernel& k = AddKernel(&p, role, head + body + "\n}\n");
      k.compile_time_args = {2, kTile};
      k.args = {{"in", RuntimeArg::Kind::kTensorAddress, 0}, {"out", RuntimeArg::Kind::kTensorAddress, 1}};
    }
    std::string text = Failure(p, category);
    RunsARightProgram();
    return text;
  }

  void RunsARightProgram() {
    Program p = NewProgram(Range(0, 0, 2, 2));
    AddCb(&p, 0, 2);
    AddKernel(&p, Role::kReader, "void kernel_main() { cb_reserve_back(0, 1); cb_push_back(0, 1); }\n");
    AddKernel(&p, Role::kWriter, "void kernel_main() { cb_wait_front(0, 1); cb_pop_front(0, 1); }\n");
    EXPECT_EQ(device().Run(p, {}).cores.size(), 4u);
  }

  static void ExpectIn(const char* part, const std::string& text) {
    EXPECT_PRED_FORMAT2(testing::IsSubstring, part, text);
  }
};

TEST_F(ErrorTest, DeadlockNamesBothSides) {
  std::string text =
      Fails(ErrorCategory::kDeadlock, "cb_reserve_back(0, 2);\ncb_push_back(0, 2);\ncb_reserve_back(0, 1);",
            "cb_wait_front(1, 1);");
  ExpectIn("deadlock: no role can go on", text);
  ExpectIn("core (0, 0)", text);
  ExpectIn("reader, reader.cpp:9\n    9 | cb_reserve_back(0, 1);", text);
  ExpectIn("waits for 1 free pages in CB 0 cb0, which has 0 of 2", text);
  ExpectIn("waits for 1 pages in CB 1 cb1, which has 0 of 2", text);
  ExpectIn("CB 0 cb0 (Float16_b, pages of 2048 B): 2 of 2 pages full", text);
}

TEST_F(ErrorTest, DeadlockOnSemaphore) {
  std::string text =
      Fails(ErrorCategory::kDeadlock,
            "noc_semaphore_wait(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(1)), 3);", "", 2);
  ExpectIn("waits for semaphore 1 to be 3, which is 0", text);
}

TEST_F(ErrorTest, DeadlockIsToldOncePerSituation) {
  Program p = NewProgram(Range(0, 0, 8, 8));
  AddCb(&p, 0, 2);
  AddKernel(&p, Role::kWriter, "void kernel_main() { cb_wait_front(0, 1); }\n");
  std::string text = Failure(p, ErrorCategory::kDeadlock);
  ExpectIn("cores (0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0) and 58 more", text);
  EXPECT_LT(text.size(), 800u) << text;
}

TEST_F(ErrorTest, CbOverflow) {
  std::string text = Fails(ErrorCategory::kCbOverflow, "cb_reserve_back(0, 3);");
  ExpectIn("cb_reserve_back(0, 3) can never be satisfied: CB 0 cb0 has 2 pages", text);
  ExpectIn("6144 bytes", text);
  text = Fails(ErrorCategory::kCbOverflow, "cb_reserve_back(0, 1);\ncb_push_back(0, 2);");
  ExpectIn("cb_push_back(0, 2), but 1 pages of CB 0 cb0 are reserved", text);
  ExpectIn("core (0, 0), reader, reader.cpp:8", text);
}

TEST_F(ErrorTest, PagesOfOnePushMustBeContiguous) {
  std::string text = Fails(ErrorCategory::kCbOverflow,
                           "cb_reserve_back(0, 1); cb_push_back(0, 1);\ncb_reserve_back(0, 2); cb_push_back(0, 2);",
                           "cb_wait_front(0, 1); cb_pop_front(0, 1);");
  ExpectIn("runs over the end of CB 0 cb0: its write pointer is at page 1 of 2", text);
}

TEST_F(ErrorTest, CbUnderflow) {
  std::string text =
      Fails(ErrorCategory::kCbUnderflow, "cb_reserve_back(0, 1); cb_push_back(0, 1);", "cb_pop_front(0, 1);");
  ExpectIn("cb_pop_front(0, 1), but", text);
  ExpectIn("0 were waited for", text);
  ExpectIn("call cb_wait_front(0, 1) before", text);
}

TEST_F(ErrorTest, MissingBarrier) {
  std::string text =
      Fails(ErrorCategory::kMissingBarrier,
            "cb_reserve_back(0, 1);\nnoc_async_read_page(0, in, get_write_ptr(0));\ncb_push_back(0, 1);");
  ExpectIn("while the read of line 8 into these pages is still under way", text);
  ExpectIn("call noc_async_read_barrier() before cb_push_back", text);
  text = Fails(ErrorCategory::kMissingBarrier,
               "cb_reserve_back(0, 1);\nnoc_async_read_page(0, in, "
               "get_write_ptr(0));\nnoc_async_read_barrier();\ncb_push_back(0, 1);",
               "cb_wait_front(0, 1);\nnoc_async_write_page(0, out, get_read_ptr(0));\ncb_pop_front(0, 1);");
  ExpectIn("while the write of line 8 from these pages is still under way", text);
  text = Fails(ErrorCategory::kMissingBarrier, "cb_reserve_back(0, 1);\nnoc_async_read_page(0, in, get_write_ptr(0));");
  ExpectIn("the kernel returns while 1 read is still under way", text);
  ExpectIn("reader.cpp:8", text);
}

TEST_F(ErrorTest, UnwrittenRead) {
  std::string text =
      Fails(ErrorCategory::kUnwrittenRead, "cb_reserve_back(0, 1);\nnoc_async_read_page(2, out, get_write_ptr(0));");
  ExpectIn("page 2 of the buffer at", text);
  ExpectIn("nobody has (fully) written it", text);
  text = Fails(ErrorCategory::kUnwrittenRead, "cb_reserve_back(0, 1);\ncb_push_back(0, 1);",
               "cb_wait_front(0, 1);\nnoc_async_write_page(0, out, get_read_ptr(0));");
  ExpectIn("never (fully) written", text);
}

TEST_F(ErrorTest, OutOfRange) {
  std::string text =
      Fails(ErrorCategory::kOutOfRange, "cb_reserve_back(0, 1);\nnoc_async_read_page(3, in, get_write_ptr(0));");
  ExpectIn("page 3 of a buffer that has 3 pages", text);
  text = Fails(ErrorCategory::kOutOfRange, "cb_reserve_back(0, 1);\nnoc_async_read_page(999, in, get_write_ptr(0));");
  ExpectIn("the nearest buffer has 3 pages of 2048 bytes at", text);
  text = Fails(ErrorCategory::kOutOfRange,
               "cb_reserve_back(1, 1);\nnoc_async_read(in.get_noc_addr(0), get_write_ptr(1) + 4096, 32);");
  ExpectIn("does not lie in one circular buffer", text);
  ExpectIn("CB cb1", text);
}

TEST_F(ErrorTest, Alignment) {
  std::string text = Fails(ErrorCategory::kAlignment,
                           "cb_reserve_back(0, 1);\nnoc_async_read(in.get_noc_addr(0), get_write_ptr(0) + 8, 32);");
  ExpectIn("congruent modulo 32 bytes", text);
}

TEST_F(ErrorTest, UnbalancedAtExit) {
  std::string text =
      Fails(ErrorCategory::kUnbalanced, "cb_reserve_back(0, 2);\ncb_push_back(0, 2);", "cb_wait_front(0, 1);");
  ExpectIn("1 pages of CB 0 cb0 were pushed and never waited for", text);
}

TEST_F(ErrorTest, EndlessLoopIsStopped) {
  options_.block_budget = 3'000'000;
  std::string text =
      Fails(ErrorCategory::kBudget, "cb_reserve_back(0, 1);\nvolatile uint32_t n = 0;\nwhile (true) n = n + 1;");
  ExpectIn("the kernel does not end: it executed 3000000 basic blocks", text);
  ExpectIn("reader.cpp:7", text);
}

TEST_F(ErrorTest, EmptyLoopIsStopped) {
  std::string text = Fails(ErrorCategory::kBudget, "cb_reserve_back(0, 1);\nwhile (true) {}");
  ExpectIn("runs in an empty loop", text);
  ExpectIn("reader.cpp:7", text);
}

TEST_F(ErrorTest, CompileError) {
  std::string text = Fails(ErrorCategory::kKernelCompile, "cb_reserve_back(0, 1);\nnoc_async_read_pages(0);");
  ExpectIn("the reader kernel reader.cpp does not compile", text);
  ExpectIn("reader.cpp:8", text);
  ExpectIn("noc_async_read_pages", text);
}

TEST_F(ErrorTest, TooFewArguments) {
  std::string text = Fails(ErrorCategory::kBadProgram, "get_arg_val<uint32_t>(2);");
  ExpectIn("runtime argument 2 is read, but the kernel was given 2", text);
}

TEST_F(ErrorTest, Assertion) {
  std::string text = Fails(ErrorCategory::kAssert, "ASSERT(1 + 1 == 3);");
  ExpectIn("ASSERT(1 + 1 == 3) does not hold", text);
}

TEST_F(ErrorTest, WildPointer) {
  std::string text =
      Fails(ErrorCategory::kOutOfRange, "cb_reserve_back(0, 1);\n*reinterpret_cast<volatile uint32_t*>(64) = 1;");
  ExpectIn("no memory at 0x40", text);
  ExpectIn("core (0, 0), reader, reader.cpp:7", text);
}

TEST_F(ErrorTest, EndlessRecursion) {
  std::string text =
      Fails(ErrorCategory::kOutOfRange,
            "struct R { static uint32_t F(volatile uint32_t* x) { volatile uint32_t a[64]; a[0] = *x + 1; "
            "return F(a) + a[0]; } };\nvolatile uint32_t x = 0; R::F(&x);");
  ExpectIn("stack", text);
}

TEST_F(ErrorTest, BuffersThatDoNotFitL1) {
  Program p = NewProgram(Range(0, 0, 2, 1));
  AddCb(&p, 0, 400);
  AddCb(&p, 1, 400);
  AddKernel(&p, Role::kReader, "void kernel_main() {}\n");
  std::string text = Failure(p, ErrorCategory::kBadProgram);
  ExpectIn("the circular buffers do not fit L1 of core (0, 0)", text);
  ExpectIn("819200 B  cb1", text);
}

TEST_F(ErrorTest, TwoProducersOfOneBuffer) {
  std::string text = Fails(ErrorCategory::kBadProgram, "cb_reserve_back(0, 1);\ncb_push_back(0, 1);",
                           "cb_wait_front(0, 1);\ncb_reserve_back(0, 1);\ncb_push_back(0, 1);");
  ExpectIn("the writer fills CB 0 cb0, which the reader does already", text);
}

}  // namespace
}  // namespace tltt::emu

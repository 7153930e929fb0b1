// Cores that talk to each other: semaphores, writes and reads of other cores' L1, multicast.
#include "engine_fixture.h"

namespace tltt::emu {
namespace {

class MulticoreTest : public EngineTest {
 protected:
  static void AddSemaphores(Program* p, uint32_t count) {
    for (uint32_t id = 0; id < count; ++id) p->semaphores.push_back({id, p->core_ranges, 0});
  }
};

// Two cores increment each other's semaphore in turn, 50 times.
TEST_F(MulticoreTest, SemaphorePingPong) {
  Program p = NewProgram(Range(0, 0, 2, 1));
  AddSemaphores(&p, 1);
  Kernel& k = AddKernel(&p, Role::kReader, R"(
void kernel_main() {
  const uint32_t me = get_arg_val<uint32_t>(0);
  const uint32_t semaphore = get_semaphore(0);
  volatile tt_l1_ptr uint32_t* mine = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(semaphore);
  const uint64_t other = get_noc_addr(1 - my_x[noc_index], my_y[noc_index], semaphore);
  for (uint32_t i = 0; i < 50; ++i) {
    if (me == 0) noc_semaphore_inc(other, 1);
    noc_semaphore_wait(mine, i + 1);
    if (me == 1) noc_semaphore_inc(other, 1);
  }
  noc_semaphore_set(mine, 0);
  noc_async_atomic_barrier();
}
)");
  k.core_args = {{{0, 0}, {0}}, {{1, 0}, {1}}};
  RunReport report = Run(p);
  // Each of the 100 hops takes at least the NoC's latency.
  EXPECT_GT(report.cycles, 100 * ChipByName("n150").noc_base_latency / 2);
}

constexpr const char* kMulticast = R"(
void kernel_main() {
  const uint32_t sender_waits = get_arg_val<uint32_t>(2);
  const uint32_t ready = get_semaphore(0), valid = get_semaphore(1);
  volatile tt_l1_ptr uint32_t* ready_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready);
  volatile tt_l1_ptr uint32_t* valid_ptr = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(valid);
  constexpr auto args = TensorAccessorArgs<0>();
  const auto in = TensorAccessor(args, get_arg_val<uint32_t>(0), 2048);
  const auto out = TensorAccessor(args, get_arg_val<uint32_t>(1), 2048);
  for (uint32_t i = 0; i < 4; ++i) {
    cb_reserve_back(0, 1);
    const uint32_t l1 = get_write_ptr(0);
    if (my_x[0] == 0) {
      noc_async_read_page(i, in, l1);
      noc_async_read_barrier();
      noc_semaphore_wait(ready_ptr, sender_waits);
      noc_semaphore_set(ready_ptr, 0);
      const uint64_t row = get_noc_multicast_addr(0, my_y[0], 7, my_y[0], l1);
      noc_async_write_multicast(l1, row, 2048, 7);
      noc_semaphore_set(valid_ptr, VALID);
      noc_semaphore_set_multicast(valid, get_noc_multicast_addr(0, my_y[0], 7, my_y[0], valid), 7);
      noc_async_write_barrier();
    } else {
      noc_semaphore_set(valid_ptr, INVALID);
      noc_semaphore_inc(get_noc_addr(0, my_y[0], ready), 1);
      noc_semaphore_wait(valid_ptr, VALID);
    }
    cb_push_back(0, 1);
    cb_wait_front(0, 1);
    noc_async_write_page((i * 4 + my_y[0]) * 8 + my_x[0], out, get_read_ptr(0));
    noc_async_write_barrier();
    cb_pop_front(0, 1);
  }
}
)";

TEST_F(MulticoreTest, MulticastAlongRowsIsTheSameOnAnyNumberOfThreads) {
  std::vector<RunReport> reports;
  for (int threads : {1, 2, 3}) {
    device_.reset();
    buffers_.clear();
    options_.host_threads = threads;
    Program p = NewProgram(Range(0, 0, 8, 4));
    AddSemaphores(&p, 2);
    Buffer in = AddTensor(&p, 4, true), out = AddTensor(&p, 4 * 32, false);
    AddCb(&p, 0, 2);
    Kernel& k = AddKernel(&p, Role::kReader, kMulticast);
    k.compile_time_args = {2, kTile};
    k.args = {{"in", RuntimeArg::Kind::kTensorAddress, 0},
              {"out", RuntimeArg::Kind::kTensorAddress, 1},
              {"receivers", RuntimeArg::Kind::kCommon, 7}};
    reports.push_back(Run(p));
    for (uint64_t i = 0; i < out.pages; ++i) {
      ASSERT_EQ(std::memcmp(device().Page(in, i / 32), device().Page(out, i), kTile), 0) << "page " << i;
    }
  }
  for (const RunReport& r : reports) {
    EXPECT_EQ(r.cycles, reports[0].cycles);
    for (size_t i = 0; i < r.cores.size(); ++i) EXPECT_EQ(r.cores[i].units[0].end, reports[0].cores[i].units[0].end);
  }
}

// A core reads what its neighbour has put into its own L1, and looks for the signal in a loop of its own.
TEST_F(MulticoreTest, RemoteReadAndSpinOnMemory) {
  Program p = NewProgram(Range(0, 0, 2, 1));
  AddSemaphores(&p, 1);
  Buffer out = AddTensor(&p, 1, false);
  AddCb(&p, 0, 2);
  Kernel& k = AddKernel(&p, Role::kWriter, R"(
void kernel_main() {
  const uint32_t semaphore = get_semaphore(0);
  cb_reserve_back(0, 2);
  const uint32_t l1 = get_write_ptr(0);
  if (my_x[0] == 0) {
    volatile tt_l1_ptr uint32_t* words = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(l1);
    for (uint32_t i = 0; i < 512; ++i) words[i] = i * 3;
    noc_semaphore_inc(get_noc_addr(1, 0, semaphore), 1);
    noc_async_atomic_barrier();
  } else {
    volatile tt_l1_ptr uint32_t* signal = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(semaphore);
    while (*signal != 1) invalidate_l1_cache();
    noc_async_read(get_noc_addr(0, 0, l1), l1 + 2048, 2048);
    noc_async_read_barrier();
    const InterleavedAddrGenFast<true> out = {
        .bank_base_address = get_arg_val<uint32_t>(0), .page_size = 2048, .data_format = DataFormat::Float16_b};
    noc_async_write_tile(0, out, l1 + 2048);
    noc_async_write_barrier();
  }
}
)");
  k.args = {{"out", RuntimeArg::Kind::kTensorAddress, 0}};
  Run(p);
  const auto* words = reinterpret_cast<const uint32_t*>(device().Page(out, 0));
  for (uint32_t i = 0; i < 512; ++i) ASSERT_EQ(words[i], i * 3);
}

// Pages of a tensor in L1 are spread over the cores; each core moves one page one core on, through NoC addresses.
TEST_F(MulticoreTest, InterleavedL1) {
  Program p = NewProgram(Range(0, 0, 8, 8));
  Buffer in = AddTensor(&p, 64, true, kTile, Memory::kL1), out = AddTensor(&p, 64, false, kTile, Memory::kL1);
  AddCb(&p, 0, 1);
  Kernel& k = AddKernel(&p, Role::kReader, R"(
void kernel_main() {
  constexpr auto args = TensorAccessorArgs<0>();
  const auto in = TensorAccessor(args, get_arg_val<uint32_t>(0), 2048);
  const auto out = TensorAccessor(args, get_arg_val<uint32_t>(1), 2048);
  const uint32_t me = my_y[0] * 8 + my_x[0];
  cb_reserve_back(0, 1);
  noc_async_read_page((me + 1) % 64, in, get_write_ptr(0));
  noc_async_read_barrier();
  noc_async_write_page((me + 2) % 64, out, get_write_ptr(0));
  noc_async_write_barrier();
}
)");
  k.compile_time_args = {0, kTile};
  k.args = {{"in", RuntimeArg::Kind::kTensorAddress, 0}, {"out", RuntimeArg::Kind::kTensorAddress, 1}};
  Run(p);
  for (uint64_t i = 0; i < 64; ++i) {
    EXPECT_EQ(std::memcmp(device().Page(in, i), device().Page(out, (i + 1) % 64), kTile), 0) << i;
  }
}

TEST_F(MulticoreTest, WrongNumberOfMulticastReceivers) {
  Program p = NewProgram(Range(0, 0, 4, 1));
  AddCb(&p, 0, 1);
  AddKernel(&p, Role::kReader, R"(
void kernel_main() {
  cb_reserve_back(0, 1);
  *reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0)) = 1;
  noc_async_write_multicast(get_write_ptr(0), get_noc_multicast_addr(0, 0, 3, 0, get_write_ptr(0)), 32, 4);
}
)",
            {Range(0, 0, 1, 1)});
  AddKernel(&p, Role::kWriter, "void kernel_main() {}\n");
  std::string text = Failure(p, ErrorCategory::kBadProgram);
  EXPECT_PRED_FORMAT2(testing::IsSubstring, "reaches 3 cores, but num_dests is 4", text);
}

}  // namespace
}  // namespace tltt::emu

// The clock's mechanisms, each alone, on traces that no kernel wrote.
#include "clock/clock.h"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <vector>

namespace tltt::emu {
namespace {

class ClockTest : public ::testing::Test {
 protected:
  static constexpr uint32_t kLine = 7;

  const Chip& chip() const { return ChipByName("n150"); }
  uint32_t CoreAt(uint32_t x, uint32_t y) const { return y * chip().grid.x + x; }
  Clock& clock() {
    if (!clock_) clock_.emplace(chip(), timeline_);
    return *clock_;
  }
  Trace& NewTrace() { return traces_.emplace_back(); }
  static void Add(Trace* trace, TraceKind kind, uint32_t a = 0, uint32_t b = 0, uint32_t c = 0, uint8_t flags = 0) {
    TraceEvent& event = trace->Add(kind, kLine, trace->work());
    event.a = a, event.b = b, event.c = c, event.flags = flags;
  }
  // A reader of `core` that does what `body` records.
  // Cycles until a kernel that does nothing is done.
  uint64_t KernelStart() {
    AddReader(CoreAt(0, 0), [](Trace*) {});
    return Finish().cycles;
  }
  void AddReader(uint32_t core, const std::function<void(Trace*)>& body) {
    Trace& trace = NewTrace();
    body(&trace);
    threads_.push_back(clock().AddDataMover(core, Unit::kReader, 0, 0, &trace));
    cores_.insert(core);
  }
  RunReport Finish() {
    for (uint32_t thread : threads_) clock().SetFinished(thread);
    clock().Collect();
    clock().Advance();
    RunReport report;
    for (uint32_t core : cores_) {
      report.cores.emplace_back().core = {static_cast<uint16_t>(core % chip().grid.x),
                                          static_cast<uint16_t>(core / chip().grid.x)};
    }
    clock().Report(&report);
    clock_.reset();
    traces_.clear();
    threads_.clear();
    cores_.clear();
    return report;
  }
  static std::function<void(Trace*)> Writes(uint32_t target, uint32_t count, uint32_t bytes) {
    return [=](Trace* trace) {
      for (uint32_t i = 0; i < count; ++i) Add(trace, TraceKind::kWrite, target, bytes);
      Add(trace, TraceKind::kWriteBarrier);
    };
  }
  static std::function<void(Trace*)> Reads(uint32_t node, uint32_t count, uint32_t bytes) {
    return [=](Trace* trace) {
      for (uint32_t i = 0; i < count; ++i) Add(trace, TraceKind::kRead, node, bytes);
      Add(trace, TraceKind::kReadBarrier);
    };
  }

  bool timeline_ = false;
  std::optional<Clock> clock_;
  std::deque<Trace> traces_;
  std::vector<uint32_t> threads_;
  std::set<uint32_t> cores_;
};

TEST_F(ClockTest, TwoStreamsOverOneLinkHalve) {
  // On NoC 0, from column 0 to 2 and from 1 to 3: both take the link from column 1 to 2.
  AddReader(CoreAt(0, 0), Writes(CoreAt(2, 0), 64, 8192));
  const uint64_t alone = Finish().cycles;
  AddReader(CoreAt(0, 0), Writes(CoreAt(2, 0), 64, 8192));
  AddReader(CoreAt(1, 0), Writes(CoreAt(3, 0), 64, 8192));
  const uint64_t shared = Finish().cycles;
  EXPECT_NEAR(static_cast<double>(shared) / static_cast<double>(alone), 2.0, 0.1);
  // From 0 to 1 and from 1 to 2 they share nothing.
  AddReader(CoreAt(0, 0), Writes(CoreAt(1, 0), 64, 8192));
  AddReader(CoreAt(1, 0), Writes(CoreAt(2, 0), 64, 8192));
  EXPECT_NEAR(static_cast<double>(Finish().cycles) / static_cast<double>(alone), 1.0, 0.05);
}

TEST_F(ClockTest, BothNocsHaveLinksOfTheirOwn) {
  AddReader(CoreAt(0, 0), Writes(CoreAt(2, 0), 64, 8192));
  const uint64_t alone = Finish().cycles;
  AddReader(CoreAt(0, 0), Writes(CoreAt(2, 0), 64, 8192));
  Trace& trace = NewTrace();
  Writes(CoreAt(3, 0), 64, 8192)(&trace);
  threads_.push_back(clock().AddDataMover(CoreAt(1, 0), Unit::kWriter, 1, 0, &trace));
  cores_.insert(CoreAt(1, 0));
  EXPECT_NEAR(static_cast<double>(Finish().cycles) / static_cast<double>(alone), 1.0, 0.05);
}

TEST_F(ClockTest, AMulticastCostsAboutAsMuchAsOneWrite) {
  AddReader(CoreAt(0, 0), Writes(CoreAt(7, 0), 16, 8192));
  const auto one = static_cast<double>(Finish().cycles);
  AddReader(CoreAt(0, 0), [&](Trace* trace) {
    for (int i = 0; i < 16; ++i) Add(trace, TraceKind::kMulticast, TraceRect(0, 0, 7, 0), 8192, 0, kLinked);
    Add(trace, TraceKind::kWriteBarrier);
  });
  const auto multicast = static_cast<double>(Finish().cycles);
  AddReader(CoreAt(0, 0), [&](Trace* trace) {
    for (uint32_t to = 1; to < 8; ++to) {
      for (int i = 0; i < 16; ++i) Add(trace, TraceKind::kWrite, CoreAt(to, 0), 8192);
    }
    Add(trace, TraceKind::kWriteBarrier);
  });
  const auto seven = static_cast<double>(Finish().cycles);
  EXPECT_LT(multicast, 1.25 * one);
  EXPECT_GT(seven, 5 * multicast);
}

TEST_F(ClockTest, ReadersOfOneBankQueueAndThoseOfDifferentBanksDoNot) {
  AddReader(CoreAt(0, 0), Reads(kBankNode | 0, 64, 2048));
  const auto alone = static_cast<double>(Finish().cycles);
  for (uint32_t i = 0; i < 4; ++i) AddReader(CoreAt(0, i), Reads(kBankNode | 0, 64, 2048));
  const auto same = static_cast<double>(Finish().cycles);
  for (uint32_t i = 0; i < 4; ++i) AddReader(CoreAt(0, i), Reads(kBankNode | (2 * i), 64, 2048));
  const auto different = static_cast<double>(Finish().cycles);
  EXPECT_GT(same, 3.5 * alone);
  EXPECT_LT(different, 1.5 * alone);  // they share links of the NoC
}

TEST_F(ClockTest, ReadsInFlightShareTheirLatency) {
  const uint64_t start = KernelStart();
  AddReader(CoreAt(0, 0), Reads(CoreAt(3, 3), 1, 32));
  const uint64_t one = Finish().cycles - start;
  AddReader(CoreAt(0, 0), Reads(CoreAt(3, 3), 16, 32));
  const uint64_t batch = Finish().cycles - start;
  AddReader(CoreAt(0, 0), [&](Trace* trace) {
    for (int i = 0; i < 16; ++i) Reads(CoreAt(3, 3), 1, 32)(trace);
  });
  const uint64_t one_by_one = Finish().cycles - start;
  EXPECT_LT(batch, 3 * one);
  EXPECT_GT(one_by_one, 15 * one);
}

TEST_F(ClockTest, ASemaphoreIsSeenWhenItArrives) {
  const uint64_t start = KernelStart();
  clock().SetWord(CoreAt(4, 4), 0x1800, 0);
  AddReader(CoreAt(0, 0), [](Trace* trace) {
    trace->Add(TraceKind::kWord, kLine, 5000) = {
        5000, kLine, TraceKind::kWord, kIncrement | kIncludeSource, TraceRect(4, 4, 4, 4), 0x1800, 1};
  });
  AddReader(CoreAt(4, 4), [](Trace* trace) { Add(trace, TraceKind::kSemaphoreWait, 0, 0x1800, 1); });
  const RunReport report = Finish();
  const UnitReport& waiter = report.cores[1].units[static_cast<size_t>(Unit::kReader)];
  EXPECT_GT(waiter.end, 5000 + 8 * chip().noc_hop);
  EXPECT_LT(waiter.end, start + 5300);
  EXPECT_GT(waiter.cycles[static_cast<size_t>(Cause::kSemaphore)], 5000u);
}

// Compute: `sections` of DST with `steps` steps of the given cycles each, one packed tile a step.
class PipelineTest : public ClockTest {
 protected:
  RunReport Run(uint32_t unpack, uint32_t math, uint32_t pack, bool full_sync, uint32_t sections = 50,
                uint32_t steps = 8) {
    Trace& first = NewTrace();
    Trace& second = NewTrace();
    for (uint32_t s = 0; s < sections; ++s) {
      Add(&first, TraceKind::kAcquire);
      Add(&first, TraceKind::kMath, unpack * 16, math * 16, steps);
      Add(&first, TraceKind::kCommit);
      Add(&second, TraceKind::kDstWait);
      Add(&second, TraceKind::kPack, pack * 16, 0, steps);
      Add(&second, TraceKind::kRelease);
    }
    threads_.push_back(clock().AddMath(0, 0, full_sync, &first));
    threads_.push_back(clock().AddPack(0, 0, &second));
    cores_.insert(0);
    return Finish();
  }
  static constexpr double kSteps = 50 * 8;
};

TEST_F(PipelineTest, TheSlowestUnitSetsThePace) {
  EXPECT_NEAR(Run(60, 20, 10, false).cycles / kSteps, 60, 6);
  EXPECT_NEAR(Run(20, 60, 10, false).cycles / kSteps, 60, 6);
  EXPECT_NEAR(Run(20, 10, 60, false).cycles / kSteps, 60, 6);
}

TEST_F(PipelineTest, HalvesOfDstLetPackingOverlapMath) {
  EXPECT_NEAR(Run(20, 60, 60, false).cycles / kSteps, 60, 8);
  EXPECT_NEAR(Run(20, 60, 60, true).cycles / kSteps, 120, 8);
}

TEST_F(PipelineTest, WaitsAndWorkAddUpAndTheTimelineHoldsThem) {
  timeline_ = true;
  const RunReport report = Run(20, 60, 10, false);
  const UnitReport& math = report.cores[0].units[static_cast<size_t>(Unit::kMath)];
  EXPECT_EQ(math.busy(), kSteps * 60);
  EXPECT_NEAR(report.math_busy_share, kSteps * 60 / report.cycles, 1e-3);
  uint64_t in_lines = 0;
  for (const LineReport& line : report.lines) {
    EXPECT_EQ(line.line, kLine);
    if (line.unit == Unit::kMath) in_lines += line.cycles[0];
  }
  EXPECT_EQ(in_lines, math.busy());
  ASSERT_FALSE(report.timeline.events.empty());
  for (const TimelineEvent& event : report.timeline.events) {
    EXPECT_LT(event.begin, event.end);
    EXPECT_LE(event.end, report.cycles);
  }
}

TEST_F(ClockTest, TheTimelineHasEveryTransferAndTheLoadOfWhatItUsed) {
  timeline_ = true;
  AddReader(CoreAt(2, 3), Reads(kBankNode | 4, 6, 2048));
  AddReader(CoreAt(5, 1), Writes(CoreAt(5, 2), 3, 1024));
  const RunReport report = Finish();
  uint64_t read = 0, written = 0;
  for (const TransferEvent& e : report.timeline.transfers) {
    EXPECT_LT(e.begin, e.end);
    EXPECT_LE(e.end, report.cycles);
    if (e.kind == TransferKind::kRead) {
      EXPECT_TRUE(e.dram);
      EXPECT_EQ(e.target.x, 4);
      read += e.bytes;
    } else {
      EXPECT_EQ(e.target, (Core{5, 2}));
      written += e.bytes;
    }
  }
  EXPECT_EQ(read, 6u * 2048);
  EXPECT_EQ(written, 3u * 1024);
  ASSERT_EQ(report.timeline.dram_busy.size(), chip().dram_banks);
  for (size_t bank = 0; bank < report.timeline.dram_busy.size(); ++bank)
    EXPECT_EQ(report.timeline.dram_busy[bank] > 0, bank == 4) << bank;
  uint64_t into = 0;
  for (const NocLoad& load : report.timeline.noc) {
    EXPECT_LE(load.busy, report.cycles);
    if (load.part == NocLoad::Part::kIn && load.place == Core{5, 2}) into += load.busy;
  }
  EXPECT_NEAR(into, 3 * 1024 / chip().noc_bytes_per_cycle, 8);
}

TEST_F(ClockTest, WithoutAskingThereIsNoTimeline) {
  AddReader(CoreAt(2, 3), Reads(kBankNode | 4, 6, 2048));
  const Timeline timeline = Finish().timeline;
  EXPECT_TRUE(timeline.events.empty() && timeline.transfers.empty() && timeline.noc.empty() &&
              timeline.dram_busy.empty());
}

TEST_F(ClockTest, TheResultDoesNotDependOnHowFarTheKernelsAreAhead) {
  // The same events, given all at once and piece by piece.
  const auto run = [&](uint32_t piece) {
    std::vector<Trace*> traces;
    for (uint32_t i = 0; i < 8; ++i) {
      traces.push_back(&NewTrace());
      threads_.push_back(clock().AddDataMover(CoreAt(i, i % 3), Unit::kReader, 0, 0, traces.back()));
      cores_.insert(CoreAt(i, i % 3));
    }
    for (uint32_t done = 0; done < 96; ++done) {
      for (uint32_t i = 0; i < 8; ++i) {
        Add(traces[i], TraceKind::kRead, kBankNode | ((done + i) % 5), 512 * (1 + (done * 7 + i) % 8));
        if (done % 4 == 3) Add(traces[i], TraceKind::kReadBarrier);
      }
      if (piece > 0 && done % piece == 0) {
        clock().Collect();
        clock().Advance();
      }
    }
    return Finish();
  };
  const RunReport at_once = run(0);
  for (uint32_t piece : {1u, 3u, 10u}) {
    const RunReport report = run(piece);
    for (size_t i = 0; i < report.cores.size(); ++i) {
      EXPECT_EQ(report.cores[i].units[0].end, at_once.cores[i].units[0].end) << "core " << i << ", pieces of " << piece;
    }
  }
}

}  // namespace
}  // namespace tltt::emu

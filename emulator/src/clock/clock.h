// The chip's clock: an event simulation of what the roles recorded (trace.h), in the order of the chip's time.
//
// A core has four threads here. Reader and writer are RISC-V cores that issue transfers; whatever they share with other
// cores (links, endpoints, DRAM banks, semaphores) they take in order of time. "Math" is the unpackers and the math
// unit, two pipelines coupled by the two banks of the source registers; "pack" is the packer, coupled to math by the
// sections of DST. The last two touch nothing outside their core and run as far as the pages and sections let them.
//
// The kernels have run already, at least up to here: the clock never decides what they do, only when. It does not go
// beyond the earliest time at which a role whose events are not there yet may act.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "bandwidth.h"
#include "noc_model.h"
#include "timeline.h"
#include "tltt/chip.h"
#include "tltt/emulator.h"
#include "trace.h"

namespace tltt::emu {

class Clock {
 public:
  // `math_speed`: how many times faster the math unit is than what the traces say (Options::speedup).
  Clock(const Chip& chip, bool timeline, double math_speed = 1);
  ~Clock();

  // --- before the launch ---
  // A role of a core; `math` of the compute role gets its unpacker's and math unit's events, `pack` the packer's.
  // `kernel` tells roles with different sources apart. Return the number of the thread.
  uint32_t AddDataMover(uint32_t core, Unit unit, uint32_t noc, uint32_t kernel, Trace* trace);
  uint32_t AddMath(uint32_t core, uint32_t kernel, bool full_sync, Trace* trace);
  uint32_t AddPack(uint32_t core, uint32_t kernel, Trace* trace);
  void AddCircularBuffer(uint32_t core, uint32_t index, uint32_t pages);
  void SetWord(uint32_t core, uint32_t offset, uint32_t value);

  // --- while the kernels run ---
  // Between the kernels' rounds: takes over what they have recorded.
  void SetFinished(uint32_t thread);  // its trace will not grow any more
  void Collect();
  // Replays what was collected, as far as it is certain; the kernels may run on meanwhile.
  void Advance();

  // --- at the end ---
  // All threads have finished; their times, waits, lines and (where asked) the timeline.
  void Report(RunReport* report) const;

 private:
  enum class Kind : uint8_t { kDataMover, kMath, kPack };
  struct LineTimes {
    std::array<Tick, kCauses> ticks{};
  };
  struct Thread;
  struct Core;
  struct Buffer {
    uint32_t pages = 0;
    uint64_t pushed = 0, popped = 0;
    std::vector<Tick> push_time, pop_time;  // by page slot
    std::vector<uint32_t> waiting;          // threads
  };
  struct Word {
    uint32_t value = 0;
    bool stored = false;            // a write has replaced what it held at the beginning
    std::vector<uint32_t> waiting;  // threads
  };
  // A word of L1 that changes when a write or an increment arrives.
  struct Effect {
    uint32_t rect = 0, offset = 0, value = 0;
    uint32_t skipped = 0;  // core that is left out, by index
    bool increment = false;
  };

  uint32_t AddThread(Thread thread);
  void RunThread(uint32_t id);
  void RunDataMover(Thread& t);
  void RunMath(Thread& t);
  void RunPack(Thread& t);
  // Makes the thread ready at `time` at the earliest.
  void Wake(uint32_t id, Tick time);
  void WakeAll(std::vector<uint32_t>* waiting, Tick time);
  void Starve(Thread& t, Tick time);
  bool MustYield(Thread& t);
  Word& WordAt(Core& core, uint32_t offset);
  void Apply(const Effect& effect, Tick time);
  void Send(Thread& t, const TraceEvent& event);
  void Record(const Thread& t, TransferKind kind, uint32_t node, uint32_t bytes, Tick begin, Tick end);
  // A push or pop of `event.b` pages that takes effect at `time`.
  void Push(const Thread& t, const TraceEvent& event, Tick time);
  void Pop(const Thread& t, const TraceEvent& event, Tick time);
  [[noreturn]] void ThrowStuck() const;
  // Accounts [from, to) of a unit of the thread's core for a line.
  void Note(Thread& t, Unit unit, Cause cause, uint32_t line, Tick from, Tick to);
  Tick Cycles(double cycles) const { return static_cast<Tick>(cycles * kTick + 0.5); }

  const Chip& chip_;
  NocModel noc_;
  std::unique_ptr<TimelineRecorder> recorder_;  // null unless a timeline is asked for
  std::vector<Thread> threads_;
  std::vector<std::unique_ptr<Core>> cores_;  // by index; null where nothing runs
  using Entry = std::pair<Tick, uint64_t>;    // time, then thread or effect
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready_;
  std::vector<Effect> effects_;
  std::vector<uint32_t> free_effects_;
  double math_speed_;
  Tick now_ = 0;
  Entry horizon_{0, 0};                        // the earliest act of a thread whose events are not there yet
  std::vector<std::vector<LineTimes>> lines_;  // by kernel and unit, by line
  Tick cb_op_, cb_latency_, read_issue_, write_issue_, barrier_, semaphore_, poll_, call_, dst_op_, start_;
};

}  // namespace tltt::emu

// State of the clock's threads and cores; for clock*.cc alone.
#pragma once

#include <array>
#include <unordered_map>
#include <vector>

#include "clock.h"

namespace tltt::emu {

struct Clock::Thread {
  Kind kind = Kind::kDataMover;
  Unit unit = Unit::kReader;
  uint32_t id = 0, core = 0, noc = 0, kernel = 0;
  Trace* trace = nullptr;
  bool finished = false;  // the trace will not grow
  bool done = false;      // and was replayed to its end
  bool starved = false;   // waits for events to be recorded
  bool delayed = false;   // the RISC-V work before the next event has been accounted
  bool prepared = false;  // the command of the next write is ready to be issued
  bool polled = false;    // a wait for a semaphore that did not hold at once
  Tick time = 0;          // of the RISC-V core (pack: that of the packer's thread)
  Tick wake = 0;          // when what it waited for was there
  uint32_t line = 0;      // of the event at hand
  // Data movers: when the transfers so far will be over.
  Tick reads_done = 0, writes_done = 0, atomics_done = 0, injected = 0, last_arrival = 0;
  uint32_t last_target = ~0u;
  // Math: the two RISC-V threads and their units. Pack: unpack is unused, math is the packer.
  Tick issue_unpack = 0, issue_math = 0, unpack = 0, math = 0;
  std::array<Tick, 2> bank_free{};  // when the math unit gave a bank of the source registers back
  uint64_t operands = 0;            // steps that used one

  // The earliest time at which it may act on anything.
  Tick Now() const { return kind == Kind::kMath ? std::min(issue_unpack, issue_math) : time; }
};

struct Clock::Core {
  std::vector<Buffer> buffers;               // by index
  std::unordered_map<uint32_t, Word> words;  // by offset
  uint32_t math = ~0u, pack = ~0u;           // threads
  // DST: sections that math has committed and the packer released, with their times by number modulo kRing.
  static constexpr size_t kRing = 4;
  uint32_t sections = 2;
  uint64_t acquired = 0, committed = 0, taken = 0, released = 0;
  std::array<Tick, kRing> commit_time{}, release_time{};
  bool math_waits = false, pack_waits = false;
  struct UnitTimes {
    std::array<Tick, kCauses> ticks{};
  };
  std::array<UnitTimes, kUnits> times;
};

}  // namespace tltt::emu

// What the roles of a core did, in their order: written while the kernels run, read by the clock (clock.h).
//
// Writing and reading may go on at the same time, on two threads: the reader sees what was published before.
//
// Recording knows no time but the RISC-V work between two events; what an event costs, and what it waits for, is the
// clock's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tltt::emu {

enum class TraceKind : uint8_t {
  kCbReserve,  // a: circular buffer, b: pages
  kCbPush,     // a, b
  kCbWait,     // a, b
  kCbPop,      // a, b
  kRead,       // a: node (trace.h: TraceCore, TraceBank), b: bytes
  kWrite,      // a: node, b: bytes
  kMulticast,  // a: rectangle, b: bytes; kIncludeSource, kLinked
  kWord,       // a: rectangle, b: offset in L1, c: value; kMany, kIncrement, kIncludeSource
  kReadBarrier,
  kWritesFlushed,
  kWriteBarrier,
  kAtomicBarrier,
  kSemaphoreSet,   // b: offset in L1, c: value
  kSemaphoreWait,  // b: offset in L1, c: value; kAtLeast
  kConfigure,      // a: cycles of a RISC-V core that reconfigures its unit
  kAcquire,
  kCommit,
  kMath,     // a: ticks of unpacking, b: ticks of math for each of c steps (a 0: nothing is unpacked)
  kDstWait,  // tile_regs_wait
  kPack,     // a: ticks for each of c tiles
  kRelease,
};

enum TraceFlag : uint8_t { kIncludeSource = 1, kLinked = 2, kMany = 4, kIncrement = 8, kAtLeast = 16 };

struct TraceEvent {
  uint32_t delay = 0;  // cycles of RISC-V work since the event before
  uint16_t line = 0;   // of the kernel's source
  TraceKind kind = TraceKind::kCbReserve;
  uint8_t flags = 0;
  uint32_t a = 0, b = 0, c = 0;
};

// Nodes: a worker core by its index, or a DRAM bank.
inline constexpr uint32_t kBankNode = 1u << 31;

// A rectangle of logical cores in 32 bits.
inline uint32_t TraceRect(uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1) {
  return x0 | y0 << 8 | x1 << 16 | y1 << 24;
}

class Trace {
 public:
  // `work`: cycles of RISC-V work of the role so far.
  TraceEvent& Add(TraceKind kind, uint32_t line, uint64_t work) {
    TraceEvent& event = recorded_.emplace_back();
    event.delay = static_cast<uint32_t>(work - work_);
    event.line = static_cast<uint16_t>(line);
    event.kind = kind;
    work_ = work;
    return event;
  }
  // The event before, where the new one would be the same but for its count.
  TraceEvent* Same(TraceKind kind, uint32_t line, uint64_t work, uint32_t a, uint32_t b) {
    if (recorded_.empty()) return nullptr;
    TraceEvent& last = recorded_.back();
    return last.kind == kind && last.line == line && work == work_ && last.a == a && last.b == b ? &last : nullptr;
  }

  uint64_t work() const { return work_; }
  // Hands what was recorded over to the reader. Neither side may be at work.
  void Publish() {
    if (recorded_.empty()) return;
    events_.erase(events_.begin(), events_.begin() + static_cast<ptrdiff_t>(next_));
    next_ = 0;
    if (events_.empty()) {
      events_.swap(recorded_);
    } else {
      events_.insert(events_.end(), recorded_.begin(), recorded_.end());
      recorded_.clear();
    }
  }

  // --- the reader's side: events that were published ---
  bool empty() const { return next_ == events_.size(); }
  const TraceEvent& front() const { return events_[next_]; }
  void Pop() { ++next_; }

 private:
  std::vector<TraceEvent> recorded_;
  uint64_t work_ = 0;
  std::vector<TraceEvent> events_;
  size_t next_ = 0;
};

}  // namespace tltt::emu

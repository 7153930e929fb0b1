#include "clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "clock_state.h"

namespace tltt::emu {
namespace {

constexpr Tick kNever = std::numeric_limits<Tick>::max();

}  // namespace

Clock::Clock(const Chip& chip, bool timeline, double math_speed)
    : chip_(chip),
      noc_(chip, timeline),
      recorder_(timeline ? std::make_unique<TimelineRecorder>(chip) : nullptr),
      cores_(size_t{chip.grid.x} * chip.grid.y),
      math_speed_(math_speed),
      cb_op_(Cycles(chip.riscv_cb_op)),
      cb_latency_(Cycles(chip.riscv_cb_latency)),
      read_issue_(Cycles(chip.riscv_noc_read)),
      write_issue_(Cycles(chip.riscv_noc_write)),
      barrier_(Cycles(chip.riscv_barrier)),
      semaphore_(Cycles(chip.riscv_semaphore)),
      poll_(Cycles(chip.riscv_poll)),
      call_(Cycles(chip.riscv_tile_call)),
      dst_op_(Cycles(chip.riscv_dst_op)),
      start_(Cycles(chip.kernel_start)) {}

Clock::~Clock() = default;

uint32_t Clock::AddThread(Thread thread) {
  const auto id = static_cast<uint32_t>(threads_.size());
  thread.id = id;
  thread.time = thread.issue_unpack = thread.issue_math = thread.unpack = thread.math = start_;
  auto& core = cores_.at(thread.core);
  if (!core) core = std::make_unique<Core>();
  if (thread.kind == Kind::kMath) core->math = id;
  if (thread.kind == Kind::kPack) core->pack = id;
  const size_t tables = (size_t{thread.kernel} + 1) * kUnits;
  if (lines_.size() < tables) lines_.resize(tables);
  threads_.push_back(std::move(thread));
  ready_.push({start_, id});
  return id;
}

uint32_t Clock::AddDataMover(uint32_t core, Unit unit, uint32_t noc, uint32_t kernel, Trace* trace) {
  Thread t;
  t.kind = Kind::kDataMover;
  t.core = core, t.unit = unit, t.noc = noc, t.kernel = kernel, t.trace = trace;
  return AddThread(std::move(t));
}

uint32_t Clock::AddMath(uint32_t core, uint32_t kernel, bool full_sync, Trace* trace) {
  Thread t;
  t.kind = Kind::kMath;
  t.core = core, t.unit = Unit::kMath, t.kernel = kernel, t.trace = trace;
  const uint32_t id = AddThread(std::move(t));
  cores_[core]->sections = full_sync ? 1 : 2;
  return id;
}

uint32_t Clock::AddPack(uint32_t core, uint32_t kernel, Trace* trace) {
  Thread t;
  t.kind = Kind::kPack;
  t.core = core, t.unit = Unit::kPack, t.kernel = kernel, t.trace = trace;
  return AddThread(std::move(t));
}

void Clock::AddCircularBuffer(uint32_t core, uint32_t index, uint32_t pages) {
  if (!cores_.at(core)) cores_[core] = std::make_unique<Core>();
  auto& buffers = cores_[core]->buffers;
  if (buffers.size() <= index) buffers.resize(index + 1);
  buffers[index].pages = pages;
  buffers[index].push_time.assign(pages, 0);
  buffers[index].pop_time.assign(pages, 0);
}

void Clock::SetWord(uint32_t core, uint32_t offset, uint32_t value) {
  if (!cores_.at(core)) cores_[core] = std::make_unique<Core>();
  // Signals may have come before their owner has used the word: a drawn schedule delivers them late.
  Word& word = WordAt(*cores_[core], offset);
  if (!word.stored) word.value += value;
}

void Clock::SetFinished(uint32_t thread) { threads_[thread].finished = true; }

Clock::Word& Clock::WordAt(Core& core, uint32_t offset) { return core.words[offset]; }

void Clock::Wake(uint32_t id, Tick time) {
  Thread& t = threads_[id];
  t.wake = time;
  // Math and pack act on nothing that is shared: they may go on at once, whatever their own time.
  ready_.push({t.kind == Kind::kDataMover ? std::max(time, t.time) : now_, id});
}

void Clock::WakeAll(std::vector<uint32_t>* waiting, Tick time) {
  if (waiting->empty()) return;
  std::vector<uint32_t> woken;
  woken.swap(*waiting);
  for (uint32_t id : woken) Wake(id, time);
}

void Clock::Starve(Thread& t, Tick time) {
  if (t.finished) {
    t.done = true;
    return;
  }
  t.starved = true;
  horizon_ = std::min(horizon_, Entry{time, t.id});
}

// A data mover acts on what it shares in order of time.
bool Clock::MustYield(Thread& t) {
  const Entry mine{t.time, t.id};
  if (mine > horizon_ || (!ready_.empty() && mine > ready_.top())) {
    ready_.push(mine);
    return true;
  }
  now_ = std::max(now_, t.time);
  return false;
}

void Clock::Note(Thread& t, Unit unit, Cause cause, uint32_t line, Tick from, Tick to) {
  if (to <= from) return;
  auto& times = cores_[t.core]->times[static_cast<size_t>(unit)];
  times.ticks[static_cast<size_t>(cause)] += to - from;
  auto& lines = lines_[size_t{t.kernel} * kUnits + static_cast<size_t>(unit)];
  if (lines.size() <= line) lines.resize(line + 1);
  lines[line].ticks[static_cast<size_t>(cause)] += to - from;
  if (recorder_) recorder_->Stretch(t.core, unit, cause, t.kernel, line, from, to);
}

void Clock::Record(const Thread& t, TransferKind kind, uint32_t node, uint32_t bytes, Tick begin, Tick end) {
  if (recorder_) recorder_->Transfer(t.core, t.unit, kind, node, bytes, begin, end);
}

void Clock::Push(const Thread& t, const TraceEvent& event, Tick time) {
  Buffer& buffer = cores_[t.core]->buffers[event.a];
  for (uint32_t i = 0; i < event.b; ++i) buffer.push_time[buffer.pushed++ % buffer.pages] = time;
  if (recorder_)
    recorder_->Pages(t.core, t.kind == Kind::kMath ? Unit::kUnpack : t.unit, event.a, static_cast<int32_t>(event.b),
                     time);
  WakeAll(&buffer.waiting, time);
}

void Clock::Pop(const Thread& t, const TraceEvent& event, Tick time) {
  Buffer& buffer = cores_[t.core]->buffers[event.a];
  for (uint32_t i = 0; i < event.b; ++i) buffer.pop_time[buffer.popped++ % buffer.pages] = time;
  if (recorder_)
    recorder_->Pages(t.core, t.kind == Kind::kMath ? Unit::kUnpack : t.unit, event.a, -static_cast<int32_t>(event.b),
                     time);
  WakeAll(&buffer.waiting, time);
}

void Clock::Apply(const Effect& effect, Tick time) {
  const uint32_t x0 = effect.rect & 255, y0 = effect.rect >> 8 & 255, x1 = effect.rect >> 16 & 255,
                 y1 = effect.rect >> 24;
  for (uint32_t y = y0; y <= y1; ++y) {
    for (uint32_t x = x0; x <= x1; ++x) {
      const uint32_t index = y * chip_.grid.x + x;
      if (index == effect.skipped || !cores_[index]) continue;
      Word& word = WordAt(*cores_[index], effect.offset);
      word.value = effect.increment ? word.value + effect.value : effect.value;
      word.stored |= !effect.increment;
      WakeAll(&word.waiting, time);
    }
  }
}

void Clock::Collect() {
  for (Thread& t : threads_) t.trace->Publish();
}

void Clock::Advance() {
  horizon_ = {kNever, 0};
  for (Thread& t : threads_) {
    if (!t.starved) continue;
    if (t.trace->empty() && !t.finished) {
      horizon_ = std::min(horizon_, Entry{t.Now(), t.id});
    } else {
      t.starved = false;
      ready_.push({t.kind == Kind::kDataMover ? t.time : now_, t.id});
    }
  }
  constexpr uint64_t kFirstEffect = uint64_t{1} << 32;
  for (;;) {
    while (!ready_.empty() && ready_.top() <= horizon_) {
      const auto [time, id] = ready_.top();
      ready_.pop();
      now_ = std::max(now_, time);
      noc_.SetNow(now_);
      if (id < kFirstEffect) {
        RunThread(static_cast<uint32_t>(id));
      } else {
        const auto index = static_cast<uint32_t>(id - kFirstEffect);
        Apply(effects_[index], time);
        free_effects_.push_back(index);
      }
    }
    if (!ready_.empty() || horizon_.first != kNever) break;
    const bool all_done = std::all_of(threads_.begin(), threads_.end(), [](const Thread& t) { return t.done; });
    if (all_done) break;
    ThrowStuck();
  }
}

// The kernels have run to their end, and so must the clock. It cannot where a wait was for a value that lasts only
// until the next increment, or where the word was stored through a plain pointer while the wait was on.
void Clock::ThrowStuck() const {
  for (const Thread& t : threads_) {
    if (t.done || t.trace->empty() || t.trace->front().kind != TraceKind::kSemaphoreWait) continue;
    const TraceEvent& event = t.trace->front();
    throw Error(
        ErrorCategory::kDeadlock,
        fmt::format(
            "deadlock: no role can go on, in the order in which things arrive on the chip\n"
            "  core ({}, {}), {}, line {}: waits for the word at {:#x} of L1 to be {}{}\n"
            "  to fix: wait with noc_semaphore_wait_min for a count that goes on, and set words that another role of "
            "the core waits for with noc_semaphore_set",
            t.core % chip_.grid.x, t.core / chip_.grid.x, UnitName(t.unit), event.line, event.b,
            event.flags & kAtLeast ? "at least " : "", event.c));
  }
  throw Error(ErrorCategory::kDeadlock, "the clock cannot go on, although the kernels have: a defect of the clock");
}

void Clock::RunThread(uint32_t id) {
  Thread& t = threads_[id];
  switch (t.kind) {
    case Kind::kDataMover:
      return RunDataMover(t);
    case Kind::kMath:
      return RunMath(t);
    case Kind::kPack:
      return RunPack(t);
  }
}

void Clock::Send(Thread& t, const TraceEvent& event) {
  NocModel::Times times;
  const bool dram = event.kind == TraceKind::kWrite && (event.a & kBankNode);
  if (event.kind == TraceKind::kWrite) {
    times = noc_.Write(t.core, t.noc, event.a, event.b, t.time);
    Record(t, TransferKind::kWrite, event.a, event.b, t.time, times.arrived);
  } else {
    const uint32_t bytes = event.kind == TraceKind::kWord ? 4 : event.b;
    const uint32_t node = (event.a >> 8 & 255) * chip_.grid.x + (event.a & 255);
    if (event.kind == TraceKind::kMulticast || (event.flags & kMany)) {
      const bool linked = event.kind == TraceKind::kWord || (event.flags & kLinked);
      times = noc_.Multicast(t.core, t.noc, event.a, bytes, linked, event.flags & kIncludeSource, t.time);
    } else {
      times = noc_.Write(t.core, t.noc, node, bytes, t.time);
    }
    // Writes of one core to the same cores arrive in order.
    if (t.last_target == event.a) times.arrived = std::max(times.arrived, t.last_arrival + 1);
    t.last_target = event.a;
    t.last_arrival = times.arrived;
    Record(t, event.kind == TraceKind::kWord ? TransferKind::kSignal : TransferKind::kMulticast, node, bytes, t.time,
           times.arrived);
  }
  if (event.kind == TraceKind::kWord) {
    uint32_t index;
    if (free_effects_.empty()) {
      index = static_cast<uint32_t>(effects_.size());
      effects_.emplace_back();
    } else {
      index = free_effects_.back();
      free_effects_.pop_back();
    }
    effects_[index] = {event.a, event.b, event.c, event.flags & kIncludeSource ? ~0u : t.core,
                       (event.flags & kIncrement) != 0};
    ready_.push({std::max(times.arrived, now_), (uint64_t{1} << 32) + index});
  }
  if (event.kind == TraceKind::kWord && (event.flags & kIncrement)) {
    t.atomics_done = std::max(t.atomics_done, times.acked);
  } else {
    t.injected = std::max(t.injected, times.injected);
    t.writes_done = std::max(t.writes_done, times.acked);
  }
  if (dram) t.injected = std::max(t.injected, times.injected);
}

void Clock::RunDataMover(Thread& t) {
  Core& core = *cores_[t.core];
  if (t.polled && t.wake > t.time) {
    Note(t, t.unit, Cause::kSemaphore, t.line, t.time, t.wake);
    t.time = t.wake;
  }
  for (;;) {
    if (t.trace->empty()) return Starve(t, t.time);
    const TraceEvent& event = t.trace->front();
    t.line = event.line;
    if (!t.delayed) {
      Note(t, t.unit, Cause::kBusy, event.line, t.time, t.time + event.delay * kTick);
      t.time += event.delay * kTick;
      t.delayed = true;
    }
    const Tick begin = t.time;
    Tick cost = 0;
    const auto wait_until = [&](Tick time, Cause cause) {
      Note(t, t.unit, cause, event.line, t.time, time);
      t.time = std::max(t.time, time);
    };
    switch (event.kind) {
      case TraceKind::kCbReserve: {
        Buffer& buffer = core.buffers[event.a];
        if (buffer.pages - (buffer.pushed - buffer.popped) < event.b) {
          buffer.waiting.push_back(t.id);
          return;
        }
        if (event.b > 0 && buffer.pushed + event.b > buffer.pages) {
          const Tick freed = buffer.pop_time[(buffer.pushed + event.b - 1) % buffer.pages];
          if (freed > t.time) wait_until(freed + cb_latency_, Cause::kCbSpace);
        }
        cost = cb_op_;
        break;
      }
      case TraceKind::kCbWait: {
        Buffer& buffer = core.buffers[event.a];
        if (buffer.pushed - buffer.popped < event.b) {
          buffer.waiting.push_back(t.id);
          return;
        }
        if (event.b > 0) {
          const Tick filled = buffer.push_time[(buffer.popped + event.b - 1) % buffer.pages];
          if (filled > t.time) wait_until(filled + cb_latency_, Cause::kCbPages);
        }
        cost = cb_op_;
        break;
      }
      case TraceKind::kCbPush:
        cost = cb_op_;
        Push(t, event, t.time + cost);
        break;
      case TraceKind::kCbPop:
        cost = cb_op_;
        Pop(t, event, t.time + cost);
        break;
      case TraceKind::kRead: {
        if (MustYield(t)) return;
        cost = read_issue_;
        const Tick done = noc_.Read(t.core, t.noc, event.a, event.b, t.time + cost);
        t.reads_done = std::max(t.reads_done, done);
        Record(t, TransferKind::kRead, event.a, event.b, t.time + cost, done);
        break;
      }
      case TraceKind::kWrite:
      case TraceKind::kMulticast:
      case TraceKind::kWord:
        if (!t.prepared) {
          Note(t, t.unit, Cause::kBusy, event.line, t.time, t.time + write_issue_);
          t.time += write_issue_;
          t.prepared = true;
        }
        // The command buffer takes the next write when the one before is on its way.
        if (!(event.flags & kIncrement)) wait_until(t.injected, Cause::kNocQueue);
        if (MustYield(t)) return;
        t.prepared = false;
        Send(t, event);
        break;
      case TraceKind::kReadBarrier:
        wait_until(t.reads_done, Cause::kReads);
        cost = barrier_;
        break;
      case TraceKind::kWritesFlushed:
        wait_until(t.injected, Cause::kWrites);
        cost = barrier_;
        break;
      case TraceKind::kWriteBarrier:
        wait_until(t.writes_done, Cause::kWrites);
        cost = barrier_;
        break;
      case TraceKind::kAtomicBarrier:
        wait_until(t.atomics_done, Cause::kWrites);
        cost = barrier_;
        break;
      case TraceKind::kSemaphoreSet: {
        if (MustYield(t)) return;
        Word& word = WordAt(core, event.b);
        word.value = event.c;
        word.stored = true;
        cost = semaphore_;
        WakeAll(&word.waiting, t.time + cost);
        break;
      }
      case TraceKind::kSemaphoreWait: {
        if (MustYield(t)) return;
        Word& word = WordAt(core, event.b);
        const bool met = event.flags & kAtLeast ? word.value >= event.c : word.value == event.c;
        if (!met) {
          t.polled = true;
          word.waiting.push_back(t.id);
          return;
        }
        cost = semaphore_ + (t.polled ? poll_ : 0);
        t.polled = false;
        break;
      }
      default:
        break;  // events of the compute role are in other traces
    }
    Note(t, t.unit, Cause::kBusy, event.line, std::max(begin, t.time), t.time + cost);
    t.time += cost;
    t.delayed = false;
    t.trace->Pop();
  }
}

}  // namespace tltt::emu

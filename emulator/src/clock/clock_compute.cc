// The clock's compute threads and its report.
#include <algorithm>

#include "clock.h"
#include "clock_state.h"

namespace tltt::emu {

namespace {

// Each of the three compiles the compute kernel for itself, and what is empty to it is no code: a loop around calls of
// another one costs it nothing.
bool UnpackerRuns(TraceKind kind) {
  return kind == TraceKind::kCbWait || kind == TraceKind::kCbPop || kind == TraceKind::kMath ||
         kind == TraceKind::kConfigure;
}

bool MathRuns(TraceKind kind) {
  return kind == TraceKind::kAcquire || kind == TraceKind::kCommit || kind == TraceKind::kMath ||
         kind == TraceKind::kConfigure;
}

bool PackerRuns(TraceKind kind) {
  return kind == TraceKind::kCbReserve || kind == TraceKind::kCbPush || kind == TraceKind::kDstWait ||
         kind == TraceKind::kPack || kind == TraceKind::kRelease || kind == TraceKind::kConfigure;
}

}  // namespace

void Clock::RunMath(Thread& t) {
  Core& core = *cores_[t.core];
  for (;;) {
    if (t.trace->empty()) return Starve(t, t.Now());
    const TraceEvent& event = t.trace->front();
    if (!t.delayed) {
      if (UnpackerRuns(event.kind)) t.issue_unpack += event.delay * kTick;
      if (MathRuns(event.kind)) t.issue_math += event.delay * kTick;
      t.delayed = true;
    }
    switch (event.kind) {
      case TraceKind::kCbWait: {
        Buffer& buffer = core.buffers[event.a];
        if (buffer.pushed - buffer.popped < event.b) {
          buffer.waiting.push_back(t.id);
          return;
        }
        if (event.b > 0) {
          const Tick filled = buffer.push_time[(buffer.popped + event.b - 1) % buffer.pages];
          if (filled > t.issue_unpack) {
            Note(t, Unit::kUnpack, Cause::kCbPages, event.line, std::max(t.issue_unpack, t.unpack),
                 filled + cb_latency_);
            t.issue_unpack = filled + cb_latency_;
          }
        }
        t.issue_unpack += cb_op_;
        break;
      }
      case TraceKind::kCbPop:
        t.issue_unpack += cb_op_;
        Pop(t, event, std::max(t.issue_unpack, t.unpack));
        break;
      case TraceKind::kConfigure: {
        const Tick cost = event.a * kTick;
        Note(t, Unit::kUnpack, Cause::kBusy, event.line, std::max(t.issue_unpack, t.unpack),
             std::max(t.issue_unpack, t.unpack) + cost);
        t.issue_unpack = std::max(t.issue_unpack, t.unpack) + cost;
        t.issue_math = std::max(t.issue_math, t.math) + cost;
        break;
      }
      case TraceKind::kAcquire:
        if (core.acquired >= core.sections) {
          const uint64_t needed = core.acquired - core.sections;
          if (core.released <= needed) {
            core.math_waits = true;
            return;
          }
          const Tick released = core.release_time[needed % Core::kRing];
          if (released > t.issue_math) {
            Note(t, Unit::kMath, Cause::kDst, event.line, std::max(t.issue_math, t.math), released);
            t.issue_math = released;
          }
        }
        ++core.acquired;
        t.issue_math += dst_op_;
        break;
      case TraceKind::kCommit: {
        t.issue_math += dst_op_;
        core.commit_time[core.committed++ % Core::kRing] = std::max(t.issue_math, t.math);
        if (core.pack_waits) {
          core.pack_waits = false;
          Wake(core.pack, 0);
        }
        break;
      }
      case TraceKind::kMath: {
        const Tick work = math_speed_ == 1 ? event.b : static_cast<Tick>(event.b / math_speed_);
        if (event.a == 0) {
          const Tick begin = std::max(t.math, t.issue_math);
          t.math = begin + work * event.c;
          t.issue_math = begin + call_;
          Note(t, Unit::kMath, Cause::kBusy, event.line, begin, t.math);
          break;
        }
        for (uint32_t i = 0; i < event.c; ++i) {
          Tick& bank = t.bank_free[t.operands++ % 2];
          const Tick begin = std::max({t.unpack, t.issue_unpack, bank});
          if (bank == begin) Note(t, Unit::kUnpack, Cause::kDst, event.line, std::max(t.unpack, t.issue_unpack), begin);
          t.unpack = begin + event.a;
          const Tick math = std::max({t.math, t.issue_math, t.unpack});
          if (t.unpack == math)
            Note(t, Unit::kMath, Cause::kOperands, event.line, std::max(t.math, t.issue_math), math);
          t.math = bank = math + work;
          // The RISC-V cores are at most one call ahead of their units.
          t.issue_unpack = std::max(t.issue_unpack + call_, begin);
          t.issue_math = std::max(t.issue_math + call_, math);
          Note(t, Unit::kUnpack, Cause::kBusy, event.line, begin, t.unpack);
          Note(t, Unit::kMath, Cause::kBusy, event.line, math, t.math);
        }
        break;
      }
      default:
        break;  // not of this thread
    }
    t.delayed = false;
    t.trace->Pop();
  }
}

void Clock::RunPack(Thread& t) {
  Core& core = *cores_[t.core];
  for (;;) {
    if (t.trace->empty()) return Starve(t, t.time);
    const TraceEvent& event = t.trace->front();
    if (!t.delayed) {
      if (PackerRuns(event.kind)) t.time += event.delay * kTick;
      t.delayed = true;
    }
    switch (event.kind) {
      case TraceKind::kCbReserve: {
        Buffer& buffer = core.buffers[event.a];
        if (buffer.pages - (buffer.pushed - buffer.popped) < event.b) {
          buffer.waiting.push_back(t.id);
          return;
        }
        if (event.b > 0 && buffer.pushed + event.b > buffer.pages) {
          const Tick freed = buffer.pop_time[(buffer.pushed + event.b - 1) % buffer.pages];
          if (freed > t.time) {
            Note(t, Unit::kPack, Cause::kCbSpace, event.line, std::max(t.time, t.math), freed + cb_latency_);
            t.time = freed + cb_latency_;
          }
        }
        t.time += cb_op_;
        break;
      }
      case TraceKind::kCbPush:
        t.time += cb_op_;
        Push(t, event, std::max(t.time, t.math));
        break;
      case TraceKind::kConfigure:
        t.time = std::max(t.time, t.math) + event.a * kTick;
        break;
      case TraceKind::kDstWait: {
        if (core.committed <= core.taken) {
          core.pack_waits = true;
          return;
        }
        const Tick committed = core.commit_time[core.taken++ % Core::kRing];
        if (committed > t.time) {
          Note(t, Unit::kPack, Cause::kDst, event.line, std::max(t.time, t.math), committed);
          t.time = committed;
        }
        t.time += dst_op_;
        break;
      }
      case TraceKind::kPack: {
        const Tick begin = std::max(t.time, t.math);
        t.math = begin + Tick{event.a} * event.c;
        t.time = std::max(t.time + call_ * event.c, t.math - event.a);
        Note(t, Unit::kPack, Cause::kBusy, event.line, begin, t.math);
        break;
      }
      case TraceKind::kRelease:
        t.time += dst_op_;
        core.release_time[core.released++ % Core::kRing] = std::max(t.time, t.math);
        if (core.math_waits) {
          core.math_waits = false;
          Wake(core.math, 0);
        }
        break;
      default:
        break;  // not of this thread
    }
    t.delayed = false;
    t.trace->Pop();
  }
}

void Clock::Report(RunReport* report) const {
  const auto cycles = [](Tick ticks) { return (ticks + kTick - 1) / kTick; };
  uint64_t math_busy = 0, compute_cores = 0;
  for (CoreReport& out : report->cores) {
    const uint32_t index = uint32_t{out.core.y} * chip_.grid.x + out.core.x;
    if (!cores_[index]) continue;
    for (size_t u = 0; u < kUnits; ++u) {
      for (size_t c = 0; c < kCauses; ++c) out.units[u].cycles[c] = cycles(cores_[index]->times[u].ticks[c]);
    }
    if (cores_[index]->math != ~0u) {
      ++compute_cores;
      math_busy += cores_[index]->times[static_cast<size_t>(Unit::kMath)].ticks[0];
    }
  }
  std::vector<CoreReport*> by_index(cores_.size());
  for (CoreReport& out : report->cores) by_index[uint32_t{out.core.y} * chip_.grid.x + out.core.x] = &out;
  for (const Thread& t : threads_) {
    CoreReport& out = *by_index[t.core];
    const auto set = [&](Unit unit, Tick end) {
      out.units[static_cast<size_t>(unit)].end = cycles(end);
      report->cycles = std::max(report->cycles, cycles(end));
    };
    switch (t.kind) {
      case Kind::kDataMover:
        set(t.unit, t.time);
        break;
      case Kind::kMath:
        set(Unit::kUnpack, std::max(t.issue_unpack, t.unpack));
        set(Unit::kMath, std::max(t.issue_math, t.math));
        break;
      case Kind::kPack:
        set(Unit::kPack, std::max(t.time, t.math));
        break;
    }
  }
  report->microseconds = static_cast<double>(report->cycles) / chip_.clock_mhz;
  report->launch_microseconds = chip_.launch_microseconds;
  if (compute_cores > 0 && report->cycles > 0) {
    report->math_busy_share = static_cast<double>(math_busy) / kTick /
                              (static_cast<double>(compute_cores) * static_cast<double>(report->cycles));
  }
  for (size_t table = 0; table < lines_.size(); ++table) {
    for (size_t line = 0; line < lines_[table].size(); ++line) {
      LineReport entry;
      bool any = false;
      for (size_t c = 0; c < kCauses; ++c) {
        entry.cycles[c] = cycles(lines_[table][line].ticks[c]);
        any |= entry.cycles[c] > 0;
      }
      if (!any) continue;
      entry.kernel = static_cast<uint32_t>(table / kUnits);
      entry.unit = static_cast<Unit>(table % kUnits);
      entry.line = static_cast<uint32_t>(line);
      report->lines.push_back(std::move(entry));
    }
  }
  if (recorder_) {
    report->timeline = recorder_->timeline();
    noc_.ReportLoads(&report->timeline);
  }
}

}  // namespace tltt::emu

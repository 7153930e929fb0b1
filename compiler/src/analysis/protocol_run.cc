#include "analysis/protocol_run.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <span>

#include "analysis/protocol_slots.h"

namespace tltt::compiler {
namespace {

using Kind = ProtocolStep::Kind;

constexpr int64_t kWorthwhile = 4;  // rounds left: following one for all costs as much as running three
constexpr size_t kNowhere = std::numeric_limits<size_t>::max();
constexpr const char* kRoles[] = {"reader", "compute", "writer"};

struct Queue {
  const CircularBuffer* spec = nullptr;
  uint64_t pages = 0, pushed = 0, popped = 0, reserved = 0, waited = 0;
  uint64_t available() const { return pushed - popped; }
};

struct Thread {
  const ProtocolKernel* kernel = nullptr;
  std::vector<int64_t> slots;
  std::vector<Progression> rounds;  // what the slots hold in all rounds, while these are followed
  size_t pc = 0;
  size_t gate = kNowhere;  // the step that it does not go beyond
  bool done = true;
  std::array<const ProtocolStep*, 4> past = {};  // events, the latest last
};

struct CoreRun {
  Core core;
  std::array<Queue, 32> queues;
  std::array<int64_t, 16> semaphores = {};
  std::array<Thread, 3> threads;
};

bool Covers(const std::vector<CoreRange>& ranges, Core core) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const CoreRange& r) { return r.Contains(core); });
}

class Run {
 public:
  Run(const Program& program, const std::array<ProtocolKernel, 3>& whole, uint64_t limit)
      : program_(program), kernels_{Reduced(whole[0]), Reduced(whole[1]), Reduced(whole[2])}, limit_(limit) {
    for (size_t role = 0; role < kernels_.size(); ++role) loops_[role] = BlockLoopOf(kernels_[role]);
    for (const auto& kernel : kernels_)
      for (const ProtocolStep& step : kernel.steps)
        crosses_ |= step.kind == Kind::kEvent && step.event >= ProtocolEvent::kSemaphoreWait;
    std::set<std::vector<int64_t>> seen;
    for (const CoreRange& range : program.core_ranges) {
      for (uint16_t y = range.start.y; y < range.start.y + range.height; ++y) {
        for (uint16_t x = range.start.x; x < range.start.x + range.width; ++x) {
          CoreRun run = Place({x, y});
          // Cores that take the same arguments do the same, unless they signal one another.
          std::vector<int64_t> key;
          for (const Thread& t : run.threads) key.insert(key.end(), t.slots.begin(), t.slots.end());
          if (crosses_ || seen.insert(key).second) cores_.push_back(std::move(run));
        }
      }
    }
  }

  ProtocolResult Go() {
    if (crosses_) {
      RunTogether(cores_);
    } else {
      for (CoreRun& core : cores_) RunBlocks(core);
    }
    if (result_.problem.empty() && result_.complete) Finish();
    return result_;
  }

 private:
  CoreRun Place(Core core) const {
    CoreRun run;
    run.core = core;
    for (const CircularBuffer& spec : program_.circular_buffers) {
      if (!Covers(spec.cores, core)) continue;
      for (const CircularBufferFormat& f : spec.formats) {
        run.queues[f.index].spec = &spec;
        run.queues[f.index].pages = spec.total_size / f.page_size;
      }
    }
    for (const Semaphore& s : program_.semaphores) run.semaphores[s.id] = s.initial_value;
    for (const Kernel& kernel : program_.kernels) {
      if (!Covers(kernel.cores, core)) continue;
      const auto role = static_cast<size_t>(kernel.role);
      Thread& thread = run.threads[role];
      thread.kernel = &kernels_[role];
      thread.done = false;
      thread.slots.assign(static_cast<size_t>(kernels_[role].slots), 0);
      const auto row = kernel.core_args.find(core);
      for (const auto& [slot, name] : kernels_[role].args) {
        int64_t value = kUnknown;
        for (const RuntimeArg& arg : kernel.args) {
          if (arg.name != name || arg.kind == RuntimeArg::Kind::kTensorAddress) continue;
          const size_t column = arg.value + (arg.kind == RuntimeArg::Kind::kNocY ? 1 : 0);
          if (arg.kind == RuntimeArg::Kind::kCommon) {
            value = arg.value;
          } else if (row != kernel.core_args.end() && column < row->second.size()) {
            value = row->second[column];
          }
        }
        thread.slots[static_cast<size_t>(slot)] = value;
      }
    }
    return run;
  }

  void Problem(const CoreRun& core, const std::string& what) {
    std::string text = what + "\n  core (" + std::to_string(core.core.x) + ", " + std::to_string(core.core.y) + "):";
    for (size_t role = 0; role < 3; ++role) {
      const Thread& t = core.threads[role];
      if (!t.kernel) continue;
      text += std::string("\n    ") + kRoles[role] + (t.done ? " has returned; its last calls:" : ":");
      for (const ProtocolStep* step : t.past)
        if (step) text += "\n      " + step->text;
      if (!t.done && t.kernel->steps[t.pc].kind == Kind::kEvent)
        text += "\n      " + t.kernel->steps[t.pc].text + "  <- here";
    }
    for (size_t i = 0; i < core.queues.size(); ++i) {
      const Queue& q = core.queues[i];
      if (!q.spec || q.pushed + q.reserved + q.waited == 0) continue;
      text += "\n    " + q.spec->name + ": " + std::to_string(q.available()) + " of " + std::to_string(q.pages) +
              " pages full, " + std::to_string(q.waited) + " waited for, " + std::to_string(q.reserved) + " reserved";
    }
    result_.problem = text;
  }

  // Block by block, as long as all roles can end one before any of them begins the next one: roles may be that slow,
  // and the order of turns changes nothing. A block that begins like one before, of any core, ends like it.
  void RunBlocks(CoreRun& core) {
    HoldAt(core, &BlockLoop::head);
    RunTogether({&core, 1});
    while (Held(core)) {
      HoldAt(core, &BlockLoop::body);
      for (size_t role = 0; role < 3; ++role) Advance(core, role);
      if (!Held(core)) break;
      const std::vector<int64_t> begin = BlockState(core);
      HoldAt(core, &BlockLoop::next);
      if (const auto known = blocks_.find(begin); known != blocks_.end()) {
        EndBlockLike(known->second, core);
        ++result_.rounds;
        continue;
      }
      RunTogether({&core, 1});
      if (Held(core)) blocks_.emplace(begin, core);
    }
    for (Thread& t : core.threads) t.gate = kNowhere;
    RunTogether({&core, 1});
  }

  void HoldAt(CoreRun& core, size_t BlockLoop::* place) const {
    for (size_t role = 0; role < 3; ++role)
      if (loops_[role]) core.threads[role].gate = (*loops_[role]).*place;
  }

  // Whether all roles that have not returned stand at their gates.
  bool Held(const CoreRun& core) const {
    if (!result_.problem.empty() || !result_.complete) return false;
    bool any = false;
    for (const Thread& t : core.threads) {
      if (!t.done && t.pc != t.gate) return false;
      any |= !t.done;
    }
    return any;
  }

  // All that a block depends on.
  std::vector<int64_t> BlockState(const CoreRun& core) const {
    std::vector<int64_t> state;
    for (size_t role = 0; role < 3; ++role) {
      const Thread& t = core.threads[role];
      state.push_back(t.done);
      if (t.done) continue;
      for (const int slot : loops_[role]->inputs) state.push_back(t.slots[static_cast<size_t>(slot)]);
    }
    for (const Queue& q : core.queues) {
      if (!q.spec) continue;
      state.insert(state.end(), {q.spec - program_.circular_buffers.data(), static_cast<int64_t>(q.pages),
                                 static_cast<int64_t>(q.available()), static_cast<int64_t>(q.pushed % q.pages),
                                 static_cast<int64_t>(q.reserved), static_cast<int64_t>(q.waited)});
    }
    return state;
  }

  void EndBlockLike(const CoreRun& ended, CoreRun& core) const {
    core.queues = ended.queues;
    for (size_t role = 0; role < 3; ++role) {
      Thread& t = core.threads[role];
      const Thread& like = ended.threads[role];
      if (t.done) continue;
      t.pc = like.pc, t.past = like.past;
      for (const int slot : loops_[role]->outputs)
        t.slots[static_cast<size_t>(slot)] = like.slots[static_cast<size_t>(slot)];
    }
  }

  void RunTogether(std::span<CoreRun> cores) {
    std::vector<CoreRun> before;                 // some turns ago
    uint64_t turns = 0, keep = 1, shortest = 1;  // turns since then; for how long; of a round that is worth a try
    uint64_t left = 0;                           // turns of the round that is followed for all rounds
    for (bool progress = true; progress && result_.problem.empty() && result_.complete;) {
      progress = false;
      for (CoreRun& core : cores) {
        for (size_t role = 0; role < 3; ++role) progress |= Advance(core, role);
      }
      ++turns;
      if (rounds_ > 0) {
        if (!irregular_ && --left > 0) continue;
        if (!irregular_ && Repeats(before, cores)) {
          GoBehindLastRound(cores);
          before.clear(), turns = 0, keep = 1, shortest = 1;
        } else {
          shortest = period_ + 1;
        }
        rounds_ = 0;
      } else if (!before.empty() && turns >= shortest && Alike(before, cores)) {
        if (const int64_t rounds = RoundsLeft(before, cores); rounds >= kWorthwhile) {
          FollowAll(before, cores, rounds);
          before.assign(cores.begin(), cores.end());
          left = period_ = turns, turns = 0;
          continue;
        }
      }
      if (before.empty() || turns >= keep) {
        before.assign(cores.begin(), cores.end());
        turns = 0, keep *= 2, shortest = 1;
      }
    }
    rounds_ = 0;
  }

  // Whether both states are one but for the numbers of threads.
  static bool Alike(std::span<const CoreRun> a, std::span<const CoreRun> b) {
    for (size_t i = 0; i < a.size(); ++i) {
      for (size_t role = 0; role < 3; ++role) {
        if (a[i].threads[role].pc != b[i].threads[role].pc || a[i].threads[role].done != b[i].threads[role].done)
          return false;
      }
    }
    for (size_t i = 0; i < a.size(); ++i) {
      if (a[i].semaphores != b[i].semaphores) return false;
      for (size_t q = 0; q < a[i].queues.size(); ++q) {
        const Queue &s = a[i].queues[q], &t = b[i].queues[q];
        if (s.pages > 0 && (s.available() != t.available() || s.reserved != t.reserved || s.waited != t.waited ||
                            s.pushed % s.pages != t.pushed % t.pages))
          return false;
      }
    }
    return true;
  }

  // How often what happened from `before` to now can happen again before a loop ends.
  static int64_t RoundsLeft(std::span<const CoreRun> before, std::span<const CoreRun> now) {
    int64_t rounds = INT64_MAX;
    for (size_t i = 0; i < now.size(); ++i) {
      for (size_t role = 0; role < 3; ++role) {
        const Thread& t = now[i].threads[role];
        if (t.done) continue;
        for (size_t at = 0; at < t.pc; ++at) {
          const ProtocolStep& step = t.kernel->steps[at];
          if (step.kind != Kind::kLoop || t.pc >= static_cast<size_t>(step.target)) continue;
          const auto slot = static_cast<size_t>(step.slot);
          const int64_t grown = t.slots[slot] - before[i].threads[role].slots[slot];
          if (grown > 0) rounds = std::min(rounds, (t.slots[slot + 1] - 1 - t.slots[slot]) / grown);
        }
      }
    }
    return rounds == INT64_MAX ? 0 : rounds;
  }

  void FollowAll(std::span<const CoreRun> before, std::span<CoreRun> now, int64_t rounds) {
    rounds_ = rounds;
    irregular_ = false;
    for (size_t i = 0; i < now.size(); ++i) {
      for (size_t role = 0; role < 3; ++role) {
        Thread& t = now[i].threads[role];
        t.rounds.resize(t.slots.size());
        for (size_t s = 0; s < t.slots.size(); ++s) {
          const int64_t then = before[i].threads[role].slots[s];
          const bool known = then != kUnknown && t.slots[s] != kUnknown;
          t.rounds[s] = known ? Progression{t.slots[s], t.slots[s] - then} : Progression{kUnknown, 0};
        }
      }
    }
  }

  // Whether the round has ended with what the next one starts with.
  static bool Repeats(std::span<const CoreRun> begin, std::span<const CoreRun> end) {
    if (!Alike(begin, end)) return false;
    for (size_t i = 0; i < end.size(); ++i) {
      for (size_t role = 0; role < 3; ++role) {
        const Thread &a = begin[i].threads[role], &b = end[i].threads[role];
        for (size_t s = 0; s < b.rounds.size(); ++s) {
          const Progression next = a.rounds[s].known() ? Progression{a.rounds[s].At(1), a.rounds[s].step} : a.rounds[s];
          if (b.rounds[s] != next) return false;
        }
      }
    }
    return true;
  }

  void GoBehindLastRound(std::span<CoreRun> cores) {
    for (CoreRun& core : cores) {
      for (Thread& t : core.threads) {
        for (size_t s = 0; s < t.rounds.size(); ++s)
          if (t.rounds[s].known()) t.slots[s] = t.rounds[s].At(rounds_ - 1);
      }
    }
    result_.rounds += static_cast<uint64_t>(rounds_ - 1);
  }

  // Whether the role got any further.
  bool Advance(CoreRun& core, size_t role) {
    Thread& t = core.threads[role];
    if (t.done) return false;
    const uint64_t before = result_.events;
    const ProtocolKernel& kernel = *t.kernel;
    const auto value = [&](int expr) { return EvaluateProtocol(kernel.exprs[static_cast<size_t>(expr)], t.slots); };
    // All rounds have to go the way of this one.
    const bool all = rounds_ > 0 && !irregular_;
    const auto in_rounds = [&](int expr) {
      return EvaluateProtocol(kernel.exprs[static_cast<size_t>(expr)], t.rounds, rounds_);
    };
    const auto require_constant = [&](int expr) {
      if (all && expr >= 0 && !in_rounds(expr).constant()) irregular_ = true;
    };
    for (;;) {
      if (t.pc == t.gate) return result_.events != before;
      const ProtocolStep& step = kernel.steps[t.pc];
      switch (step.kind) {
        case Kind::kSet:
          if (all) t.rounds[static_cast<size_t>(step.slot)] = in_rounds(step.a);
          t.slots[static_cast<size_t>(step.slot)] = value(step.a);
          ++t.pc;
          break;
        case Kind::kLoop: {
          const int64_t first = value(step.a), extent = value(step.b);
          if (first == kUnknown || extent == kUnknown) return result_.complete = false;
          if (all) {
            require_constant(step.b);
            const Progression from = in_rounds(step.a);
            irregular_ |= !from.known();
            t.rounds[static_cast<size_t>(step.slot)] = from;
            t.rounds[static_cast<size_t>(step.slot) + 1] = {from.first + extent, from.step};
          }
          t.slots[static_cast<size_t>(step.slot)] = first;
          t.slots[static_cast<size_t>(step.slot) + 1] = first + extent;
          t.pc = extent > 0 ? t.pc + 1 : static_cast<size_t>(step.target);
          break;
        }
        case Kind::kNext: {
          const auto slot = static_cast<size_t>(step.slot);
          if (all) {
            Progression &count = t.rounds[slot], &end = t.rounds[slot + 1];
            ++count.first;
            irregular_ |= !count.known() || !end.known() ||
                          (count.first < end.first) != (count.At(rounds_ - 1) < end.At(rounds_ - 1));
          }
          t.pc = ++t.slots[slot] < t.slots[slot + 1] ? static_cast<size_t>(step.target) + 1 : t.pc + 1;
          break;
        }
        case Kind::kUnless: {
          const int64_t condition = value(step.a);
          if (condition == kUnknown) return result_.complete = false;
          require_constant(step.a);
          t.pc = condition != 0 ? t.pc + 1 : static_cast<size_t>(step.target);
          break;
        }
        case Kind::kJump:
          t.pc = static_cast<size_t>(step.target);
          break;
        case Kind::kEnd:
          t.done = true;
          return true;
        case Kind::kEvent: {
          const int64_t amount = value(step.a);
          if (amount == kUnknown || result_.events >= limit_) return result_.complete = false;
          if (!Do(core, t, step, amount)) return result_.events != before;
          require_constant(step.a);
          for (const int corner : step.corners) require_constant(corner);
          std::move(t.past.begin() + 1, t.past.end(), t.past.begin());
          t.past.back() = &step;
          ++t.pc;
          ++result_.events;
        }
      }
    }
  }

  // False: it waits, or a problem was found.
  bool Do(CoreRun& core, const Thread& t, const ProtocolStep& step, int64_t amount) {
    if (step.event >= ProtocolEvent::kSemaphoreWait) return Signal(core, t, step, amount);
    Queue& q = core.queues[step.object];
    const auto pages = static_cast<uint64_t>(amount);
    const auto fail = [&](const std::string& what) {
      Problem(core, (q.spec ? q.spec->name : "circular buffer " + std::to_string(step.object)) + ": " + what);
      return false;
    };
    if (!q.spec) return fail("is not placed on the core");
    if (amount <= 0 || pages > q.pages)
      return fail(std::to_string(amount) + " pages of a buffer that holds " + std::to_string(q.pages));
    switch (step.event) {
      case ProtocolEvent::kReserve:
        if (q.pages - q.available() < pages) return false;
        q.reserved = std::max(q.reserved, pages);
        return true;
      case ProtocolEvent::kPush:
        if (pages > q.reserved && !q.spec->tensor) return fail("pages are pushed that were not reserved");
        if (q.pages - q.available() < pages) return fail("more pages are pushed than are free");
        if (q.pushed % q.pages + pages > q.pages) return fail("the pages of a push run over the buffer's end");
        q.pushed += pages;
        q.reserved -= std::min(q.reserved, pages);
        return true;
      case ProtocolEvent::kWait:
        if (q.available() < pages) return false;
        q.waited = std::max(q.waited, pages);
        return true;
      default:
        if (pages > q.waited) return fail("pages are popped that were not waited for");
        if (q.popped % q.pages + pages > q.pages) return fail("the pages of a pop run over the buffer's end");
        q.popped += pages;
        q.waited -= pages;
        return true;
    }
  }

  bool Signal(CoreRun& core, const Thread& t, const ProtocolStep& step, int64_t amount) {
    const auto corner = [&](size_t i) {
      return EvaluateProtocol(t.kernel->exprs[static_cast<size_t>(step.corners[i])], t.slots);
    };
    switch (step.event) {
      case ProtocolEvent::kSemaphoreWait:
        return core.semaphores[step.object] == amount;
      case ProtocolEvent::kSemaphoreSet:
        core.semaphores[step.object] = amount;
        return true;
      case ProtocolEvent::kSemaphoreAdd:
        return ForCores(corner(0), corner(1), corner(0), corner(1),
                        [&](CoreRun& c) { c.semaphores[step.object] += amount; });
      default:
        return ForCores(corner(0), corner(1), corner(2), corner(3), [&](CoreRun& c) {
          if (&c != &core) c.semaphores[step.object] = core.semaphores[step.object];
        });
    }
  }

  template <typename Body>
  bool ForCores(int64_t x0, int64_t y0, int64_t x1, int64_t y1, Body&& body) {
    if (x0 == kUnknown || y0 == kUnknown || x1 == kUnknown || y1 == kUnknown) return result_.complete = false;
    if (x0 > x1) std::swap(x0, x1);
    if (y0 > y1) std::swap(y0, y1);
    for (CoreRun& c : cores_)
      if (c.core.x >= x0 && c.core.x <= x1 && c.core.y >= y0 && c.core.y <= y1) body(c);
    return true;
  }

  void Finish() {
    for (const CoreRun& core : cores_) {
      for (const Thread& t : core.threads) {
        if (!t.done) return Problem(core, "no role can go on: each waits for another one");
      }
    }
    for (const CoreRun& core : cores_) {
      for (const Queue& q : core.queues) {
        if (q.spec && !q.spec->tensor && q.available() > q.waited)
          return Problem(core, q.spec->name + ": pages are left that nobody waits for");
      }
    }
  }

  const Program& program_;
  std::array<ProtocolKernel, 3> kernels_;
  std::array<std::optional<BlockLoop>, 3> loops_;
  uint64_t limit_;
  int64_t rounds_ = 0;      // more than 0: the round that runs is followed for so many
  uint64_t period_ = 0;     // turns of it
  bool irregular_ = false;  // not all of them are like this one
  bool crosses_ = false;    // roles signal other cores
  std::vector<CoreRun> cores_;
  std::map<std::vector<int64_t>, CoreRun> blocks_;  // BlockState: the core at the block's end
  ProtocolResult result_;
};

}  // namespace

ProtocolResult RunProtocol(const Program& program, const std::array<ProtocolKernel, 3>& kernels, uint64_t limit) {
  return Run(program, kernels, limit).Go();
}

}  // namespace tltt::compiler

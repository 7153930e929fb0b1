#include "analysis/protocol_run.h"

#include <algorithm>
#include <set>

namespace tltt::compiler {
namespace {

using Kind = ProtocolStep::Kind;
using Op = ProtocolExpr::Op;

constexpr int64_t kUnknown = INT64_MIN;
constexpr const char* kRoles[] = {"reader", "compute", "writer"};

int64_t Apply(Op op, int64_t a, int64_t b) {
  switch (op) {
    case Op::kAdd:
      return a + b;
    case Op::kSub:
      return a - b;
    case Op::kMul:
      return a * b;
    case Op::kDiv:
      return b == 0 ? kUnknown : a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
    case Op::kMod:
      return b == 0 ? kUnknown : a - b * Apply(Op::kDiv, a, b);
    case Op::kMin:
      return std::min(a, b);
    case Op::kMax:
      return std::max(a, b);
    case Op::kEq:
      return a == b;
    case Op::kNe:
      return a != b;
    case Op::kLt:
      return a < b;
    case Op::kLe:
      return a <= b;
    case Op::kAnd:
      return a != 0 && b != 0;
    default:
      return a != 0 || b != 0;
  }
}

int64_t Evaluate(const ProtocolExpr& expr, const std::vector<int64_t>& slots) {
  int64_t stack[kProtocolStack];
  size_t top = 0;
  for (const ProtocolExpr::Step& step : expr.steps) {
    switch (step.op) {
      case Op::kConst:
        stack[top++] = step.value;
        break;
      case Op::kSlot:
        stack[top++] = slots[static_cast<size_t>(step.value)];
        break;
      case Op::kUnknown:
        stack[top++] = kUnknown;
        break;
      case Op::kNot:
        if (stack[top - 1] != kUnknown) stack[top - 1] = stack[top - 1] == 0;
        break;
      case Op::kSelect: {
        top -= 2;
        const int64_t condition = stack[top - 1];
        stack[top - 1] = condition == kUnknown ? kUnknown : condition != 0 ? stack[top] : stack[top + 1];
        break;
      }
      default: {
        --top;
        const int64_t a = stack[top - 1], b = stack[top];
        stack[top - 1] = a == kUnknown || b == kUnknown ? kUnknown : Apply(step.op, a, b);
      }
    }
  }
  return stack[0];
}

struct Queue {
  const CircularBuffer* spec = nullptr;
  uint64_t pages = 0, pushed = 0, popped = 0, reserved = 0, waited = 0;
  uint64_t available() const { return pushed - popped; }
};

struct Thread {
  const ProtocolKernel* kernel = nullptr;
  std::vector<int64_t> slots;
  size_t pc = 0;
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
  Run(const Program& program, const std::array<ProtocolKernel, 3>& kernels, uint64_t limit)
      : program_(program), limit_(limit) {
    for (const auto& kernel : kernels)
      for (const ProtocolStep& step : kernel.steps)
        crosses_ |= step.kind == Kind::kEvent && step.event >= ProtocolEvent::kSemaphoreWait;
    std::set<std::vector<int64_t>> seen;
    for (const CoreRange& range : program.core_ranges) {
      for (uint16_t y = range.start.y; y < range.start.y + range.height; ++y) {
        for (uint16_t x = range.start.x; x < range.start.x + range.width; ++x) {
          CoreRun run = Place({x, y}, kernels);
          // Cores that take the same arguments do the same, unless they signal one another.
          std::vector<int64_t> key;
          for (const Thread& t : run.threads) key.insert(key.end(), t.slots.begin(), t.slots.end());
          if (crosses_ || seen.insert(key).second) cores_.push_back(std::move(run));
        }
      }
    }
  }

  ProtocolResult Go() {
    for (bool progress = true; progress && result_.problem.empty() && result_.complete;) {
      progress = false;
      for (CoreRun& core : cores_) {
        for (size_t role = 0; role < 3; ++role) progress |= Advance(core, role);
      }
    }
    if (result_.problem.empty() && result_.complete) Finish();
    return result_;
  }

 private:
  CoreRun Place(Core core, const std::array<ProtocolKernel, 3>& kernels) const {
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
      thread.kernel = &kernels[role];
      thread.done = false;
      thread.slots.assign(static_cast<size_t>(kernels[role].slots), 0);
      const auto row = kernel.core_args.find(core);
      for (const auto& [slot, name] : kernels[role].args) {
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

  // Whether the role got any further.
  bool Advance(CoreRun& core, size_t role) {
    Thread& t = core.threads[role];
    if (t.done) return false;
    const uint64_t before = result_.events;
    const ProtocolKernel& kernel = *t.kernel;
    const auto value = [&](int expr) { return Evaluate(kernel.exprs[static_cast<size_t>(expr)], t.slots); };
    for (;;) {
      const ProtocolStep& step = kernel.steps[t.pc];
      switch (step.kind) {
        case Kind::kSet:
          t.slots[static_cast<size_t>(step.slot)] = value(step.a);
          ++t.pc;
          break;
        case Kind::kLoop: {
          const int64_t first = value(step.a), extent = value(step.b);
          if (first == kUnknown || extent == kUnknown) return result_.complete = false;
          t.slots[static_cast<size_t>(step.slot)] = first;
          t.slots[static_cast<size_t>(step.slot) + 1] = first + extent;
          t.pc = extent > 0 ? t.pc + 1 : static_cast<size_t>(step.target);
          break;
        }
        case Kind::kNext: {
          const auto slot = static_cast<size_t>(step.slot);
          t.pc = ++t.slots[slot] < t.slots[slot + 1] ? static_cast<size_t>(step.target) + 1 : t.pc + 1;
          break;
        }
        case Kind::kUnless: {
          const int64_t condition = value(step.a);
          if (condition == kUnknown) return result_.complete = false;
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
      return Evaluate(t.kernel->exprs[static_cast<size_t>(step.corners[i])], t.slots);
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
  uint64_t limit_;
  bool crosses_ = false;  // roles signal other cores
  std::vector<CoreRun> cores_;
  ProtocolResult result_;
};

}  // namespace

ProtocolResult RunProtocol(const Program& program, const std::array<ProtocolKernel, 3>& kernels, uint64_t limit) {
  return Run(program, kernels, limit).Go();
}

}  // namespace tltt::compiler

#include "analysis/protocol_slots.h"

#include <algorithm>
#include <set>

namespace tltt::compiler {
namespace {

using Kind = ProtocolStep::Kind;
using Op = ProtocolExpr::Op;

template <typename Visit>  // Visit(expression), of all of a step
void ForExprs(const ProtocolKernel& kernel, const ProtocolStep& step, Visit&& visit) {
  for (const int expr : {step.a, step.b, step.corners[0], step.corners[1], step.corners[2], step.corners[3]})
    if (expr >= 0) visit(kernel.exprs[static_cast<size_t>(expr)]);
}

template <typename Visit>  // Visit(slot)
void ForSlots(const ProtocolExpr& expr, Visit&& visit) {
  for (const ProtocolExpr::Step& step : expr.steps) {
    const int64_t count = step.op == Op::kSlot ? 1 : step.op == Op::kElement ? step.count : 0;
    for (int64_t i = 0; i < count; ++i) visit(static_cast<int>(step.value + i));
  }
}

bool ReadsTable(const ProtocolKernel& kernel, const ProtocolStep& step) {
  bool found = false;
  ForExprs(kernel, step, [&](const ProtocolExpr& expr) {
    for (const ProtocolExpr::Step& s : expr.steps) found |= s.op == Op::kElement;
  });
  return found;
}

// Slots that are assigned on every way to the step that is looked at. Steps are those of structured code: what is
// assigned within a loop or a branch is so up to its end.
class Assigned {
 public:
  void MoveTo(int at) {
    while (!outer_.empty() && outer_.back().end <= at) {
      slots_ = std::move(outer_.back().slots);
      outer_.pop_back();
    }
  }
  void Enter(int end) { outer_.push_back({end, slots_}); }
  void Add(int slot) { slots_.insert(slot); }
  bool Has(int slot) const { return slots_.contains(slot); }
  bool MayBeSkipped() const { return !outer_.empty(); }

 private:
  struct Outer {
    int end = 0;
    std::set<int> slots;
  };
  std::set<int> slots_;
  std::vector<Outer> outer_;
};

void FindSlots(const ProtocolKernel& kernel, BlockLoop* loop) {
  std::set<int> inputs, outputs;
  Assigned assigned;
  for (size_t i = loop->body; i < loop->next; ++i) {
    const ProtocolStep& step = kernel.steps[i];
    const int at = static_cast<int>(i);
    assigned.MoveTo(at);
    ForExprs(kernel, step, [&](const ProtocolExpr& expr) {
      ForSlots(expr, [&](int slot) {
        if (!assigned.Has(slot)) inputs.insert(slot);
      });
    });
    if (step.kind == Kind::kSet) {
      // One that is skipped leaves what was there before.
      if (assigned.MayBeSkipped() && !assigned.Has(step.slot)) inputs.insert(step.slot);
      assigned.Add(step.slot), outputs.insert(step.slot);
    } else if (step.kind == Kind::kLoop) {
      assigned.Enter(step.target);
      for (const int slot : {step.slot, step.slot + 1}) assigned.Add(slot), outputs.insert(slot);
    } else if (step.kind == Kind::kUnless || (step.kind == Kind::kJump && step.target > at + 1)) {
      assigned.Enter(step.target);
    }
  }
  loop->inputs.assign(inputs.begin(), inputs.end());
  loop->outputs.assign(outputs.begin(), outputs.end());
}

}  // namespace

ProtocolKernel Reduced(ProtocolKernel kernel) {
  std::set<int> needed;
  bool grown = false;
  do {
    grown = false;
    for (const ProtocolStep& step : kernel.steps) {
      if (step.kind == Kind::kSet && !needed.contains(step.slot)) continue;
      ForExprs(kernel, step, [&](const ProtocolExpr& expr) {
        ForSlots(expr, [&](int slot) { grown |= needed.insert(slot).second; });
      });
    }
  } while (grown);
  for (size_t i = 0; i < kernel.steps.size(); ++i) {
    ProtocolStep& step = kernel.steps[i];
    if (step.kind == Kind::kSet && !needed.contains(step.slot))
      step.kind = Kind::kJump, step.target = static_cast<int>(i) + 1;
  }
  std::erase_if(kernel.args, [&](const auto& arg) { return !needed.contains(arg.first); });
  return kernel;
}

std::optional<BlockLoop> BlockLoopOf(const ProtocolKernel& kernel) {
  std::optional<BlockLoop> found;
  for (size_t i = 0; i < kernel.steps.size(); ++i) {
    const ProtocolStep& step = kernel.steps[i];
    if (step.kind != Kind::kLoop) continue;
    if (found) return std::nullopt;
    const auto end = static_cast<size_t>(step.target);
    found = BlockLoop{.head = i, .body = i + 1, .next = end - 1, .inputs = {}, .outputs = {}};
    i = end - 1;
  }
  if (!found) return found;
  const auto assigns = [&](const ProtocolStep& step, size_t at) {
    return step.kind == Kind::kSet || (step.kind == Kind::kJump && step.target == static_cast<int>(at) + 1);
  };
  while (assigns(kernel.steps[found->body], found->body)) ++found->body;
  for (size_t i = found->body; i < found->next; ++i)
    if (ReadsTable(kernel, kernel.steps[i])) return std::nullopt;
  FindSlots(kernel, &*found);
  return found;
}

}  // namespace tltt::compiler

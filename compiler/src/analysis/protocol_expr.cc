#include "analysis/protocol_expr.h"

#include <algorithm>

namespace tltt::compiler {
namespace {

using Op = ProtocolExpr::Op;

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0); }

int64_t Apply(Op op, int64_t a, int64_t b) {
  switch (op) {
    case Op::kAdd:
      return a + b;
    case Op::kSub:
      return a - b;
    case Op::kMul:
      return a * b;
    case Op::kDiv:
      return b == 0 ? kUnknown : FloorDiv(a, b);
    case Op::kMod:
      return b == 0 ? kUnknown : a - b * FloorDiv(a, b);
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

constexpr Progression kNoProgression{kUnknown, 0};

// Whether a - b is negative: in all rounds (1), in none (0), or in some (unknown). It grows or falls steadily.
int64_t Less(const Progression& a, const Progression& b, int64_t rounds) {
  const bool begin = a.first < b.first, end = a.At(rounds - 1) < b.At(rounds - 1);
  return begin == end ? begin : kUnknown;
}

int64_t Equal(const Progression& a, const Progression& b, int64_t rounds) {
  const int64_t gap = a.first - b.first, step = a.step - b.step;
  if (step == 0) return gap == 0;
  const bool meets = gap % step == 0 && -gap / step >= 0 && -gap / step < rounds;
  return meets ? (rounds == 1 ? 1 : kUnknown) : 0;
}

Progression Truth(int64_t value, bool negated = false) {
  return value == kUnknown ? kNoProgression : Progression{negated ? value == 0 : value, 0};
}

Progression Apply(Op op, const Progression& a, const Progression& b, int64_t rounds) {
  if (!a.known() || !b.known()) return kNoProgression;
  if (a.step == 0 && b.step == 0) return {Apply(op, a.first, b.first), 0};
  switch (op) {
    case Op::kAdd:
      return {a.first + b.first, a.step + b.step};
    case Op::kSub:
      return {a.first - b.first, a.step - b.step};
    case Op::kMul:
      if (a.step == 0) return {a.first * b.first, a.first * b.step};
      return b.step == 0 ? Progression{a.first * b.first, a.step * b.first} : kNoProgression;
    case Op::kDiv:
    case Op::kMod: {
      if (b.step != 0 || b.first == 0) return kNoProgression;
      const int64_t quotient = FloorDiv(a.first, b.first);
      if (a.step % b.first == 0) {
        return op == Op::kDiv ? Progression{quotient, a.step / b.first} : Progression{a.first - quotient * b.first, 0};
      }
      if (FloorDiv(a.At(rounds - 1), b.first) != quotient) return kNoProgression;
      return op == Op::kDiv ? Progression{quotient, 0} : Progression{a.first - quotient * b.first, a.step};
    }
    case Op::kMin:
    case Op::kMax: {
      const int64_t less = Less(a, b, rounds);
      if (less == kUnknown) return kNoProgression;
      return (less != 0) == (op == Op::kMin) ? a : b;
    }
    case Op::kEq:
      return Truth(Equal(a, b, rounds));
    case Op::kNe:
      return Truth(Equal(a, b, rounds), true);
    case Op::kLt:
      return Truth(Less(a, b, rounds));
    case Op::kLe:
      return Truth(Less(b, a, rounds), true);
    default:
      return kNoProgression;
  }
}

}  // namespace

int64_t EvaluateProtocol(const ProtocolExpr& expr, const std::vector<int64_t>& slots) {
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
      case Op::kElement: {
        const int64_t index = stack[top - 1];
        const bool inside = index >= 0 && index < step.count;
        stack[top - 1] = inside ? slots[static_cast<size_t>(step.value + index)] : kUnknown;
        break;
      }
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

Progression EvaluateProtocol(const ProtocolExpr& expr, const std::vector<Progression>& slots, int64_t rounds) {
  Progression stack[kProtocolStack];
  size_t top = 0;
  for (const ProtocolExpr::Step& step : expr.steps) {
    switch (step.op) {
      case Op::kConst:
        stack[top++] = {step.value, 0};
        break;
      case Op::kSlot:
        stack[top++] = slots[static_cast<size_t>(step.value)];
        break;
      case Op::kElement: {
        const Progression index = stack[top - 1];
        const bool inside = index.constant() && index.first >= 0 && index.first < step.count;
        stack[top - 1] = inside ? slots[static_cast<size_t>(step.value + index.first)] : kNoProgression;
        break;
      }
      case Op::kUnknown:
        stack[top++] = kNoProgression;
        break;
      case Op::kNot:
        stack[top - 1] = stack[top - 1].constant() ? Progression{stack[top - 1].first == 0, 0} : kNoProgression;
        break;
      case Op::kSelect: {
        top -= 2;
        const Progression condition = stack[top - 1];
        stack[top - 1] = !condition.constant() ? kNoProgression : condition.first != 0 ? stack[top] : stack[top + 1];
        break;
      }
      default:
        --top;
        stack[top - 1] = Apply(step.op, stack[top - 1], stack[top], rounds);
    }
  }
  return stack[0];
}

}  // namespace tltt::compiler

#include "analysis/riscv_cost.h"

#include <cmath>

#include "analysis/access.h"
#include "ir/ops.h"
#include "ir/records.h"

namespace tltt::compiler {

namespace {

// Cycles of a 32-bit RISC-V core without floating point: floats are library calls of this many instructions, roughly.
constexpr double kInteger = 1, kDivide = 20, kFloat = 50, kFloatDivide = 150, kFunction = 1000;
constexpr double kLoad = 8;            // of L1, address included
constexpr double kTensorElement = 40;  // page number, place in the page, test of the page in L1
constexpr double kLoop = 4;

class Cost : public ExprVisitor {
 public:
  double cycles = 0;

 private:
  void VisitExpr(const PrimExpr& e) final {
    ExprVisitor::VisitExpr(e);
    if (e.as<IntImmNode>() || e.as<FloatImmNode>() || e.as<VarNode>() || e.as<StringImmNode>()) return;
    if (const auto* load = e.as<BufferLoadNode>()) {
      cycles += IsGlobal(load->buffer) ? kTensorElement : kLoad;
    } else if (e.as<CallNode>()) {
      cycles += IsFloat(e->dtype) ? kFunction : kInteger;
    } else if (e.as<DivNode>() || e.as<FloorDivNode>() || e.as<FloorModNode>() || e.as<ModNode>()) {
      cycles += IsFloat(e->dtype) ? kFloatDivide : kDivide;
    } else {
      cycles += IsFloat(e->dtype) ? kFloat : kInteger;
    }
  }
};

struct Estimate {
  double cycles = 0;
  bool open = false;  // some loop's extent is not known
};

double Of(const PrimExpr& e) {
  Cost cost;
  cost(e);
  return cost.cycles;
}

Estimate Of(const Stmt& stmt) {
  if (const auto* seq = stmt.as<SeqStmtNode>()) {
    Estimate sum;
    for (const Stmt& s : seq->seq) {
      Estimate part = Of(s);
      sum.cycles += part.cycles;
      sum.open |= part.open;
    }
    return sum;
  }
  if (const auto* loop = stmt.as<ForNode>()) {
    Estimate body = Of(loop->body);
    const auto* extent = loop->extent.as<IntImmNode>();
    const double times = extent ? static_cast<double>(extent->value) : 1;
    return {times * (body.cycles + kLoop), body.open || !extent};
  }
  if (const auto* loop = stmt.as<WhileNode>()) return {Of(loop->condition) + Of(loop->body).cycles, true};
  if (const auto* branch = stmt.as<IfThenElseNode>()) {
    Estimate one = Of(branch->then_case), other;
    if (branch->else_case) other = Of(branch->else_case.value());
    return {Of(branch->condition) + std::max(one.cycles, other.cycles), one.open || other.open};
  }
  if (const auto* store = stmt.as<BufferStoreNode>()) {
    Estimate sum{Of(store->value) + (IsGlobal(store->buffer) ? kTensorElement : kLoad), false};
    for (const PrimExpr& index : store->indices) sum.cycles += Of(index);
    return sum;
  }
  if (const auto* eval = stmt.as<EvaluateNode>()) return {Of(eval->value), false};
  return {};
}

}  // namespace

std::string CostText(const Stmt& loops) {
  const Estimate cost = Of(loops);
  double rounded = 1;  // one digit is all that an estimate is worth
  while (cost.cycles / rounded >= 10) rounded *= 10;
  rounded *= std::max(1.0, std::round(cost.cycles / rounded));
  std::ostringstream text;
  text << "about " << static_cast<int64_t>(rounded) << " cycles a block"
       << (cost.open ? " and iteration of loops with run-time bounds" : "");
  return text.str();
}

}  // namespace tltt::compiler

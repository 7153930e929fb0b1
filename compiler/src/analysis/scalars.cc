#include "analysis/scalars.h"

#include <functional>
#include <sstream>

#include "analysis/access.h"
#include "ir/diagnostic_codes.h"
#include "ir/ops.h"

namespace tltt::compiler {

void RequireScalar(const PrimExpr& expr, const Span& span, arith::Analyzer* analyzer) {
  auto quotient = [&](const PrimExpr& a, const PrimExpr& b) {
    return !a->dtype.is_float() && analyzer->CanProve(b != 0);
  };
  class Visitor : public ExprVisitor {
   public:
    std::function<bool(const PrimExpr&)> known;
    PrimExpr unknown;

    void VisitExpr(const PrimExpr& e) final {
      if (unknown.defined()) return;
      if (!known(e)) {
        unknown = e;
      } else if (const auto* call = e.as<CallNode>();
                 !e.as<BufferLoadNode>() && !(call && OpName(call) == "tl.infinity")) {
        ExprVisitor::VisitExpr(e);
      }
    }
  } visitor;
  visitor.known = [&](const PrimExpr& e) {
    if (e.as<VarNode>() || e.as<IntImmNode>() || e.as<FloatImmNode>()) return true;
    if (const auto* load = e.as<BufferLoadNode>()) return IsScalarVariable(load->buffer);
    if (e.as<AddNode>() || e.as<SubNode>() || e.as<MulNode>() || e.as<MinNode>() || e.as<MaxNode>() || e.as<LTNode>() ||
        e.as<LENode>() || e.as<GTNode>() || e.as<GENode>() || e.as<EQNode>() || e.as<NENode>() || e.as<AndNode>() ||
        e.as<OrNode>() || e.as<NotNode>() || e.as<SelectNode>())
      return true;
    if (const auto* cast = e.as<CastNode>()) {
      const DataType to = cast->dtype, from = cast->value->dtype;
      const bool narrow = to.bits() < 32 && !to.is_bool() && !(from.is_bool());
      return !narrow;
    }
    if (const auto* n = e.as<FloorDivNode>()) return quotient(n->a, n->b);
    if (const auto* n = e.as<FloorModNode>()) return quotient(n->a, n->b);
    if (const auto* n = e.as<DivNode>()) return e->dtype.is_float() || quotient(n->a, n->b);
    if (const auto* n = e.as<ModNode>()) return quotient(n->a, n->b);
    const auto* call = e.as<CallNode>();
    const std::string name = call ? OpName(call) : "";
    const bool bits = name.rfind("tirx.bitwise_", 0) == 0 || name.rfind("tirx.shift_", 0) == 0;
    return name == "tirx.if_then_else" || name == "tirx.likely" || (name == "tl.infinity" && e->dtype.bits() == 32) ||
           (bits && (e->dtype.bits() >= 32 || e->dtype.is_bool()));
  };
  visitor.VisitExpr(expr);
  if (!visitor.unknown.defined()) return;
  std::ostringstream text;
  text << visitor.unknown;
  Refuse(
      span, "the core cannot compute the number `" + text.str() + "`",
      "compute with + - * // % max min and comparisons of loop variables, block indices and T.alloc_var; divide whole "
      "numbers by what is never 0",
      Code::kCannotCompute);
}

}  // namespace tltt::compiler

#include "passes/narrow_buffers.h"

#include <cmath>
#include <map>
#include <vector>

#include "analysis/liveness.h"
#include "ir/ops.h"

namespace tltt::compiler {
namespace {

// Values that buffers of compute get, by buffer; without those that anything else touches.
class Stores : public StmtExprVisitor {
 public:
  std::map<std::string, std::vector<PrimExpr>> values;
  CbSet touched;  // by other operations

 private:
  void VisitStmt_(const EvaluateNode* node) final {
    const CallNode* store = AsTt(GetRef<Stmt>(node), "tt.tile.store");
    if (!store) return StmtExprVisitor::VisitStmt_(node);
    values[StrArg(store, 0)].push_back(store->args[1]);
  }
  void VisitExpr(const PrimExpr& expr) final {
    if (const auto* name = expr.as<StringImmNode>()) touched.insert(name->value);
    StmtExprVisitor::VisitExpr(expr);
  }
};

bool HoldsNumber(const std::string& dtype, double number) {
  if (std::isinf(number) || number == 0) return true;
  int exponent = 0;
  const int bits = dtype == "bfloat16" ? 8 : 11, least = dtype == "bfloat16" ? -125 : -13;
  const int most = dtype == "bfloat16" ? 128 : 16;
  const double digits = std::ldexp(std::frexp(number, &exponent), bits);
  return digits == std::trunc(digits) && exponent >= least && exponent <= most;
}

// Whether every value of the expression is a number of `dtype`, those of `narrow` being such.
bool Holds(const PrimExpr& expr, const std::string& dtype, const CbSet& narrow, const CbTable& cbs) {
  const auto* call = expr.as<CallNode>();
  if (!call) return false;
  const std::string name = OpName(call);
  auto arg = [&](size_t i) { return Holds(call->args[i], dtype, narrow, cbs); };
  if (name == "tt.tile.load") {
    const CbRecord& cb = cbs.at(StrArg(call, 0));
    return narrow.count(cb.name) || (cb.dtype == dtype && cb.data_format.empty());
  }
  if (name == "tt.tile.fill") {
    const auto* number = call->args[0].as<FloatImmNode>();
    return number && HoldsNumber(dtype, number->value);
  }
  if (name == "tt.tile.max" || name == "tt.tile.min") return arg(0) && arg(1);
  if (name == "tt.tile.where" || name == "tt.tile.insert") return arg(1) && arg(2);
  if (name == "tt.tile.reduce") return StrArg(call, 0) != "sum" && arg(2);
  if (name == "tt.tile.cast") return StrArg(call, 1) == dtype || arg(0);
  if (name == "tt.sfpu.unary") return (StrArg(call, 0) == "abs" || StrArg(call, 0) == "negative") && arg(1);
  return false;
}

}  // namespace

void NarrowBuffers(const Stmt& body, CbTable* cbs) {
  Stores stores;
  stores(body);
  for (const std::string dtype : {"bfloat16", "float16"}) {
    CbSet narrow;
    for (const auto& [cb, values] : stores.values) {
      const CbRecord& record = cbs->at(cb);
      if (record.dtype == "float32" && record.kind == "intermed" && record.data_format.empty() &&
          !stores.touched.count(cb))
        narrow.insert(cb);
    }
    for (size_t before = narrow.size() + 1; narrow.size() < before;) {
      before = narrow.size();
      for (const auto& [cb, values] : stores.values) {
        for (const PrimExpr& value : values)
          if (narrow.count(cb) && !Holds(value, dtype, narrow, *cbs)) narrow.erase(cb);
      }
    }
    for (const std::string& cb : narrow) cbs->at(cb).dtype = dtype;
  }
}

}  // namespace tltt::compiler

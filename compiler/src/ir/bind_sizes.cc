#include "ir/bind_sizes.h"

#include <set>

#include "analysis/touches.h"

namespace tltt::compiler {
namespace {

class Binder : public StmtExprMutator {
 public:
  explicit Binder(const Map<Var, PrimExpr>& values) : values_(values) {}

  Buffer Parameter(const Buffer& buffer) { return VisitBufferDef(buffer, false); }

 private:
  PrimExpr VisitExpr(const PrimExpr& expr) final {
    if (const auto* var = expr.as<VarNode>()) return values_.Get(GetRef<Var>(var)).value_or(expr);
    PrimExpr out = StmtExprMutator::VisitExpr(expr);
    if (out.same_as(expr) || out->dtype.is_handle() || out->dtype.is_float() || ReadsMemory(out)) return out;
    return analyzer_.Simplify(out);
  }
  Stmt VisitStmt_(const IfThenElseNode* node) final {
    Stmt stmt = StmtExprMutator::VisitStmt_(node);
    const auto* branch = stmt.as<IfThenElseNode>();
    if (!branch || branch->condition.same_as(node->condition)) return stmt;
    if (is_one(branch->condition)) return branch->then_case;
    if (is_zero(branch->condition)) return branch->else_case.value_or(Evaluate(0));
    return stmt;
  }
  Stmt VisitStmt(const Stmt& stmt) final {
    Stmt out = StmtExprMutator::VisitStmt(stmt);
    if (!out->span.defined() && stmt->span.defined()) out->span = stmt->span;
    return out;
  }

  const Map<Var, PrimExpr>& values_;
  arith::Analyzer analyzer_;
};

}  // namespace

std::vector<Var> OpenSizes(const PrimFunc& func) {
  std::vector<Var> open;
  std::set<const VarNode*> seen;
  auto add = [&](const PrimExpr& expr) {
    PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) {
      const auto* var = ref.as<VarNode>();
      if (var && seen.insert(var).second) open.push_back(GetRef<Var>(var));
    });
  };
  for (const Var& param : func->params) {
    auto buffer = func->buffer_map.Get(param);
    if (!buffer) {
      add(param);
      continue;
    }
    for (const PrimExpr& dim : buffer.value()->shape) add(dim);
    for (const PrimExpr& stride : buffer.value()->strides) add(stride);
  }
  return open;
}

PrimFunc BindSizes(const PrimFunc& func, const Map<Var, PrimExpr>& values) {
  Binder binder(values);
  Array<Var> params;
  Map<Var, Buffer> buffers;
  for (const Var& param : func->params) {
    if (values.count(param)) continue;
    params.push_back(param);
    if (auto buffer = func->buffer_map.Get(param)) buffers.Set(param, binder.Parameter(buffer.value()));
  }
  return PrimFunc(params, binder(func->body), func->ret_type, buffers, func->attrs, func->span);
}

}  // namespace tltt::compiler

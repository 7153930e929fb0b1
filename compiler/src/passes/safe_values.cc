#include "passes/safe_values.h"

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analysis/access.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/span_scope.h"
#include "op/copy.h"
#include "passes/operation_loops.h"

namespace tltt::compiler {
namespace {

constexpr char kAnnotation[] = "safe_value_map";

class SafeValues : public StmtExprMutator {
 private:
  Stmt VisitStmt(const Stmt& stmt) final {
    const SpanScope scope(&span_, stmt);
    return StmtExprMutator::VisitStmt(stmt);
  }

  Stmt VisitStmt_(const SBlockNode* node) final {
    auto given = node->annotations.Get(kAnnotation);
    if (!given) return StmtExprMutator::VisitStmt_(node);
    const auto outer = values_;
    for (const auto& [data, value] : given.value().cast<Map<Var, PrimExpr>>()) values_[data.get()] = value;
    auto copy = ffi::make_object<SBlockNode>(*node);
    copy->annotations.erase(kAnnotation);
    copy->body = VisitStmt(node->body);
    values_ = outer;
    return Stmt(copy);
  }

  Stmt VisitStmt_(const ForNode* node) final {
    if (node->extent.as<IntImmNode>() && node->min.as<IntImmNode>())
      analyzer_.Bind(node->loop_var, Range::FromMinExtent(node->min, node->extent), true);
    return StmtExprMutator::VisitStmt_(node);
  }

  Stmt VisitStmt_(const BindNode* node) final {
    if (values_.empty() || !node->value->dtype.is_int()) return StmtExprMutator::VisitStmt_(node);
    Stmt stmt = StmtExprMutator::VisitStmt_(node);
    const PrimExpr& value = stmt.as<BindNode>()->value;
    if (SideEffect(value) <= CallEffectKind::kPure) analyzer_.Bind(node->var, value, true);
    return stmt;
  }

  PrimExpr VisitExpr_(const BufferLoadNode* node) final {
    PrimExpr expr = StmtExprMutator::VisitExpr_(node);
    auto it = values_.find(node->buffer->data.get());
    if (it == values_.end()) return expr;
    const auto* load = expr.as<BufferLoadNode>();
    PrimExpr inside = const_true();
    for (size_t d = 0; d < load->indices.size(); ++d)
      inside = inside && Inside(load->indices[d], make_const(load->indices[d]->dtype, 1), node->buffer->shape[d]);
    inside = analyzer_.Simplify(inside);
    return is_one(inside) ? expr : if_then_else(inside, expr, cast(expr->dtype, it->second));
  }

  // Blocks and addresses are no reads.
  PrimExpr VisitExpr_(const CallNode* node) final {
    const std::string name = OpName(node);
    const bool place = IsRegion(node) || name == "tl.access_ptr" || name == "tirx.address_of";
    return place ? GetRef<PrimExpr>(node) : StmtExprMutator::VisitExpr_(node);
  }

  Stmt VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    const std::string name = call ? OpName(call) : "";
    if (values_.empty() || name.rfind("tl.tileop.", 0) != 0) return StmtExprMutator::VisitStmt_(node);
    const tl::TileOperator op = tl::ParseOperator(GetRef<Call>(call));
    const auto* copy = op.as<tl::CopyNode>();
    for (size_t i = 0; i < call->args.size(); ++i) {
      const auto* region = call->args[i].as<CallNode>();
      if (!region || !IsRegion(region)) continue;
      if (copy && i == 1) continue;  // what is written beyond an edge goes nowhere
      const BufferRegion block = tl::NormalizeToBufferRegion(call->args[i]);
      if (!values_.count(block->buffer->data.get()) || Inside(block)) continue;
      if (copy) return Copy(copy, node->span);
      Refuse(span_,
             "T.annotate_safe_value of `" + std::string(block->buffer->name) + "`, of which `" + name +
                 "` takes a block that may reach beyond its edge",
             "T.copy the block to an on-chip buffer first");
    }
    return GetRef<Stmt>(node);
  }

  PrimExpr Inside(const PrimExpr& min, const PrimExpr& extent, const PrimExpr& size) {
    PrimExpr inside = const_true();
    for (const PrimExpr& bound : {min >= make_zero(min->dtype), min + cast(min->dtype, extent) <= size})
      if (!analyzer_.CanProve(bound)) inside = inside && bound;
    return inside;
  }
  bool Inside(const BufferRegion& block) {
    for (size_t d = 0; d < block->region.size(); ++d)
      if (!is_one(Inside(block->region[d]->min, block->region[d]->extent, block->buffer->shape[d]))) return false;
    return true;
  }

  Stmt Copy(const tl::CopyNode* copy, const Span& span) {
    const Region src = ToRegion(copy->src, copy->src_range, span_, "T.copy"),
                 dst = ToRegion(copy->dst, copy->dst_range, span_, "T.copy");
    return VisitStmt(CopyLoop(src, dst, span));
  }

  std::unordered_map<const VarNode*, PrimExpr> values_;  // by the tensor's memory
  arith::Analyzer analyzer_;
  Span span_;
};

}  // namespace

PrimFunc WithSafeValues(PrimFunc func) {
  Stmt body = SafeValues()(func->body);
  if (!body.same_as(func->body)) func.CopyOnWrite()->body = body;
  return func;
}

}  // namespace tltt::compiler

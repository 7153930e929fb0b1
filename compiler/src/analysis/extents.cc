#include "analysis/extents.h"

#include <tvm/arith/pattern.h>

#include <algorithm>
#include <map>
#include <string>
#include <unordered_set>

#include "analysis/access.h"
#include "analysis/touches.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/span_scope.h"

namespace tltt::compiler {

namespace {

class Extents : public StmtExprVisitor {
 public:
  std::unordered_map<const BufferNode*, Array<PrimExpr>> Run(const Stmt& body) {
    VisitStmt(body);
    std::unordered_map<const BufferNode*, Array<PrimExpr>> shapes;
    for (const BufferNode* buffer : order_) {
      Known& known = known_.at(buffer);
      if (aliases_.at(known.buffer->data.get()).size() > 1) continue;
      Array<PrimExpr> shape = known.buffer->shape;
      bool grown = false;
      for (size_t d = 0; d < shape.size(); ++d) {
        const auto* extent = shape[d].as<IntImmNode>();
        if (!extent || known.stored[d] < extent->value) continue;
        shape.Set(d, IntImm(extent->dtype, known.stored[d] + 1));
        grown = true;
      }
      for (size_t d = 0; d < shape.size(); ++d) {
        const auto* extent = shape[d].as<IntImmNode>();
        if (extent && known.loaded[d] >= extent->value)
          Refuse(known.load,
                 "element " + std::to_string(known.loaded[d]) + " of axis " + std::to_string(d) + " of `" +
                     std::string(known.buffer->name) + "`, which has " + std::to_string(extent->value),
                 "make the buffer larger, or end the loop at its extent");
      }
      if (grown) shapes.emplace(buffer, shape);
    }
    return shapes;
  }

 private:
  using Bounds = std::unordered_map<const VarNode*, std::pair<int64_t, int64_t>>;  // first and last value
  struct Known {
    Buffer buffer;
    std::map<size_t, int64_t> stored, loaded;  // largest sure index, by axis
    Span load;                                 // of the farthest load
  };

  void VisitStmt(const Stmt& stmt) final {
    const SpanScope scope(&span_, stmt);
    StmtExprVisitor::VisitStmt(stmt);
  }
  void VisitStmt_(const ForNode* node) final {
    const auto* min = node->min.as<IntImmNode>();
    const auto* extent = node->extent.as<IntImmNode>();
    const bool full =
        min && extent && extent->value > 0 && node->kind != ForKind::kThreadBinding && !LeavesLoop(node->body);
    if (full) bounded_[node->loop_var.get()] = {min->value, min->value + extent->value - 1};
    StmtExprVisitor::VisitStmt_(node);
    bounded_.erase(node->loop_var.get());
  }
  void VisitStmt_(const IfThenElseNode* node) final {
    VisitExpr(node->condition);
    const auto outer = Without(node->condition);
    VisitStmt(node->then_case);
    if (node->else_case) VisitStmt(node->else_case.value());
    bounded_ = outer;
  }
  void VisitStmt_(const WhileNode* node) final {  // it may never run
    const auto outer = std::exchange(bounded_, {});
    StmtExprVisitor::VisitStmt_(node);
    bounded_ = outer;
  }
  void VisitStmt_(const BufferStoreNode* node) final {
    Note(node->buffer, node->indices, true);
    StmtExprVisitor::VisitStmt_(node);
  }
  void VisitExpr_(const BufferLoadNode* node) final {
    Note(node->buffer, node->indices, false);
    StmtExprVisitor::VisitExpr_(node);
  }
  void VisitExpr_(const CallNode* node) final {
    const bool choice = OpName(node) == "tirx.if_then_else";
    const bool region = OpName(node) == "tl.region";  // its first argument names a place, and no element
    const auto outer = choice ? Without(node->args[0]) : bounded_;
    if (region) bounded_.clear();
    StmtExprVisitor::VisitExpr_(node);
    bounded_ = outer;
  }
  void VisitExpr_(const SelectNode* node) final {
    const auto outer = Without(node->condition);
    StmtExprVisitor::VisitExpr_(node);
    bounded_ = outer;
  }
  void VisitExpr_(const AndNode* node) final { ShortCircuit(node->a, node->b); }
  void VisitExpr_(const OrNode* node) final { ShortCircuit(node->a, node->b); }
  void ShortCircuit(const PrimExpr& a, const PrimExpr& b) {
    VisitExpr(a);
    const auto outer = Without(a);
    VisitExpr(b);
    bounded_ = outer;
  }

  // Forgets variables that the condition may bound. Those that were known before.
  Bounds Without(const PrimExpr& condition) {
    Bounds before = bounded_;
    PostOrderVisit(condition, [&](const ffi::ObjectRef& ref) {
      if (const auto* var = ref.as<VarNode>()) bounded_.erase(var);
    });
    return before;
  }

  void Note(const Buffer& buffer, const Array<PrimExpr>& indices, bool store) {
    aliases_[buffer->data.get()].insert(buffer.get());
    if (IsGlobal(buffer) || IsScalarVariable(buffer) || std::string(buffer.scope()) == "local.reducer") return;
    auto [it, fresh] = known_.try_emplace(buffer.get());
    if (fresh) order_.push_back(buffer.get());
    Known& known = it->second;
    known.buffer = buffer;
    for (size_t d = 0; d < indices.size(); ++d) {
      if (!indices[d]->dtype.is_scalar()) continue;
      const int64_t most = Largest(indices[d]);
      int64_t& largest = (store ? known.stored : known.loaded)[d];
      if (most <= largest) continue;
      largest = most;
      if (!store) known.load = span_;
    }
  }
  // The largest value of a sum of multiples of loop variables; -1 of anything else.
  int64_t Largest(const PrimExpr& index) const {
    Array<Var> vars;
    bool sure = true;
    PostOrderVisit(index, [&](const ffi::ObjectRef& ref) {
      const auto* var = ref.as<VarNode>();
      if (var && bounded_.count(var)) vars.push_back(GetRef<Var>(var));
      sure = sure && (!var || bounded_.count(var));
    });
    if (!sure) return -1;
    if (const auto* constant = index.as<IntImmNode>()) return constant->value;
    const Array<PrimExpr> terms = arith::DetectLinearEquation(index, vars);
    if (terms.empty()) return -1;
    const auto* base = terms.back().as<IntImmNode>();
    if (!base) return -1;
    int64_t largest = base->value;
    for (size_t i = 0; i < vars.size(); ++i) {
      const auto* factor = terms[i].as<IntImmNode>();
      if (!factor) return -1;
      const auto [first, last] = bounded_.at(vars[i].get());
      largest += std::max(factor->value * first, factor->value * last);
    }
    return largest;
  }

  std::unordered_map<const BufferNode*, Known> known_;
  std::vector<const BufferNode*> order_;  // of known_, that of their first access
  std::unordered_map<const VarNode*, std::unordered_set<const BufferNode*>> aliases_;  // by memory
  Bounds bounded_;  // loop variables that take all of their values here
  Span span_;
};

}  // namespace

std::unordered_map<const BufferNode*, Array<PrimExpr>> ShapesBeyondExtents(const Stmt& body) {
  return Extents().Run(body);
}

}  // namespace tltt::compiler

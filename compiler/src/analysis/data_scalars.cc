#include "analysis/data_scalars.h"

#include <map>

#include "analysis/access.h"
#include "analysis/touches.h"
#include "ir/ops.h"

namespace tltt::compiler {
namespace {

// The stores to each scalar variable; variables that an element loop or a `while` gives values have none that is known.
class VariableStores : public StmtVisitor {
 public:
  std::map<const BufferNode*, std::vector<PrimExpr>> values;
  std::set<const BufferNode*> elsewhere;

 private:
  void VisitStmt_(const ForNode* node) final { Within(IsElementLoop(node), node); }
  void VisitStmt_(const WhileNode* node) final { Within(true, node); }
  template <typename Node>
  void Within(bool unknown, const Node* node) {
    const bool outer = std::exchange(unknown_, unknown_ || unknown);
    StmtVisitor::VisitStmt_(node);
    unknown_ = outer;
  }
  void VisitStmt_(const BufferStoreNode* node) final {
    if (!IsScalarVariable(node->buffer)) return;
    values[node->buffer.get()].push_back(node->value);
    if (unknown_) elsewhere.insert(node->buffer.get());
  }
  bool unknown_ = false;
};

}  // namespace

DataScalars::DataScalars(const Stmt& kernel) {
  for (const auto& [buffer, touch] : Touches::Of(kernel).list())
    if (touch.written) written_.insert(buffer.get());
  VariableStores stores;
  stores(kernel);
  for (const auto& [variable, values] : stores.values)
    if (!stores.elsewhere.count(variable)) common_.insert(variable);
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [variable, values] : stores.values) {
      for (const PrimExpr& value : values)
        if (common_.count(variable) && !Known(value)) changed = common_.erase(variable) > 0;
    }
  }
}

bool DataScalars::IsData(const BufferLoadNode* load, const std::set<const VarNode*>& inner) const {
  const DataType dtype = load->dtype;
  if (!IsGlobal(load->buffer) || written_.count(load->buffer.get()) || dtype.lanes() != 1 || dtype.bits() > 32 ||
      !(dtype.is_int() || dtype.is_uint() || dtype.is_bool()))
    return false;
  for (const PrimExpr& index : load->indices)
    if (!Known(index, inner)) return false;
  return true;
}

bool DataScalars::Known(const PrimExpr& expr, const std::set<const VarNode*>& inner) const {
  class Visitor : public ExprVisitor {
   public:
    Visitor(const DataScalars* data, const std::set<const VarNode*>& inner) : data_(data), inner_(inner) {}
    bool known = true;

   private:
    void VisitExpr_(const BufferLoadNode* load) final {
      known = known && (data_->IsCommon(load->buffer) || data_->IsData(load, inner_));
    }
    void VisitExpr_(const VarNode* var) final { known = known && !inner_.count(var); }
    const DataScalars* data_;
    const std::set<const VarNode*>& inner_;
  } visitor(this, inner);
  visitor(expr);
  return visitor.known;
}

Stmt ReplaceData::VisitStmt(const Stmt& stmt) {
  done_.clear();
  Stmt out = StmtExprMutator::VisitStmt(stmt);
  done_.clear();
  return out;
}

PrimExpr ReplaceData::VisitExpr(const PrimExpr& expr) {
  if (auto it = done_.find(expr); it != done_.end()) return it->second;
  PrimExpr out = StmtExprMutator::VisitExpr(expr);
  done_.emplace(expr, out);
  return out;
}

Stmt ReplaceData::VisitStmt_(const ForNode* node) {
  inner_.insert(node->loop_var.get());
  Stmt stmt = StmtExprMutator::VisitStmt_(node);
  inner_.erase(node->loop_var.get());
  return stmt;
}

Stmt ReplaceData::VisitStmt_(const BufferStoreNode* node) {
  const Array<PrimExpr> indices = Places(node->buffer, node->indices);
  return BufferStore(node->buffer, VisitExpr(node->value), indices, node->predicate, node->span);
}

PrimExpr ReplaceData::VisitExpr_(const BufferLoadNode* node) {
  if (data_->IsData(node, inner_)) return element_(GetRef<BufferLoad>(node));
  return BufferLoad(node->buffer, Places(node->buffer, node->indices), node->predicate);
}

PrimExpr ReplaceData::VisitExpr_(const CallNode* node) {
  // The tensor of a region is no number, whatever its dtype.
  if (IsRegion(node)) {
    const auto* load = node->args[0].as<BufferLoadNode>();
    Array<PrimExpr> args = node->args;
    args.Set(0, BufferLoad(load->buffer, Places(load->buffer, load->indices), load->predicate));
    return Call(node->dtype, node->op, args, node->annotations, node->span);
  }
  return StmtExprMutator::VisitExpr_(node);
}

Array<PrimExpr> ReplaceData::Places(const Buffer& buffer, const Array<PrimExpr>& indices) {
  Array<PrimExpr> out;
  for (const PrimExpr& index : indices)
    out.push_back(IsGlobal(buffer) && ReadsMemory(index) ? place_(index) : VisitExpr(index));
  return out;
}

}  // namespace tltt::compiler

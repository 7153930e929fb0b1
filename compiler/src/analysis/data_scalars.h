// Numbers that decide about tile operations and come out of tensors: offsets, lengths, block tables, masks of blocks.
// Every core reads them for itself, so control flow and the places of blocks may depend on them.
#pragma once

#include <functional>
#include <set>
#include <unordered_map>

#include "ir/tvm.h"

namespace tltt::compiler {

class DataScalars {
 public:
  explicit DataScalars(const Stmt& kernel);

  // A single element of a tensor of whole numbers that the kernel does not write, at a place that every core knows.
  // `inner`: loop variables of a T.Parallel around it, for whose values there are many places.
  bool IsData(const BufferLoadNode* load, const std::set<const VarNode*>& inner = {}) const;
  // A variable (T.alloc_var) that every core computes for itself.
  bool IsCommon(const Buffer& variable) const { return common_.count(variable.get()) > 0; }
  // Whether every core can compute the number.
  bool Known(const PrimExpr& expr, const std::set<const VarNode*>& inner = {}) const;

 private:
  std::set<const BufferNode*> common_, written_;
};

// Replaces loads of data inside the expressions of a statement: `element` gives what stands for an element that IsData,
// `place` what stands for an index or a start of a block.
class ReplaceData : public StmtExprMutator {
 public:
  ReplaceData(const DataScalars* data, std::function<PrimExpr(const BufferLoad&)> element,
              std::function<PrimExpr(const PrimExpr&)> place)
      : data_(data), element_(std::move(element)), place_(std::move(place)) {}
  using StmtExprMutator::operator();

 private:
  Stmt VisitStmt(const Stmt& stmt) final;
  PrimExpr VisitExpr(const PrimExpr& expr) final;
  Stmt VisitStmt_(const ForNode* node) final;
  Stmt VisitStmt_(const BufferStoreNode* node) final;
  PrimExpr VisitExpr_(const BufferLoadNode* node) final;
  PrimExpr VisitExpr_(const CallNode* node) final;
  Array<PrimExpr> Places(const Buffer& buffer, const Array<PrimExpr>& indices);

  const DataScalars* data_;
  std::function<PrimExpr(const BufferLoad&)> element_;
  std::function<PrimExpr(const PrimExpr&)> place_;
  std::set<const VarNode*> inner_;
  // Of the statement at hand: what stands in several places is replaced once and stays shared.
  std::unordered_map<PrimExpr, PrimExpr, ffi::ObjectPtrHash, ffi::ObjectPtrEqual> done_;
};

}  // namespace tltt::compiler

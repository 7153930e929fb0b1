// Mutation of expressions in which a value stands in several places, as names in a T.Parallel body make them. Each is
// mutated once and stays shared; taken as a tree, the work would double with every name.
#pragma once

#include <unordered_map>
#include <utility>

#include "ir/tvm.h"

namespace tltt::compiler {

// Base: ExprMutator or StmtExprMutator. For mutators whose result depends on the expression alone.
template <typename Base>
class Sharing : public Base {
 public:
  using Base::Base;

  PrimExpr VisitExpr(const PrimExpr& expr) override {
    if (auto it = done_.find(expr); it != done_.end()) return it->second;
    PrimExpr out = Base::VisitExpr(expr);
    done_.emplace(expr, out);
    return out;
  }

 private:
  std::unordered_map<PrimExpr, PrimExpr, ffi::ObjectPtrHash, ffi::ObjectPtrEqual> done_;
};

// Puts `to` in the places of one expression, by identity.
class Replacer final : public Sharing<ExprMutator> {
 public:
  Replacer(PrimExpr from, PrimExpr to) : from_(std::move(from)), to_(std::move(to)) {}
  PrimExpr VisitExpr(const PrimExpr& e) final { return e.same_as(from_) ? to_ : Sharing::VisitExpr(e); }

 private:
  PrimExpr from_, to_;
};

// Puts values in the places of variables, in statements and what they hold.
class ReplaceVars final : public Sharing<StmtExprMutator> {
 public:
  explicit ReplaceVars(Map<Var, PrimExpr> values) : values_(std::move(values)) {}

 private:
  using Sharing::VisitExpr_;
  PrimExpr VisitExpr_(const VarNode* node) final {
    return values_.Get(GetRef<Var>(node)).value_or(GetRef<PrimExpr>(node));
  }
  Map<Var, PrimExpr> values_;
};

}  // namespace tltt::compiler

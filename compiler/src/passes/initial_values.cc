#include "passes/initial_values.h"

#include <vector>

#include "analysis/liveness.h"
#include "analysis/tile_expr.h"
#include "ir/attrs.h"
#include "ir/diagnostic_codes.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"

namespace tltt::compiler {

namespace {

// Of the buffers in `missing`, those that are written in front of their first read, in program order, under a condition
// that holds in the first iteration of the loops around it.
class ConditionalWrites : public StmtVisitor {
 public:
  ConditionalWrites(CbSet missing, const CbTable* cbs) : missing_(std::move(missing)), cbs_(cbs) {}

  CbSet written;

 private:
  void VisitStmt_(const ForNode* node) final {
    first_.Set(node->loop_var, node->min);
    StmtVisitor::VisitStmt_(node);
    first_.erase(node->loop_var);
  }
  void VisitStmt_(const IfThenElseNode* node) final {
    const bool outer = at_first_;
    at_first_ = !first_.empty() && arith::Analyzer().CanProve(Substitute(node->condition, first_));
    VisitStmt(node->then_case);
    at_first_ = false;
    if (node->else_case) VisitStmt(node->else_case.value());
    at_first_ = outer;
  }
  void VisitStmt_(const EvaluateNode* node) final {
    CbAccess access;
    if (!AccessOf(GetRef<Stmt>(node), &access)) return;
    // Of a block that is written in parts the rest starts as zeros.
    const CallNode* store = AsTt(GetRef<Stmt>(node), "tt.tile.store");
    if (store && AsTt(store->args[1], "tt.tile.insert") && missing_.count(access.writes)) written.insert(access.writes);
    for (const auto& cb : access.reads) {
      if (!missing_.count(cb) || written.count(cb)) continue;
      Refuse(node->span, "`" + cbs_->at(cb).buffer + "` is read before anything was written to it",
             "T.clear or T.copy into it first", Code::kUnwritten);
    }
    // What the reader fills, the compute kernel cannot fill as well.
    if (at_first_ && missing_.count(access.writes) && cbs_->at(access.writes).kind != "input")
      written.insert(access.writes);
  }

  CbSet missing_;
  const CbTable* cbs_;
  Map<Var, PrimExpr> first_;
  bool at_first_ = false;
};

class Initialiser : public StmtMutator {
 public:
  explicit Initialiser(const CbTable* cbs) : cbs_(cbs) {}

 private:
  Stmt VisitStmt_(const ForNode* node) final {
    if (!node->annotations.count(attr::kPersistentLoop)) return StmtMutator::VisitStmt_(node);
    ConditionalWrites check(LiveIn(node->body, {}), cbs_);
    check(node->body);
    if (check.written.empty()) return GetRef<Stmt>(node);
    // Behind what names the block.
    Array<Stmt> seq, rest;
    const auto* body = node->body.as<SeqStmtNode>();
    for (const Stmt& stmt : body ? body->seq : Array<Stmt>{node->body})
      (rest.empty() && stmt.as<BindNode>() ? seq : rest).push_back(stmt);
    for (const auto& cb : check.written)
      seq.push_back(TtStmt("tt.tile.store", {Str(cb), TileFill(0)}, node->body->span));
    seq.insert(seq.end(), rest.begin(), rest.end());
    auto copy = ffi::make_object<ForNode>(*node);
    copy->body = SeqStmt::Flatten(seq);
    return Stmt(copy);
  }
  const CbTable* cbs_;
};

}  // namespace

Stmt WithInitialValues(const Stmt& body, const CbTable& cbs) { return Initialiser(&cbs)(body); }

}  // namespace tltt::compiler

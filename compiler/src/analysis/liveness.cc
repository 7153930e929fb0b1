#include "analysis/liveness.h"

#include "ir/attrs.h"
#include "ir/ops.h"

namespace tltt::compiler {

bool IsTileChain(const Stmt& stmt) {
  const auto* loop = stmt.as<ForNode>();
  return loop && loop->annotations.count(attr::kTileChain);
}

bool IsReductionChain(const Stmt& chain) { return IsTileChain(chain) && !chain.as<ForNode>()->body.as<ForNode>(); }

namespace {

void ReadsOfExpr(const PrimExpr& expr, CbSet* reads) {
  PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    if (call && call->op.as<OpNode>() && OpName(call) == "tt.tile.load") reads->insert(StrArg(call, 0));
  });
}

void AccessOfChain(const Stmt& chain, CbAccess* access) {
  PostOrderVisit(chain, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    if (!call || !call->op.as<OpNode>()) return;
    const std::string name = OpName(call);
    if (name == "tt.pack_tile") {
      access->writes = StrArg(call, 1);
    } else if (const DeviceOp* op = FindDeviceOp(name); op && op->engine == 'F') {
      for (const PrimExpr& arg : call->args)
        if (const auto* cb = arg.as<StringImmNode>()) access->reads.insert(cb->value);
    }
  });
}

}  // namespace

bool AccessOf(const Stmt& stmt, CbAccess* access) {
  if (IsTileChain(stmt)) {
    AccessOfChain(stmt, access);
    return true;
  }
  const CallNode* call = AsTt(stmt);
  if (!call) return false;
  const std::string name = OpName(call);
  if (name == "tt.tile.store") {
    access->writes = StrArg(call, 0);
    ReadsOfExpr(call->args[1], &access->reads);
  } else if (name == "tt.mm.mma") {
    access->writes = StrArg(call, 0);
    access->reads = {StrArg(call, 1), StrArg(call, 2)};
    if (!is_one(call->args[4])) access->reads.insert(access->writes);
  } else if (name == "tt.read_to_cb" || name == "tt.index_tile" || name == "tt.cb_arrive") {
    access->writes = StrArg(call, 0);
  } else if (name == "tt.write_from_cb") {
    access->reads = {StrArg(call, 0)};
  } else {
    return false;
  }
  return true;
}

std::vector<CbSet> LiveAfterEach(const Array<Stmt>& seq, const CbSet& live_out) {
  std::vector<CbSet> after(seq.size());
  CbSet live = live_out;
  for (size_t i = seq.size(); i-- > 0;) {
    after[i] = live;
    live = LiveIn(seq[i], live);
  }
  return after;
}

namespace {

class AccumulationCheck : public StmtVisitor {
 public:
  AccumulationCheck(std::string cb, const ForNode* outer) : cb_(std::move(cb)), outer_(outer) {}
  bool ok = true;
  bool found = false;
  bool single = true;  // cleared at the first iteration alone

  void Run() { VisitStmt_(outer_); }

 private:
  void VisitStmt_(const ForNode* node) final {
    CbAccess access;
    if (AccessOf(GetRef<Stmt>(node), &access)) return Check(access, nullptr);
    const auto* extent = node->extent.as<IntImmNode>();
    if (!found && !(extent && extent->value > 0)) ok = ok && !Touches(node->body);
    first_.Set(node->loop_var, node->min);
    loops_.push_back(node);
    StmtVisitor::VisitStmt_(node);
    loops_.pop_back();
    first_.erase(node->loop_var);
  }
  void VisitStmt_(const IfThenElseNode* node) final {
    if (Touches(GetRef<Stmt>(node))) ok = false;
  }
  void VisitStmt_(const EvaluateNode* node) final {
    CbAccess access;
    if (AccessOf(GetRef<Stmt>(node), &access)) Check(access, AsTt(GetRef<Stmt>(node), "tt.mm.mma"));
  }
  bool Touches(const Stmt& stmt) {
    bool touches = false;
    PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
      if (const auto* s = ref.as<StringImmNode>()) touches = touches || s->value == cb_;
    });
    return touches;
  }
  void Check(const CbAccess& access, const CallNode* mma) {
    if (access.writes != cb_ && !access.reads.count(cb_)) return;
    if (!mma || access.writes != cb_ || StrArg(mma, 1) == cb_ || StrArg(mma, 2) == cb_) {
      ok = false;
      return;
    }
    if (!found) {
      arith::Analyzer analyzer;
      ok = ok && analyzer.CanProve(Substitute(mma->args[4], first_));
      // What every iteration clears is a value of its own in each, of which the loop leaves the last.
      const Var& turn = outer_->loop_var;
      ok = ok && UsesVar(mma->args[4], [&](const VarNode* var) { return var == turn.get(); });
      single = ffi::StructuralEqual()(analyzer.Simplify(mma->args[4]), FirstIteration(loops_));
      found = true;
    } else {
      single = single && is_zero(mma->args[4]);
    }
  }

  std::string cb_;
  const ForNode* outer_;
  Map<Var, PrimExpr> first_;
  std::vector<const ForNode*> loops_;
};

}  // namespace

bool IsSingleSum(const ForNode* loop, const std::string& cb) {
  AccumulationCheck check(cb, loop);
  check.Run();
  return check.ok && check.found && check.single;
}

PrimExpr FirstIteration(const std::vector<const ForNode*>& loops) {
  PrimExpr first = Bool(true);
  for (const ForNode* loop : loops) first = first && (loop->loop_var == loop->min);
  return arith::Analyzer().Simplify(first);
}

bool IsAccumulationLoop(const ForNode* loop, const std::string& cb) {
  AccumulationCheck check(cb, loop);
  check.Run();
  return check.ok && check.found;
}

CbSet LiveIn(const Stmt& stmt, const CbSet& live_out) {
  CbAccess access;
  if (AccessOf(stmt, &access)) {
    CbSet live = live_out;
    if (!access.writes.empty()) live.erase(access.writes);
    live.insert(access.reads.begin(), access.reads.end());
    return live;
  }
  if (const auto* seq = stmt.as<SeqStmtNode>()) {
    CbSet live = live_out;
    for (size_t i = seq->seq.size(); i-- > 0;) live = LiveIn(seq->seq[i], live);
    return live;
  }
  if (const auto* loop = stmt.as<ForNode>()) {
    if (loop->annotations.count(attr::kPersistentLoop)) return LiveIn(loop->body, {});
    CbSet at_end = live_out, head;
    do {
      head = LiveIn(loop->body, at_end);
      size_t before = at_end.size();
      at_end.insert(head.begin(), head.end());
      if (at_end.size() == before) break;
    } while (true);
    const auto* extent = loop->extent.as<IntImmNode>();
    CbSet live = head;
    if (!(extent && extent->value > 0)) live.insert(live_out.begin(), live_out.end());
    for (auto it = live.begin(); it != live.end();) it = IsAccumulationLoop(loop, *it) ? live.erase(it) : std::next(it);
    return live;
  }
  if (const auto* branch = stmt.as<IfThenElseNode>()) {
    CbSet live = LiveIn(branch->then_case, live_out);
    CbSet other = branch->else_case ? LiveIn(branch->else_case.value(), live_out) : live_out;
    live.insert(other.begin(), other.end());
    return live;
  }
  return live_out;
}

}  // namespace tltt::compiler

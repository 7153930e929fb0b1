#include "passes/absorb_fills.h"

#include <set>
#include <string>
#include <vector>

#include "analysis/liveness.h"
#include "analysis/touches.h"
#include "ir/ops.h"

namespace tltt::compiler {
namespace {

// Which CBs a statement touches, and how.
struct CbTouch {
  std::set<std::string> accumulated;  // by tt.mm.mma as its destination
  std::set<std::string> other;
};

void CollectTouch(const Stmt& stmt, CbTouch* touch) {
  PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    if (!call || !call->op.as<OpNode>()) return;
    const std::string name = OpName(call);
    if (name == "tt.mm.mma") {
      touch->accumulated.insert(StrArg(call, 0));
      touch->other.insert(StrArg(call, 1));
      touch->other.insert(StrArg(call, 2));
    } else if (name.rfind("tt.", 0) == 0) {
      for (const PrimExpr& arg : call->args)
        if (const auto* s = arg.as<StringImmNode>()) touch->other.insert(s->value);
    }
  });
}

// Gives the first matmul into `cb` inside `stmt` the operand clear = "first iteration of all loops around it", where
// `condition` holds.
class ClearSetter : public StmtMutator {
 public:
  ClearSetter(std::string cb, PrimExpr condition) : cb_(std::move(cb)), condition_(std::move(condition)) {}
  bool done = false;

 private:
  Stmt VisitStmt_(const ForNode* node) final {
    loops_.push_back(node);
    Stmt out = StmtMutator::VisitStmt_(node);
    loops_.pop_back();
    return out;
  }
  Stmt VisitStmt_(const EvaluateNode* node) final {
    const CallNode* call = AsTt(GetRef<Stmt>(node), "tt.mm.mma");
    if (!call || done || StrArg(call, 0) != cb_) return GetRef<Stmt>(node);
    done = true;
    Array<PrimExpr> args = call->args;
    args.Set(4, arith::Analyzer().Simplify((condition_ && FirstIteration(loops_)) || args[4]));
    return TtStmt("tt.mm.mma", args, node->span);
  }
  std::string cb_;
  PrimExpr condition_;
  std::vector<const ForNode*> loops_;
};

bool RunsAtLeastOnce(const Stmt& stmt) {
  bool sure = true;
  PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
    if (const auto* loop = ref.as<ForNode>()) {
      const auto* extent = loop->extent.as<IntImmNode>();
      sure = sure && extent && extent->value > 0;
    }
    sure = sure && !ref.as<IfThenElseNode>();
  });
  return sure;
}

class FillAbsorber : public StmtMutator {
  Stmt VisitStmt_(const SeqStmtNode* node) final {
    std::vector<Stmt> seq;
    for (const Stmt& s : node->seq) seq.push_back(VisitStmt(s));
    for (size_t i = 0; i < seq.size(); ++i) {
      const auto* branch = seq[i].as<IfThenElseNode>();
      const bool stable = branch && !branch->else_case && !ReadsMemory(branch->condition);
      const PrimExpr condition = stable ? branch->condition : Bool(true);
      const CallNode* store = AsTt(stable ? branch->then_case : seq[i], "tt.tile.store");
      const CallNode* fill = store ? AsTt(store->args[1], "tt.tile.fill") : nullptr;
      if (!fill || fill->args[0].as<FloatImmNode>()->value != 0) continue;
      const std::string cb = StrArg(store, 0);
      for (size_t j = i + 1; j < seq.size(); ++j) {
        CbTouch touch;
        CollectTouch(seq[j], &touch);
        if (touch.other.count(cb)) break;
        if (!touch.accumulated.count(cb)) continue;
        if (!RunsAtLeastOnce(seq[j])) break;
        ClearSetter setter(cb, condition);
        seq[j] = setter(seq[j]);
        seq[i] = Evaluate(0);
        break;
      }
    }
    return SeqStmt::Flatten(Array<Stmt>(seq.begin(), seq.end()));
  }
};

}  // namespace

Stmt AbsorbFills(const Stmt& body) { return FillAbsorber()(body); }

}  // namespace tltt::compiler

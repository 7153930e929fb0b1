#include "passes/thread_barriers.h"

#include <algorithm>

#include "ir/ops.h"
#include "passes/thread_allreduce.h"

namespace tltt::compiler {

namespace {

const CallNode* AsBarrier(const Stmt& stmt) {
  const auto* eval = stmt.as<EvaluateNode>();
  const auto* call = eval ? eval->value.as<CallNode>() : nullptr;
  return call && OpName(call) == "tirx.tvm_storage_sync" ? call : nullptr;
}

// Whether a statement has barriers, and all of them are of `count` threads: ("shared", id, count).
bool WaitsAmong(const Stmt& stmt, int64_t count) {
  bool any = false, all = true;
  PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
    const auto* node = ref.as<StmtNode>();
    if (!node) return;
    all = all && !AsAllreduce(GetRef<Stmt>(node));
    const CallNode* barrier = AsBarrier(GetRef<Stmt>(node));
    if (!barrier) return;
    any = true;
    const auto* of = barrier->args.size() > 2 ? barrier->args[2].as<IntImmNode>() : nullptr;
    all = all && of && of->value == count;
  });
  return any && all;
}

// A statement of the threads for which `condition` holds, divided at its barriers.
Stmt Guarded(const PrimExpr& condition, const Stmt& stmt) {
  if (IsBarrier(stmt)) return Evaluate(0);
  if (!ThreadsMeet(stmt)) return IfThenElse(condition, stmt, std::nullopt, stmt->span);
  if (const auto* seq = stmt.as<SeqStmtNode>())
    return SeqStmt::Flatten(seq->seq.Map([&](const Stmt& s) { return Guarded(condition, s); }));
  if (const auto* loop = stmt.as<ForNode>()) {
    auto copy = ffi::make_object<ForNode>(*loop);
    copy->body = Guarded(condition, loop->body);
    return Stmt(copy);
  }
  if (const auto* branch = stmt.as<IfThenElseNode>()) {
    Optional<Stmt> other;
    if (branch->else_case) other = Guarded(condition, branch->else_case.value());
    return IfThenElse(branch->condition, Guarded(condition, branch->then_case), other, branch->span);
  }
  return IfThenElse(condition, stmt, std::nullopt, stmt->span);
}

class Splitter : public StmtMutator {
 public:
  explicit Splitter(const std::vector<ThreadIndex>& threads) : threads_(threads) {}

 private:
  Stmt VisitStmt_(const IfThenElseNode* node) final {
    Stmt stmt = StmtMutator::VisitStmt_(node);
    const auto* branch = stmt.as<IfThenElseNode>();
    if (!branch || !ThreadsMeet(stmt)) return stmt;
    const int64_t count = CountThreads(branch->condition, threads_);
    if (count <= 0) return stmt;
    int64_t all = 1;
    for (const ThreadIndex& thread : threads_) all *= thread.extent;
    const bool then_meets = ThreadsMeet(branch->then_case);
    const bool else_meets = branch->else_case && ThreadsMeet(branch->else_case.value());
    if (then_meets && !WaitsAmong(branch->then_case, count)) return stmt;
    if (else_meets && !WaitsAmong(branch->else_case.value(), all - count)) return stmt;
    Array<Stmt> parts{Guarded(branch->condition, branch->then_case)};
    if (branch->else_case) parts.push_back(Guarded(!branch->condition, branch->else_case.value()));
    return SeqStmt::Flatten(parts);
  }
  const std::vector<ThreadIndex>& threads_;
};

}  // namespace

bool IsBarrier(const Stmt& stmt) { return AsBarrier(stmt) != nullptr; }

bool ThreadsMeet(const Stmt& stmt) {
  bool meet = false;
  PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
    const auto* inner = ref.as<StmtNode>();
    meet = meet || (inner && (IsBarrier(GetRef<Stmt>(inner)) || AsAllreduce(GetRef<Stmt>(inner))));
  });
  return meet;
}

int64_t CountThreads(const PrimExpr& condition, const std::vector<ThreadIndex>& threads) {
  bool alone = true, any = false;
  PostOrderVisit(condition, [&](const ffi::ObjectRef& ref) {
    const auto* var = ref.as<VarNode>();
    const bool index = var && std::any_of(threads.begin(), threads.end(),
                                          [&](const ThreadIndex& thread) { return thread.var.get() == var; });
    any = any || index;
    alone = alone && !(var && !index) && !ref.as<BufferLoadNode>() && !ref.as<CallNode>();
  });
  if (!alone || !any) return -1;
  int64_t all = 1, count = 0;
  for (const ThreadIndex& thread : threads) all *= thread.extent;
  arith::Analyzer analyzer;
  for (int64_t number = 0; number < all; ++number) {
    ffi::Map<Var, PrimExpr> place;
    int64_t rest = number;
    for (const ThreadIndex& thread : threads) {
      place.Set(thread.var, make_const(thread.var->dtype, rest % thread.extent));
      rest /= thread.extent;
    }
    count += !is_zero(analyzer.Simplify(Substitute(condition, place)));
  }
  return count;
}

Stmt SplitAtBarriers(const Stmt& body, const std::vector<ThreadIndex>& threads) { return Splitter(threads)(body); }

}  // namespace tltt::compiler

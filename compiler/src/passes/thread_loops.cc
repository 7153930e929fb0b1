#include "passes/thread_loops.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "analysis/touches.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/turns.h"
#include "passes/thread_allreduce.h"
#include "passes/thread_barriers.h"

namespace tltt::compiler {

namespace {

bool Leaves(const Stmt& body) {
  bool leaves = false;
  PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    const std::string name = call ? OpName(call) : "";
    leaves = leaves || name == "tl.loop_break" || name == "tirx.break_loop" || name == "tirx.continue_loop";
  });
  return leaves;
}

// The buffers that a body names outside of a part of it.
class UsedOutside : public StmtExprVisitor {
 public:
  UsedOutside(const Stmt& body, const Stmt& part) : part_(part) { VisitStmt(body); }
  bool Has(const Buffer& buffer) const { return used_.count(buffer.get()) > 0; }

 private:
  void VisitStmt(const Stmt& stmt) final {
    if (!stmt.same_as(part_)) StmtExprVisitor::VisitStmt(stmt);
  }
  void VisitExpr(const PrimExpr& expr) final {
    if (seen_.insert(expr.get()).second) StmtExprVisitor::VisitExpr(expr);
  }
  void VisitStmt_(const BufferStoreNode* node) final {
    used_.insert(node->buffer.get());
    StmtExprVisitor::VisitStmt_(node);
  }
  void VisitExpr_(const BufferLoadNode* node) final {
    used_.insert(node->buffer.get());
    StmtExprVisitor::VisitExpr_(node);
  }
  const Stmt part_;
  std::unordered_set<const ffi::Object*> seen_;
  std::unordered_set<const BufferNode*> used_;
};

class ThreadLoops {
 public:
  ThreadLoops(const std::vector<ThreadIndex>& threads, std::vector<Buffer>* allocs) : threads_(threads) {
    int64_t count = 1;
    for (const ThreadIndex& thread : threads) {
      indices_.insert(thread.var.get());
      linear_ = linear_.defined() ? linear_ + thread.var * make_const(thread.var->dtype, count) : PrimExpr(thread.var);
      count *= thread.extent;
    }
    for (Buffer& buffer : *allocs) {
      const std::string scope = buffer.scope();
      if (scope == "local" || scope == "local.var") candidates_.insert(buffer.get());
    }
    count_ = count;
    allocs_ = allocs;
  }

  Stmt Run(const Stmt& whole) {
    const Stmt body = SplitAtBarriers(whole, threads_);
    body_ = body;
    size_t before = 0;
    do {
      before = own_.size();
      FindOwn(body);
    } while (own_.size() != before);
    for (Buffer& buffer : *allocs_) {
      if (!own_.count(buffer.get())) continue;
      Array<PrimExpr> shape{Int(count_)};
      for (const PrimExpr& dim : buffer->shape) shape.push_back(dim);
      Buffer wide = decl_buffer(shape, buffer->dtype, buffer->name, "local");
      wide_.emplace(buffer.get(), wide);
      buffer = wide;
    }
    return Transform(body);
  }

 private:
  bool Differs(const PrimExpr& expr) const {
    bool differs = false;
    PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) { differs = differs || IsOwn(ref); });
    return differs;
  }
  bool Differs(const Stmt& stmt) const {
    bool differs = false;
    PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) { differs = differs || IsOwn(ref); });
    return differs;
  }
  bool IsOwn(const ffi::ObjectRef& ref) const {
    if (const auto* var = ref.as<VarNode>()) return indices_.count(var) > 0;
    if (const auto* load = ref.as<BufferLoadNode>()) return own_.count(load->buffer.get()) > 0;
    if (const auto* store = ref.as<BufferStoreNode>()) return own_.count(store->buffer.get()) > 0;
    return false;
  }

  // Control flow that all threads take together, with other statements inside.
  bool Together(const Stmt& stmt) const {
    if (const auto* loop = stmt.as<ForNode>()) {
      if (loop->kind == ForKind::kThreadBinding) return true;
      const bool elements = loop->kind == ForKind::kParallel || loop->kind == ForKind::kVectorized;
      return !elements && !Differs(loop->min) && !Differs(loop->extent) && !LeavesApart(loop->body, false);
    }
    if (const auto* branch = stmt.as<IfThenElseNode>()) return !Differs(branch->condition);
    if (const auto* loop = stmt.as<WhileNode>()) return !Differs(loop->condition) && !LeavesApart(loop->body, false);
    return stmt.as<SeqStmtNode>();
  }

  // Whether some threads leave the loop around `stmt`, or an iteration of it, where others do not. `apart`: under a
  // condition that differs between threads.
  bool LeavesApart(const Stmt& stmt, bool apart) const {
    if (const auto* seq = stmt.as<SeqStmtNode>())
      return std::any_of(seq->seq.begin(), seq->seq.end(), [&](const Stmt& s) { return LeavesApart(s, apart); });
    if (const auto* branch = stmt.as<IfThenElseNode>()) {
      const bool inside = apart || Differs(branch->condition);
      return LeavesApart(branch->then_case, inside) ||
             (branch->else_case && LeavesApart(branch->else_case.value(), inside));
    }
    return apart && stmt.as<EvaluateNode>() && Leaves(stmt);
  }

  // A core's own statements run in order: there is nobody to wait for.
  class WithoutBarriers : public StmtMutator {
   public:
    explicit WithoutBarriers(ThreadLoops* loops) : loops_(loops) {}

   private:
    Stmt VisitStmt_(const EvaluateNode* node) final {
      return IsBarrier(GetRef<Stmt>(node)) ? Evaluate(0) : GetRef<Stmt>(node);
    }
    Stmt VisitStmt_(const AttrStmtNode* node) final {
      return AsAllreduce(GetRef<Stmt>(node)) ? loops_->Allreduce(node) : StmtMutator::VisitStmt_(node);
    }
    ThreadLoops* loops_;
  };

  // Buffers that a statement writes which threads do apart are theirs; what all write together is one value for all.
  void FindOwn(const Stmt& stmt) {
    if (Together(stmt)) {
      if (const auto* seq = stmt.as<SeqStmtNode>())
        for (const Stmt& s : seq->seq) FindOwn(s);
      if (const auto* loop = stmt.as<ForNode>()) FindOwn(loop->body);
      if (const auto* loop = stmt.as<WhileNode>()) FindOwn(loop->body);
      if (const auto* branch = stmt.as<IfThenElseNode>()) {
        FindOwn(branch->then_case);
        if (branch->else_case) FindOwn(branch->else_case.value());
      }
      return;
    }
    if (const auto* branch = stmt.as<IfThenElseNode>(); IsOfSomeThreads(branch)) {
      // The other threads keep what they had.
      for (const Stmt& part : {branch->then_case, branch->else_case.value_or(Evaluate(0))}) {
        const UsedOutside elsewhere(body_, part);
        for (const auto& [buffer, touch] : Touches::Of(part).list())
          if (touch.written && candidates_.count(buffer.get()) && elsewhere.Has(buffer)) own_.insert(buffer.get());
      }
      return;
    }
    const AttrStmtNode* allreduce = AsAllreduce(stmt);
    if (allreduce ? GivesAllTheSame(allreduce, threads_) : !Differs(stmt)) return;
    for (const auto& [buffer, touch] : Touches::Of(stmt).list())
      if (touch.written && candidates_.count(buffer.get())) own_.insert(buffer.get());
  }

  // What some threads do together and the others do not: T.copy and T.Parallel under a condition on thread indices.
  bool IsOfSomeThreads(const IfThenElseNode* branch) const {
    if (!branch || CountThreads(branch->condition, threads_) < 0) return false;
    const Stmt whole = GetRef<Stmt>(branch);
    return !Differs(branch->then_case) && !(branch->else_case && Differs(branch->else_case.value())) &&
           !HasAtomics(whole) && !Leaves(whole) && !ThreadsMeet(whole);
  }

  // A core does it once, and both branches one after the other. Nothing where the statement is no such thing.
  std::optional<Stmt> OfSomeThreads(const IfThenElseNode* branch) {
    if (!IsOfSomeThreads(branch)) return std::nullopt;
    Array<Stmt> parts;
    if (CountThreads(branch->condition, threads_) > 0) parts.push_back(branch->then_case);
    if (branch->else_case && CountThreads(branch->condition, threads_) < count_)
      parts.push_back(branch->else_case.value());
    return parts.empty() ? Evaluate(0) : SeqStmt::Flatten(parts);
  }

  Stmt Transform(const Stmt& stmt) {
    if (auto part = OfSomeThreads(stmt.as<IfThenElseNode>())) return Transform(*part);
    if (const auto* allreduce = AsAllreduce(stmt)) return Allreduce(allreduce);
    if (IsBarrier(stmt)) return Evaluate(0);  // all come, whatever barriers they name
    if (!Together(stmt)) return Differs(stmt) ? Apart(stmt) : WithoutBarriers(this)(stmt);
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      Array<Stmt> out;
      for (const Stmt& s : seq->seq) out.push_back(Transform(s));
      return SeqStmt::Flatten(out);
    }
    if (const auto* loop = stmt.as<ForNode>()) {
      auto copy = ffi::make_object<ForNode>(*loop);
      copy->body = Transform(loop->body);
      return Stmt(copy);
    }
    if (const auto* loop = stmt.as<WhileNode>()) return While(loop->condition, Transform(loop->body), stmt->span);
    const auto* branch = stmt.as<IfThenElseNode>();
    Optional<Stmt> other;
    if (branch->else_case) other = Transform(branch->else_case.value());
    return IfThenElse(branch->condition, Transform(branch->then_case), other, stmt->span);
  }

  // One statement for every thread.
  Stmt Apart(const Stmt& stmt) {
    if (ThreadsMeet(stmt))
      Refuse(stmt->span, "threads wait for one another where not all of them come",
             "call T.sync_threads() outside of conditions and loops that differ between threads");
    PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
      const auto* loop = ref.as<ForNode>();
      if (loop && loop->kind == ForKind::kParallel && !StoresOwn(loop->body))
        Refuse(stmt->span, "a T.Parallel loop, which shares its iterations between threads, uses a thread index",
               "use the loop's variables, or T.serial");
    });
    return ForThreads(stmt);
  }

  Stmt ForThreads(const Stmt& stmt) {
    Stmt body = Own{this}(stmt);
    ffi::Map<Var, PrimExpr> fresh;
    std::vector<Var> vars;
    for (const ThreadIndex& thread : threads_) {
      vars.push_back(Var(thread.var->name_hint, thread.var->dtype));
      fresh.Set(thread.var, vars.back());
    }
    body = Substitute(body, fresh);
    for (size_t i = 0; i < vars.size(); ++i)
      body = For(vars[i], make_zero(vars[i]->dtype), make_const(vars[i]->dtype, threads_[i].extent), ForKind::kSerial,
                 body, std::nullopt, {}, std::nullopt, stmt->span);
    return body;
  }

  Stmt Allreduce(const AttrStmtNode* allreduce) {
    const AllreduceSteps steps = StepsOf(allreduce, threads_, allocs_);
    const Stmt results = Differs(steps.results) ? ForThreads(steps.results) : steps.results;
    return SeqStmt::Flatten(Array<Stmt>{steps.identities, ForThreads(steps.join), results});
  }

  bool StoresOwn(const Stmt& body) const {
    const auto touches = Touches::Of(body);
    return std::any_of(touches.list().begin(), touches.list().end(),
                       [&](const auto& item) { return item.second.written && own_.count(item.first.get()); });
  }

  class Own : public StmtExprMutator {
   public:
    explicit Own(const ThreadLoops* loops) : loops_(loops) {}

   private:
    Array<PrimExpr> WithThread(const Array<PrimExpr>& indices) const {
      Array<PrimExpr> out{loops_->linear_};
      for (const PrimExpr& index : indices) out.push_back(index);
      return out;
    }
    PrimExpr VisitExpr_(const BufferLoadNode* node) final {
      PrimExpr expr = StmtExprMutator::VisitExpr_(node);
      const auto* load = expr.as<BufferLoadNode>();
      auto it = loops_->wide_.find(load->buffer.get());
      return it == loops_->wide_.end() ? expr : BufferLoad(it->second, WithThread(load->indices), load->predicate);
    }
    Stmt VisitStmt_(const BufferStoreNode* node) final {
      Stmt stmt = StmtExprMutator::VisitStmt_(node);
      const auto* store = stmt.as<BufferStoreNode>();
      auto it = loops_->wide_.find(store->buffer.get());
      if (it == loops_->wide_.end()) return stmt;
      return BufferStore(it->second, store->value, WithThread(store->indices), store->predicate, node->span);
    }
    // Regions of tile operations: (first element, access, extents).
    PrimExpr VisitExpr_(const CallNode* node) final {
      PrimExpr expr = StmtExprMutator::VisitExpr_(node);
      if (!IsRegion(node)) return expr;
      const auto* before = node->args[0].as<BufferLoadNode>();
      if (!before || !loops_->wide_.count(before->buffer.get())) return expr;
      const auto* call = expr.as<CallNode>();
      Array<PrimExpr> args{call->args[0], call->args[1], Int(1)};
      for (size_t i = 2; i < call->args.size(); ++i) args.push_back(call->args[i]);
      return Call(call->dtype, call->op, args, call->annotations, call->span);
    }
    const ThreadLoops* loops_;
  };

  const std::vector<ThreadIndex>& threads_;
  std::vector<Buffer>* allocs_;
  std::unordered_set<const VarNode*> indices_;
  PrimExpr linear_;  // the number of a thread in its block
  int64_t count_ = 1;
  std::unordered_set<const BufferNode*> candidates_, own_;  // buffers of threads
  Stmt body_;                                               // the whole
  std::unordered_map<const BufferNode*, Buffer> wide_;      // with an axis of threads
};

}  // namespace

Stmt LoopOverThreads(const Stmt& body, const std::vector<ThreadIndex>& threads, std::vector<Buffer>* allocs) {
  return ThreadLoops(threads, allocs).Run(body);
}

}  // namespace tltt::compiler

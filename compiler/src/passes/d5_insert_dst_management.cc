// D5: block operations of the compute kernel become loops over DST sub-blocks, with the DST lifecycle (acquire,
// compute, commit, wait, pack, release) and the compute side of the circular buffer protocol (wait, pop, reserve,
// push).
//
// Before: for k in serial(32): tt.cb_arrive("cb_in0"); tt.cb_arrive("cb_in1"); tt.mm.mma("cb_intermed0", ..., k == 0,
// 4, 4, 1) After:  tt.cb_reserve_back("cb_intermed0", 16)
//         for k in serial(32):
//           tt.cb_wait_front("cb_in0", 4); tt.cb_wait_front("cb_in1", 4)
//           tt.pack_reconfig_l1_acc(k != 0)
//           for sr, sc in 2x2 sub-blocks:
//             tt.tile_regs_acquire(); tt.matmul_block(...); tt.tile_regs_commit(); tt.tile_regs_wait()
//             tt.pack_tile(...); tt.tile_regs_release()
//           tt.cb_pop_front("cb_in0", 4); tt.cb_pop_front("cb_in1", 4)
//         tt.pack_reconfig_l1_acc(0)
//         tt.cb_push_back("cb_intermed0", 16); tt.cb_wait_front("cb_intermed0", 16)
//
// A buffer holds a version from the statement that fills it to its last reader, by liveness; it is waited for when
// filled and popped when dead. A sum over a loop stays in DST while it fits and nothing else computes in between, else
// the packer accumulates in L1. Establishes: on every path reserve, pack, push and wait, use, pop are balanced.
#include <utility>

#include "analysis/liveness.h"
#include "ir/diagnostics.h"
#include "passes/dst_blocks.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

class DstManagement {
 public:
  explicit DstManagement(const PrimFunc& func)
      : cbs_(CbTable::FromFunc(func)), blocks_(&cbs_, func), fuse_(OptionOf(TargetOf(func), "fuse_epilogues")) {}

  Stmt Run(const Stmt& body) { return Visit(body, {}); }

 private:
  Stmt Visit(const Stmt& stmt, const CbSet& live_out) {
    CbAccess access;
    if (AccessOf(stmt, &access)) return Leaf(stmt, access);
    if (const auto* seq = stmt.as<SeqStmtNode>()) return VisitSeq(seq->seq, live_out);
    if (const auto* loop = stmt.as<ForNode>()) return VisitFor(loop, live_out);
    if (const auto* branch = stmt.as<IfThenElseNode>()) return VisitIf(branch, live_out);
    return stmt;
  }

  Stmt VisitSeq(const Array<Stmt>& seq, const CbSet& live_out) {
    std::vector<CbSet> after = LiveAfterEach(seq, live_out);
    Array<Stmt> out;
    for (size_t i = 0; i < seq.size(); ++i) {
      const auto* loop = seq[i].as<ForNode>();
      // A sum that stays in DST takes the chain that follows it along.
      if (fuse_ && loop && i + 1 < seq.size() && IsTileChain(seq[i + 1])) {
        if (auto fused = SumInDst(loop, seq[i + 1], after[i + 1])) {
          out.push_back(fused.value());
          ++i;
          PopDead(after[i], seq[i]->span, &out);
          continue;
        }
      }
      out.push_back(Visit(seq[i], after[i]));
      PopDead(after[i], seq[i]->span, &out);
    }
    return SeqStmt::Flatten(out);
  }

  void PopDead(const CbSet& live, const Span& span, Array<Stmt>* out) {
    for (auto it = ready_.begin(); it != ready_.end();) {
      if (live.count(*it)) {
        ++it;
        continue;
      }
      out->push_back(Cb("tt.cb_pop_front", *it, span));
      it = ready_.erase(it);
    }
  }

  Stmt VisitFor(const ForNode* loop, const CbSet& live_out) {
    // What stands in front of the loop over the blocks serves all of them.
    if (loop->annotations.count(attr::kPersistentLoop)) return WithBody(loop, Visit(loop->body, CbSet(ready_)));
    if (auto in_dst = SumInDst(loop, std::nullopt, live_out)) return in_dst.value();
    CbSet sums;
    for (const CbRecord& cb : cbs_.records())
      if (!accumulating_.count(cb.name) && IsAccumulationLoop(loop, cb.name)) sums.insert(cb.name);
    Array<Stmt> before, after;
    for (const auto& cb : sums) before.push_back(Cb("tt.cb_reserve_back", cb, loop->span));
    accumulating_.insert(sums.begin(), sums.end());
    const bool outer_packs = other_packs_;
    if (!sums.empty()) other_packs_ = PacksElsewhere(loop->body);

    // What lives at the loop's head lives at its end.
    CbSet at_end = live_out;
    for (size_t size = at_end.size() + 1; size != at_end.size();) {
      size = at_end.size();
      CbSet head = LiveIn(loop->body, at_end);
      for (const auto& cb : head)
        if (!accumulating_.count(cb)) at_end.insert(cb);
    }
    const CbSet entry = ready_;
    Array<Stmt>
        head;  // versions that a later iteration, or the code behind the loop, would need if this one did not run
    CbSet needed = LiveIn(loop->body, at_end);
    needed.insert(accumulating_.begin(), accumulating_.end());
    PopDead(needed, loop->span, &head);
    // Several steps of the sum at a time: the loop runs over groups of them.
    int64_t steps = 1;
    Stmt taken = loop->body;
    if (auto it = loop->annotations.find(attr::kStepsAtOnce); it != loop->annotations.end() && !sums.empty()) {
      steps = (*it).second.cast<Array<Integer>>()[1]->value;
      if (steps > 1) taken = Substitute(taken, {{loop->loop_var, loop->loop_var * Int(steps)}});
    }
    const int64_t outer_steps = std::exchange(steps_, steps);
    Stmt body = SeqStmt::Flatten(head, Visit(taken, at_end));
    steps_ = outer_steps;
    Array<Stmt> stale;  // versions that the iteration before left for the code behind the loop
    for (const auto& cb : ready_)
      if (!entry.count(cb)) stale.push_back(Cb("tt.cb_pop_front", cb, loop->span));
    if (!stale.empty()) body = SeqStmt::Flatten(IfThenElse(loop->loop_var > loop->min, SeqStmt::Flatten(stale)), body);

    if (!sums.empty() && !other_packs_) after.push_back(TtStmt("tt.pack_reconfig_l1_acc", {Int(0)}, loop->span));
    other_packs_ = outer_packs;
    for (const auto& cb : sums) {
      accumulating_.erase(cb);
      after.push_back(Cb("tt.cb_push_back", cb, loop->span));
      after.push_back(Cb("tt.cb_wait_front", cb, loop->span));
      ready_.insert(cb);
    }
    return SeqStmt::Flatten(before, Grouped(loop, body, steps), after);
  }

  Stmt VisitIf(const IfThenElseNode* branch, const CbSet& live_out) {
    const CbSet entry = ready_;
    auto visit = [&](const Stmt& body) {
      ready_ = entry;
      Array<Stmt> seq;
      PopDead(LiveIn(body, live_out), branch->span, &seq);  // what only the other branch still needs
      seq.push_back(Visit(body, live_out));
      PopDead(live_out, branch->span, &seq);
      return SeqStmt::Flatten(seq);
    };
    Stmt then_case = visit(branch->then_case);
    const CbSet after_then = ready_;
    Stmt else_case = visit(branch->else_case ? branch->else_case.value() : Stmt(Evaluate(0)));
    if (ready_ != after_then) BrokenContract("D5", "the branches of an `if` leave different buffers filled");
    const auto* nothing = else_case.as<EvaluateNode>();
    Optional<Stmt> otherwise;
    if (!nothing || !nothing->value.as<IntImmNode>()) otherwise = else_case;
    return IfThenElse(branch->condition, then_case, otherwise, branch->span);
  }

  Stmt Leaf(const Stmt& stmt, const CbAccess& access) {
    const Span span = stmt->span;
    if (AsTt(stmt, "tt.cb_arrive")) {
      ready_.insert(access.writes);
      return Cb("tt.cb_wait_front", access.writes, span);
    }
    const CallNode* mma = AsTt(stmt, "tt.mm.mma");
    const std::string& out = access.writes;
    for (const auto& cb : access.reads) {
      if (ready_.count(cb) || (cb == out && accumulating_.count(cb))) continue;
      BrokenContract("D5", cb + " is read before anything was written to it");
    }
    if (mma && accumulating_.count(out)) {
      PrimExpr accumulate = arith::Analyzer().Simplify(!mma->args[4]);
      return SeqStmt::Flatten(TtStmt("tt.pack_reconfig_l1_acc", {accumulate}, span),
                              blocks_.Matmul(mma, std::nullopt, span, steps_),
                              other_packs_ ? TtStmt("tt.pack_reconfig_l1_acc", {Int(0)}, span) : Stmt(Evaluate(0)));
    }
    const bool from_old = access.reads.count(out) > 0;
    if (mma && from_old && !is_zero(mma->args[4])) {
      Refuse(span,
             "T.gemm with a clear_accum that changes between iterations is supported only where the loop does nothing "
             "else with the accumulator",
             "T.clear the accumulator in front of the loop");
    }
    if (cbs_.at(out).InChunks()) return blocks_.Chain(stmt.as<ForNode>());
    Array<Stmt> seq{Cb("tt.cb_reserve_back", out, span)};
    if (mma) {
      seq.push_back(blocks_.Matmul(mma, from_old ? std::optional<std::string>(out) : std::nullopt, span));
    } else {
      seq.push_back(blocks_.Chain(stmt.as<ForNode>()));
    }
    seq.push_back(Cb("tt.cb_push_back", out, span));
    if (from_old) seq.push_back(Cb("tt.cb_pop_front", out, span));
    if (cbs_.at(out).kind != "output") {
      seq.push_back(Cb("tt.cb_wait_front", out, span));
      ready_.insert(out);
    }
    return SeqStmt::Flatten(seq);
  }

  // Whether something besides the running sums packs inside their loop, and must find accumulation switched off.
  bool PacksElsewhere(const Stmt& body) const {
    bool packs = false;
    PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
      CbAccess access;
      const auto* stmt = ref.as<StmtNode>();
      if (!stmt || !AccessOf(GetRef<Stmt>(stmt), &access) || AsTt(GetRef<Stmt>(stmt), "tt.cb_arrive")) return;
      packs = packs || (!access.writes.empty() && !accumulating_.count(access.writes));
    });
    return packs;
  }

  // The loop's sum in DST from the first to the last iteration; null where it does not fit or other work interleaves.
  std::optional<Stmt> SumInDst(const ForNode* loop, const Optional<Stmt>& chain, const CbSet& live_after) {
    if (loop->annotations.count(attr::kPersistentLoop) || IsTileChain(GetRef<Stmt>(loop))) return std::nullopt;
    if (!accumulating_.empty()) return std::nullopt;
    std::string sum;
    bool alone = true;
    PostOrderVisit(loop->body, [&](const ffi::ObjectRef& ref) {
      CbAccess access;
      const auto* stmt = ref.as<StmtNode>();
      if (!stmt || !AccessOf(GetRef<Stmt>(stmt), &access) || AsTt(GetRef<Stmt>(stmt), "tt.cb_arrive")) return;
      alone = alone && AsTt(GetRef<Stmt>(stmt), "tt.mm.mma") && (sum.empty() || sum == access.writes);
      sum = access.writes;
    });
    if (!alone || sum.empty() || !IsSingleSum(loop, sum)) return std::nullopt;
    if (!blocks_.FitsDst(sum)) return std::nullopt;
    const ForNode* epilogue = nullptr;
    CbAccess access;
    if (chain) {
      AccessOf(chain.value(), &access);
      if (!access.reads.count(sum)) return std::nullopt;
      const CbRecord& result = cbs_.at(access.writes);
      if (result.ChunkTiles() != result.Tiles()) return std::nullopt;
      if ((live_after.count(sum) && access.writes != sum) || !blocks_.CanTakeFromDst(chain.value().as<ForNode>(), sum))
        return std::nullopt;
      for (const auto& cb : access.reads)
        if (cb != sum && !ready_.count(cb)) return std::nullopt;
      epilogue = chain.value().as<ForNode>();
    }
    Stmt body = InDstBody(loop->body);
    const std::string out = epilogue ? access.writes : sum;
    Array<Stmt> seq{TtStmt("tt.tile_regs_acquire", {}, loop->span), WithBody(loop, body)};
    const Span& drained = epilogue ? epilogue->span : loop->span;
    seq.push_back(blocks_.DrainSum(sum, out, epilogue, drained));
    seq.push_back(Cb("tt.cb_push_back", out, drained));
    if (cbs_.at(out).kind != "output") {
      seq.push_back(Cb("tt.cb_wait_front", out, drained));
      ready_.insert(out);
    }
    return SeqStmt::Flatten(seq);
  }

  Stmt InDstBody(const Stmt& stmt) {
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      std::vector<CbSet> after = LiveAfterEach(seq->seq, ready_);
      Array<Stmt> out;
      for (size_t i = 0; i < seq->seq.size(); ++i) {
        out.push_back(InDstBody(seq->seq[i]));
        CbSet live = after[i];
        PopDead(live, seq->seq[i]->span, &out);
      }
      return SeqStmt::Flatten(out);
    }
    if (const auto* loop = stmt.as<ForNode>()) return WithBody(loop, InDstBody(loop->body));
    if (const CallNode* mma = AsTt(stmt, "tt.mm.mma")) return blocks_.MatmulIntoDst(mma, stmt->span);
    if (AsTt(stmt, "tt.cb_arrive")) return Visit(stmt, {});
    return stmt;
  }

  static Stmt Grouped(const ForNode* loop, const Stmt& body, int64_t steps) {
    if (steps == 1) return WithBody(loop, body);
    auto copy = ffi::make_object<ForNode>(*loop);
    copy->extent = Int(loop->extent.as<IntImmNode>()->value / steps);
    copy->body = body;
    if (is_one(copy->extent)) return Substitute(body, Map<Var, PrimExpr>{{loop->loop_var, Int(0)}});
    return Stmt(copy);
  }

  static Stmt WithBody(const ForNode* loop, Stmt body) {
    auto copy = ffi::make_object<ForNode>(*loop);
    copy->body = std::move(body);
    return Stmt(copy);
  }

  Stmt Cb(const char* op, const std::string& cb, const Span& span) {
    const CbRecord& record = cbs_.at(cb);
    return TtStmt(op, {Str(cb), Int(record.Tiles() * (record.kind == "input" ? steps_ : 1))}, span);
  }

  CbTable cbs_;
  DstBlocks blocks_;
  CbSet ready_;         // buffers with a version at their front
  CbSet accumulating_;  // buffers reserved for a sum that the packer accumulates
  bool fuse_;
  int64_t steps_ = 1;  // blocks of each operand that the loop at hand takes at once
  bool other_packs_ = false;
};

// A sum that stays in DST until its epilogue needs no buffer.
PrimFunc WithoutUnused(PrimFunc func) {
  CbSet used;
  PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
    if (const auto* s = ref.as<StringImmNode>()) used.insert(s->value);
  });
  Map<String, Any> indices;
  for (const auto& [cb, index] : func->GetAttr<Map<String, Any>>(attr::kCbIndices).value())
    if (used.count(cb)) indices.Set(cb, index);
  ComputeRecord compute = ComputeOf(func);
  std::erase_if(compute.unpack_to_dest, [&](const std::string& cb) { return used.count(cb) == 0; });
  return WithAttr(WithCompute(std::move(func), compute), attr::kCbIndices, indices);
}

}  // namespace

Pass InsertDSTManagement() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) {
    auto role = func->GetAttr<String>(attr::kKernelRole);
    if (!role || role.value() != "compute") return func;
    Stmt body = DstManagement(func).Run(func->body);
    func.CopyOnWrite()->body = body;
    func = WithoutUnused(std::move(func));
    return WithAttr(std::move(func), attr::kDstManagementInserted, Integer(1));
  };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.InsertDSTManagement", {});
}

}  // namespace tltt::compiler

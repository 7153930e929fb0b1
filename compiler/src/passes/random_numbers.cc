#include "passes/random_numbers.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/remarks.h"
#include "ir/span_scope.h"

namespace tltt::compiler {
namespace {

const DataType kWord32 = DataType::UInt(32), kWord64 = DataType::UInt(64);

bool IsDraw(const CallNode* call) { return OpName(call) == "tl.rng_rand" || OpName(call) == "tl.rng_rand_float"; }
bool IsInit(const CallNode* call) { return OpName(call) == "tl.rng_init"; }

bool Draws(const ffi::ObjectRef& part) {
  bool draws = false;
  PostOrderVisit(part, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    draws = draws || (call && IsDraw(call));
  });
  return draws;
}

PrimExpr Function(const char* name, const PrimExpr& x) { return Call(x->dtype, Op::Get(name), {x}); }

// Three numbers: seed, sequence, and how many of the sequence have been drawn.
struct State {
  Buffer buffer;

  PrimExpr At(int i) const { return BufferLoad(buffer, {Int(i)}); }
  Stmt Set(int i, const PrimExpr& value, const Span& span) const {
    return BufferStore(buffer, cast(kWord64, value), {Int(i)}, std::nullopt, span);
  }
};

// Who draws: threads, or T.Parallel loops.
class Survey : public StmtExprVisitor {
 public:
  bool alone = false, together = false;

 private:
  using StmtExprVisitor::VisitExpr_;
  void VisitStmt_(const ForNode* node) final {
    const bool outer = parallel_;
    parallel_ = parallel_ || node->kind == ForKind::kParallel;
    StmtExprVisitor::VisitStmt_(node);
    parallel_ = outer;
  }
  void VisitExpr_(const CallNode* node) final {
    if (IsDraw(node)) (parallel_ ? together : alone) = true;
    StmtExprVisitor::VisitExpr_(node);
  }
  bool parallel_ = false;
};

class Drawer : public StmtExprMutator {
 public:
  explicit Drawer(const Stmt& body) {
    Survey survey;
    survey(body);
    both_ = survey.alone && survey.together;
  }
  std::vector<Remark> remarks;
  bool initialised = false, drawn = false;

 private:
  using StmtExprMutator::VisitExpr_;

  Stmt VisitStmt(const Stmt& stmt) final {
    const SpanScope scope(&span_, stmt);
    return AtPlaceOf(stmt, StmtExprMutator::VisitStmt(stmt));
  }

  Stmt VisitStmt_(const ForNode* node) final {
    RequireNone(node->min, "the bounds of a loop");
    RequireNone(node->extent, "the bounds of a loop");
    if (node->kind == ForKind::kThreadBinding && node->thread_binding &&
        std::string(node->thread_binding.value()->thread_tag).rfind("threadIdx.", 0) == 0)
      first_thread_.Set(node->loop_var, make_zero(node->loop_var.dtype()));
    const bool outer = parallel_;
    parallel_ = parallel_ || node->kind == ForKind::kParallel;
    Stmt out = StmtExprMutator::VisitStmt_(node);
    parallel_ = outer;
    return out;
  }
  Stmt VisitStmt_(const WhileNode* node) final {
    RequireNone(node->condition, "the condition of a loop");
    return StmtExprMutator::VisitStmt_(node);
  }
  void RequireNone(const PrimExpr& expr, const std::string& where) {
    if (Draws(expr)) Refuse(span_, "a random number is drawn in " + where, "give it a name first");
  }

  Stmt VisitStmt_(const IfThenElseNode* node) final {
    if (!Draws(node->condition)) return StmtExprMutator::VisitStmt_(node);
    Var condition("drawn", node->condition->dtype);
    Stmt name = WithCount(Bind(condition, VisitExpr(node->condition), node->span), node->span);
    Optional<Stmt> other;
    if (node->else_case) other = VisitStmt(node->else_case.value());
    return SeqStmt::Flatten(name, IfThenElse(condition, VisitStmt(node->then_case), other, node->span));
  }
  Stmt VisitStmt_(const BindNode* node) final {
    if (AsThreadIndex(node->value)) {
      first_thread_.Set(node->var, make_zero(node->var.dtype()));
    } else if (node->value->dtype.is_int() && !Draws(node->value)) {
      first_thread_.Set(node->var, Substitute(node->value, first_thread_));
    }
    return WithCount(StmtExprMutator::VisitStmt_(node), node->span);
  }
  Stmt VisitStmt_(const BufferStoreNode* node) final {
    return WithCount(StmtExprMutator::VisitStmt_(node), node->span);
  }
  Stmt VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    if (call && IsInit(call)) return Init(call, node->span);
    if (call && OpName(call).rfind("tl.tileop.", 0) == 0 && Draws(node->value))
      Refuse(span_, "a random number is drawn in `" + OpName(call) + "`, once for all elements",
             "draw in a T.Parallel over the elements");
    return WithCount(StmtExprMutator::VisitStmt_(node), node->span);
  }

  Stmt Init(const CallNode* call, const Span& span) {
    Array<Stmt> seq;
    if (!std::exchange(initialised, true))
      for (const State* state : {&threads_, &block_}) seq.push_back(AllocBuffer(state->buffer, {}, span));
    const auto* generator = call->args[3].as<StringImmNode>();
    if (generator && generator->value != "curandStatePhilox4_32_10_t")
      remarks.push_back(
          {"T.rng_init with " + std::string(generator->value) + ": numbers are those of Philox4x32-10", span_});
    for (int i = 0; i < 3; ++i) seq.push_back(threads_.Set(i, VisitExpr(call->args[i]), span));
    for (int i = 0; i < 3; ++i) {
      PrimExpr first = cast(kWord64, Substitute(VisitExpr(call->args[i]), first_thread_));
      // The block's numbers are none of a thread's.
      if (i == 1 && both_) first = first | make_const(kWord64, int64_t{1} << 62);
      seq.push_back(block_.Set(i, first, span));
    }
    return SeqStmt(seq);
  }

  PrimExpr VisitExpr_(const CallNode* node) final {
    if (IsDraw(node)) return Draw(node);
    if (node->op.same_as(builtin::if_then_else())) {
      for (int branch : {1, 2}) RequireNone(node->args[branch], "a branch of an expression");
    }
    return StmtExprMutator::VisitExpr_(node);
  }

  const State& Own() const { return parallel_ ? block_ : threads_; }

  PrimExpr Word() {
    drawn = true;
    const State& state = Own();
    return TtCall("tt.philox", {state.At(0), state.At(1), state.At(2) + make_const(kWord64, count_++)}, kWord32);
  }

  // Above 0 and up to 1: the middle of one of 2^32 steps, or of 2^53 in 64 bits.
  PrimExpr Uniform(DataType dtype) {
    if (dtype.bits() == 32)
      return cast(dtype, Word()) * FloatImm(dtype, std::ldexp(1.0, -32)) + FloatImm(dtype, std::ldexp(1.0, -33));
    const PrimExpr low = cast(kWord64, Word()), high = cast(kWord64, Word()) << make_const(kWord64, 21);
    return cast(dtype, low ^ high) * FloatImm(dtype, std::ldexp(1.0, -53)) + FloatImm(dtype, std::ldexp(1.0, -54));
  }

  PrimExpr Draw(const CallNode* call) {
    if (OpName(call) == "tl.rng_rand") return Word();
    const DataType dtype = call->dtype;
    const PrimExpr radius = Uniform(dtype);
    if (StrArg(call, 0) == "uniform") return radius;
    // Box and Muller's: a radius and an angle.
    const PrimExpr angle = Uniform(dtype) * FloatImm(dtype, 2 * std::acos(-1.0));
    return Function("tirx.sqrt", Function("tirx.log", radius) * FloatImm(dtype, -2.0)) * Function("tirx.sin", angle);
  }

  // The statement, and behind it that its numbers are gone.
  Stmt WithCount(const Stmt& stmt, const Span& span) {
    if (count_ == 0) return stmt;
    const State& state = Own();
    Stmt count = state.Set(2, state.At(2) + make_const(kWord64, count_), span);
    count_ = 0;
    return SeqStmt({stmt, count});
  }

  static State Make(const char* name) { return {decl_buffer({Int(3)}, kWord64, name, "local")}; }

  const State threads_ = Make("rng_state"), block_ = Make("rng_block");
  Map<Var, PrimExpr> first_thread_;  // indices of threads as 0, and what is computed with them
  bool both_ = false;                // threads draw, and so does a T.Parallel
  bool parallel_ = false;
  int count_ = 0;  // words that the statement has drawn
  Span span_;
};

}  // namespace

PrimFunc WithRandomNumbers(PrimFunc func) {
  bool any = false;
  PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    any = any || (call && (IsDraw(call) || IsInit(call)));
  });
  if (!any) return func;
  Drawer drawer(func->body);
  Stmt body = drawer(func->body);
  if (drawer.drawn && !drawer.initialised)
    Refuse(func->span, "random numbers are drawn and no T.rng_init says from where", "call T.rng_init first");
  func.CopyOnWrite()->body = body;
  return WithRemarks(std::move(func), drawer.remarks);
}

}  // namespace tltt::compiler

// Frontend: chooses the statements that no tile operation covers and gives them to a data-movement core.
//
// Before:                                        After:
//   T.copy(A[by * 32, 0], x)                       T.copy(A[by * 32, 0], x)
//   for i, j in T.Parallel(32, 64):                T.copy(x, x_out); T.copy(x_out, x_rows)
//     y[i, j] = x[i, j ^ 1]                        with attr("tt.riscv", "reader"):
//   T.gemm(y, w, c)                                  for i: for j: y_rows[i, j] = x_rows[i, j ^ 1]
//                                                  T.copy(y_rows, y)
//                                                  T.gemm(y, w, c)
//
// A statement runs on a RISC-V core when a tile pass refused it (the driver of the pipeline hands its place and the
// reason over in tt.riscv_sites), when it touches a dtype that has no tile arithmetic, or when control flow in it
// depends on data, or when it prints or asserts. Operands of T.gemm in fp8 are widened here and stay with the matrix
// engine. Buffers that such statements share are rows in the L1 of one core; buffers that tile operations
// touch as well are copied between rows and tiles through circular buffers of their own. A tensor that such a statement
// writes is touched by such statements alone, so that one core sees its own writes in order.
//
// Establishes: every statement outside of tt.riscv is one that the tile passes are asked to cover.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/access.h"
#include "analysis/data_scalars.h"
#include "analysis/element_loops.h"
#include "analysis/touches.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "ir/riscv.h"
#include "ir/turns.h"
#include "passes/give_to_riscv.h"
#include "passes/passes.h"
#include "passes/widen_operands.h"

namespace tltt::compiler {
namespace {

// "T.print" or "T.device_assert", if the statement is one.
std::string DebugCall(const Stmt& stmt) {
  const auto* eval = stmt.as<EvaluateNode>();
  const auto* call = eval ? eval->value.as<CallNode>() : nullptr;
  const std::string name = call ? OpName(call) : "";
  if (name.rfind("tl.device_assert", 0) == 0) return "T.device_assert";
  if (name == "tirx.call_extern" && StrArg(call, 0).rfind("debug_print_", 0) == 0) return "T.print";
  return "";
}

// The statement without numbers that every core reads out of tensors for itself.
Stmt WithoutData(const DataScalars& data, const Stmt& stmt) {
  std::function<PrimExpr(const PrimExpr&)> place;
  ReplaceData replace(
      &data, [](const BufferLoad& load) { return make_zero(load->dtype); },
      [&](const PrimExpr& index) { return place(index); });
  place = [&](const PrimExpr& index) { return data.Known(index) ? make_zero(index->dtype) : replace(index); };
  return replace(stmt);
}

class Chooser {
 public:
  Chooser(std::vector<Refusal> sites, const DataScalars* data)
      : sites_(std::move(sites)), used_(sites_.size()), data_(data) {}

  // Statements for a RISC-V core, with the reason of each.
  Choices Run(const Stmt& body) {
    for (bool leaves : {true, false}) {
      leaves_ = leaves;
      Visit(body);
    }
    for (size_t before = 0; before != chosen_.size();) {
      before = chosen_.size();
      FollowVariables(body);
      FollowTensors(body);
      FollowControl(body);
    }
    return std::move(chosen_);
  }

 private:
  void Visit(const Stmt& stmt) {
    if (chosen_.count(stmt.get()) || IsNothing(stmt)) return;
    const Span span = stmt->span;
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      for (const Stmt& s : seq->seq) Visit(s);
      return;
    }
    if (const auto* loop = stmt.as<ForNode>(); loop && loop->kind == ForKind::kThreadBinding) return Visit(loop->body);
    if (const auto* loop = stmt.as<ForNode>(); loop && !IsElementLoop(loop)) {
      if (!data_->Known(loop->min) || !data_->Known(loop->extent)) return Choose(stmt, "a loop bound depends on data");
      if (LeavesLoop(loop->body)) return Choose(stmt, "a loop is left early");
      Visit(loop->body);
      if (!leaves_) MatchSites(stmt, false);
      return;
    }
    if (const auto* branch = stmt.as<IfThenElseNode>()) {
      if (!data_->Known(branch->condition)) return Choose(stmt, "the condition of an `if` depends on data");
      Visit(branch->then_case);
      if (branch->else_case) Visit(branch->else_case.value());
      if (!leaves_) MatchSites(stmt, false);
      return;
    }
    if (stmt.as<WhileNode>()) return Choose(stmt, "a `while` loop has no tile form");
    if (!leaves_) return;
    if (const std::string call = DebugCall(stmt); !call.empty()) return Choose(stmt, call + " has no tile form");
    if (HasAtomics(stmt))
      return Choose(stmt, UpdatesTensors(stmt) ? "blocks update a tensor together, one core at a time"
                                               : "an atomic operation has no tile form");
    for (const auto& [buffer, touch] : Touches::Of(WithoutData(*data_, stmt)).list()) {
      const std::string dtype = ffi::DLDataTypeToString(buffer->dtype);
      if (!IsScalarVariable(buffer) && !HasTileArithmetic(dtype) && !IsWord(dtype))
        return Choose(stmt, "dtype " + dtype + " of `" + std::string(buffer->name) + "` has no tile arithmetic");
    }
    MatchSites(stmt, true);
  }

  // Sites name a statement by its place or by that of a statement inside. Control flow is meant where no leaf is.
  void MatchSites(const Stmt& stmt, bool inside) {
    for (size_t i = 0; i < sites_.size(); ++i) {
      if (!inside && used_[i]) continue;
      bool match = SamePlace(stmt->span, sites_[i].span);
      if (inside)
        PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
          const auto* inner = ref.as<StmtNode>();
          match = match || (inner && SamePlace(inner->span, sites_[i].span));
        });
      if (!match) continue;
      used_[i] = true;
      Choose(stmt, sites_[i].what);
      return;
    }
  }

  void Choose(const Stmt& stmt, const std::string& reason) { chosen_.emplace(stmt.get(), Choice{reason, stmt->span}); }

  // A scalar variable is one core's, or a number that every core computes for itself, which a chosen statement may only
  // read: else all of the statements that touch it are chosen.
  void FollowVariables(const Stmt& body) {
    Touches here;
    ForEachChosen(body, [&](const Stmt& stmt) {
      for (const auto& [buffer, touch] : Touches::Of(stmt).list())
        if (IsScalarVariable(buffer) && (touch.written || !data_->IsCommon(buffer))) here[buffer].read = true;
    });
    ForEachOther(body, [&](const Stmt& stmt) {
      for (const auto& [buffer, touch] : Touches::Of(stmt).list()) {
        if (!IsScalarVariable(buffer) || !here.Of(buffer).read) continue;
        return Choose(stmt, "variable `" + std::string(buffer->name) + "` is computed element by element");
      }
    });
  }

  // Control flow that depends on a variable which a chosen statement writes.
  void FollowControl(const Stmt& body) {
    Touches here;
    ForEachChosen(body, [&](const Stmt& stmt) {
      for (const auto& [buffer, touch] : Touches::Of(stmt).list())
        if (IsScalarVariable(buffer) && touch.written) here[buffer].written = true;
    });
    auto depends = [&](const PrimExpr& expr) {
      bool found = false;
      PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) {
        const auto* load = ref.as<BufferLoadNode>();
        found = found || (load && here.Of(load->buffer).written);
      });
      return found;
    };
    PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
      const auto* loop = ref.as<ForNode>();
      const auto* branch = ref.as<IfThenElseNode>();
      if (loop && (depends(loop->min) || depends(loop->extent)))
        Choose(GetRef<Stmt>(loop), "a loop bound is computed element by element");
      if (branch && depends(branch->condition))
        Choose(GetRef<Stmt>(branch), "the condition of an `if` is computed element by element");
    });
  }

  // Tensors that a chosen statement writes, and others touch: those are chosen as well.
  void FollowTensors(const Stmt& body) {
    for (bool changed = true; changed;) {
      changed = false;
      Touches here;
      ForEachChosen(body, [&](const Stmt& stmt) {
        for (const auto& [buffer, touch] : Touches::Of(stmt).list()) {
          if (!IsGlobal(buffer)) continue;
          here[buffer].written |= touch.written;
          here[buffer].read |= touch.read;
        }
      });
      ForEachOther(body, [&](const Stmt& stmt) {
        for (const auto& [buffer, touch] : Touches::Of(stmt).list()) {
          const Touch chosen = here.Of(buffer);
          if (!IsGlobal(buffer) || !chosen.written || !(touch.read || chosen.read)) continue;
          Choose(stmt, "tensor `" + std::string(buffer->name) + "` is also written element by element");
          changed = true;
          return;
        }
      });
    }
  }

  template <typename Body>
  void ForEachChosen(const Stmt& stmt, Body body) {
    Walk(stmt, body, [](const Stmt&) {});
  }
  template <typename Body>
  void ForEachOther(const Stmt& stmt, Body body) {
    Walk(stmt, [](const Stmt&) {}, body);
  }
  template <typename Chosen, typename Other>
  void Walk(const Stmt& stmt, Chosen chosen, Other other) {
    if (chosen_.count(stmt.get())) return chosen(stmt);
    if (IsNothing(stmt)) return;
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      for (const Stmt& s : seq->seq) Walk(s, chosen, other);
    } else if (const auto* loop = stmt.as<ForNode>(); loop && !IsElementLoop(loop)) {
      Walk(loop->body, chosen, other);
    } else if (const auto* branch = stmt.as<IfThenElseNode>()) {
      Walk(branch->then_case, chosen, other);
      if (branch->else_case) Walk(branch->else_case.value(), chosen, other);
    } else {
      other(stmt);
    }
  }

  std::vector<Refusal> sites_;
  std::vector<bool> used_;
  const DataScalars* data_;
  bool leaves_ = true;
  Choices chosen_;
};

PrimFunc ChoosePath(PrimFunc func) {
  std::vector<Refusal> sites;
  if (auto given = func->GetAttr<Array<Map<String, Any>>>(attr::kRiscvSites))
    for (const Map<String, Any>& site : given.value())
      sites.push_back({site.at("what").cast<String>(), site.at("span").cast<Span>()});
  Target target = func->GetAttr<Target>(tvm::attr::kTarget).value();
  if (target->GetAttr<int64_t>("riscv").value_or(1) == 0) return func;
  func = WidenGemmOperands(std::move(func));
  const DataScalars data(func->body);
  const Choices chosen = Chooser(std::move(sites), &data).Run(func->body);
  if (chosen.empty()) return func;
  return GiveToRiscv(WithoutAttr(std::move(func), attr::kRiscvSites), chosen);
}

}  // namespace

Pass SelectRiscvPath() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return ChoosePath(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.SelectRiscvPath", {});
}

}  // namespace tltt::compiler

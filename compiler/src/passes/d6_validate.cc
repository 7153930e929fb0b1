// D1.5 and D6: gates. Nothing is changed; what is incomplete or not lowered is an error that names the construct.
//
// ValidateSplitKernels: the three roles exist together; a reader reads, a writer writes, compute computes, unless the
// kernel has nothing of that kind to do; every buffer that one role fills another one (or the same) empties.
// ValidateLoweredIR: only device operations with a line of C++ are left: no block operation, region, buffer access,
// thread binding, or use of a variable that is not defined.
#include <map>
#include <set>
#include <sstream>

#include "analysis/access.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "ir/riscv.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

std::map<std::string, std::set<std::string>> CbCalls(const PrimFunc& func) {
  std::map<std::string, std::set<std::string>> calls;  // operation -> CBs
  PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    if (!call || !call->op.as<OpNode>()) return;
    const std::string name = OpName(call);
    if (name == "tt.cb_push_back" || name == "tt.cb_reserve_back" || name == "tt.cb_wait_front" ||
        name == "tt.cb_pop_front")
      calls[name].insert(StrArg(call, 0));
  });
  return calls;
}

// Whether anything is packed: every result leaves DST that way.
bool Computes(const Stmt& body) {
  bool packs = false;
  PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    packs = packs || (call && call->op.as<OpNode>() && OpName(call).rfind("tt.pack_", 0) == 0);
  });
  return packs;
}

IRModule ValidateSplit(IRModule mod) {
  std::ostringstream issues;
  std::set<std::string> roles, pushed, popped;
  for (const auto& [var, base] : mod->functions) {
    const auto* prim = base.as<PrimFuncNode>();
    if (!prim) continue;
    PrimFunc func = GetRef<PrimFunc>(prim);
    auto role = func->GetAttr<String>(attr::kKernelRole);
    if (!role) {
      issues << "\n[monolithic] function " << var->name_hint << " was not split";
      continue;
    }
    roles.insert(role.value());
    auto calls = CbCalls(func);
    for (const auto& [one, other] :
         {std::pair{"tt.cb_reserve_back", "tt.cb_push_back"}, {"tt.cb_wait_front", "tt.cb_pop_front"}}) {
      for (const auto& cb : calls[one])
        if (!calls[other].count(cb))
          issues << "\n[" << role.value() << "] " << one << " of " << cb << " without " << other;
      for (const auto& cb : calls[other])
        if (!calls[one].count(cb))
          issues << "\n[" << role.value() << "] " << other << " of " << cb << " without " << one;
    }
    if (role.value() == "compute" && !calls["tt.cb_push_back"].empty() && !Computes(func->body))
      issues << "\n[compute] No compute operations found in compute kernel, but it pushes pages";
    pushed.insert(calls["tt.cb_push_back"].begin(), calls["tt.cb_push_back"].end());
    popped.insert(calls["tt.cb_pop_front"].begin(), calls["tt.cb_pop_front"].end());
  }
  for (const char* role : {"reader", "compute", "writer"})
    if (!roles.count(role)) issues << "\n[" << role << "] missing";
  for (const auto& cb : pushed)
    if (!popped.count(cb)) issues << "\n[protocol] " << cb << " is filled and never emptied";
  for (const auto& cb : popped)
    if (!pushed.count(cb)) issues << "\n[protocol] " << cb << " is emptied and never filled";
  if (!issues.str().empty()) {
    TVM_FFI_THROW(ValueError) << "Split kernel validation failed - IR is incomplete:" << issues.str();
  }
  return mod;
}

class LoweredCheck : public StmtExprVisitor {
 public:
  std::ostringstream issues;
  int count = 0;

 private:
  void Issue(const std::string& category, const std::string& what, const Span& span) {
    ++count;
    issues << "\n[" << category << "] " << what << tl::SpanHintSuffix(span);
  }
  void VisitStmt_(const BufferStoreNode* node) final {
    if (IsScalarVariable(node->buffer)) return VisitExpr(node->value);
    Issue("store", "scalar store to " + std::string(node->buffer->name), node->span);
  }
  void VisitStmt_(const AllocBufferNode* node) final {
    if (IsScalarVariable(node->buffer)) return;
    Issue("buffer", "allocation of " + std::string(node->buffer->name), node->span);
  }
  void VisitStmt_(const ForNode* node) final {
    if (node->kind == ForKind::kThreadBinding || node->kind == ForKind::kParallel)
      Issue("loop", "loop over " + std::string(node->loop_var->name_hint) + " is parallel or bound to threads",
            node->span);
    defined_.insert(node->loop_var.get());
    StmtExprVisitor::VisitStmt_(node);
  }
  void VisitStmt_(const BindNode* node) final {
    VisitExpr(node->value);
    defined_.insert(node->var.get());
  }
  void VisitStmt_(const AttrStmtNode* node) final {
    if (AsRiscv(GetRef<Stmt>(node))) return;  // C++ as it stands: the printer refuses what it cannot say
    Issue("attribute", node->attr_key, node->span);
  }
  void VisitStmt_(const SBlockRealizeNode* node) final { Issue("block", "a block is left", node->span); }
  void VisitStmt_(const EvaluateNode* node) final {
    span_ = node->span;
    StmtExprVisitor::VisitStmt_(node);
  }
  void VisitExpr_(const BufferLoadNode* node) final {
    if (IsScalarVariable(node->buffer)) return;
    Issue("load", "scalar load of " + std::string(node->buffer->name), span_);
  }
  void VisitExpr_(const VarNode* node) final {
    if (!defined_.count(node)) Issue("variable", "undefined variable " + std::string(node->name_hint), span_);
  }
  void VisitExpr_(const CallNode* node) final {
    const std::string name = OpName(node);
    const bool known = FindDeviceOp(name) || name == "tt.init" || name == "tt.get_arg_val" || name == "tt.f32_bits" ||
                       name == "tt.f32_of_int" || name == "tt.riscv_memory" || name == "tt.as_index" ||
                       name == "tt.send_scalar" || name == "tt.receive_scalar" || name == "tt.turn_memory" ||
                       name == "tt.pass_turn" || name == "tl.infinity" || name == "tt.tiles_to_rows" ||
                       name == "tt.rows_to_tiles" || name.rfind("tirx.", 0) == 0;
    if (!known) Issue("operation", name + " has no line of C++", span_);
    StmtExprVisitor::VisitExpr_(node);
  }
  std::set<const VarNode*> defined_;
  Span span_;
};

}  // namespace

Pass ValidateSplitKernels() {
  auto run = [](IRModule mod, tvm::transform::PassContext) { return ValidateSplit(std::move(mod)); };
  return tvm::transform::CreateModulePass(run, 0, "tltt.ValidateSplitKernels", {});
}

Pass ValidateLoweredIR() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) {
    LoweredCheck check;
    check(func->body);
    if (check.count > 0) {
      TVM_FFI_THROW(ValueError) << "IR validation failed - unlowered constructs detected:" << check.issues.str();
    }
    return func;
  };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.ValidateLoweredIR", {});
}

}  // namespace tltt::compiler

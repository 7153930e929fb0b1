// From the lowered IR of a role to its protocol: loops and conditions around calls on circular buffers and semaphores,
// and the integer variables that these need. All else is left out.
#include "analysis/protocol_proof.h"

#include <map>
#include <set>

#include "analysis/access.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"

namespace tltt::compiler {
namespace {

using Kind = ProtocolStep::Kind;
using Op = ProtocolExpr::Op;

// About 10 ms: a bound for what has no steady state. All cores advance together, so of what is longer the first rounds
// of every loop are followed.
constexpr uint64_t kLimit = 200'000;

std::optional<ProtocolEvent> EventOf(const std::string& name) {
  static const std::map<std::string, ProtocolEvent> events = {
      {"tt.cb_reserve_back", ProtocolEvent::kReserve},
      {"tt.cb_push_back", ProtocolEvent::kPush},
      {"tt.cb_wait_front", ProtocolEvent::kWait},
      {"tt.cb_pop_front", ProtocolEvent::kPop},
      {"tt.noc_semaphore_wait", ProtocolEvent::kSemaphoreWait},
      {"tt.noc_semaphore_set", ProtocolEvent::kSemaphoreSet},
      {"tt.noc_semaphore_inc", ProtocolEvent::kSemaphoreAdd},
      {"tt.noc_semaphore_set_multicast", ProtocolEvent::kSemaphoreSend},
  };
  const auto it = events.find(name);
  return it == events.end() ? std::nullopt : std::optional(it->second);
}

bool HasEvents(const Stmt& stmt) {
  bool found = false;
  PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    found |= call && call->op.as<OpNode>() && EventOf(OpName(call));
  });
  return found;
}

struct NotFollowed {};  // thrown: something that this analysis does not know

class Builder {
 public:
  Builder(const PrimFunc& func, const std::vector<RuntimeArg>& args) : args_(args) {
    for (const auto& [cb, index] : func->GetAttr<Map<String, Any>>(attr::kCbIndices).value())
      index_[cb] = static_cast<uint32_t>(index.cast<Integer>()->value);
    FindDefinitions(func->body);
    Emit(func->body);
    Add(Kind::kEnd);
  }

  ProtocolKernel kernel;

 private:
  // What variables are bound to, for the addresses of semaphores.
  void FindDefinitions(const Stmt& body) {
    PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
      if (const auto* bind = ref.as<BindNode>()) definitions_[bind->var.get()] = bind->value;
    });
  }

  ProtocolStep& Add(Kind kind) {
    kernel.steps.emplace_back().kind = kind;
    return kernel.steps.back();
  }
  int Here() const { return static_cast<int>(kernel.steps.size()); }

  int SlotOf(const void* variable, int places = 1) {
    auto [it, fresh] = slots_.try_emplace(variable, kernel.slots);
    if (fresh) kernel.slots += places;
    return it->second;
  }

  void Emit(const Stmt& stmt) {
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      for (const Stmt& s : seq->seq) Emit(s);
    } else if (const auto* bind = stmt.as<BindNode>()) {
      Assign(bind->var.get(), bind->value);
    } else if (const auto* store = stmt.as<BufferStoreNode>()) {
      if (IsScalarVariable(store->buffer)) Assign(store->buffer.get(), store->value);
    } else if (const auto* evaluate = stmt.as<EvaluateNode>()) {
      if (const auto* call = evaluate->value.as<CallNode>()) EmitCall(call, evaluate->span);
    } else if (const auto* loop = stmt.as<ForNode>()) {
      EmitLoop(loop);
    } else if (const auto* branch = stmt.as<IfThenElseNode>()) {
      EmitBranch(branch);
    } else {
      // Elements on a RISC-V core: plain C++, whose variables depend on data.
      Forget(stmt);
      if (HasEvents(stmt)) throw NotFollowed();
    }
  }

  void Assign(const void* variable, const PrimExpr& value) {
    const int slot = SlotOf(variable);
    if (const auto* call = value.as<CallNode>(); call && call->op.as<OpNode>()) {
      const std::string name = OpName(call);
      if (name == "tt.get_arg_val" && call->args.size() == 1) {
        kernel.args.emplace_back(slot, StrArg(call, 0));
        return;
      }
      if (name == "tt.get_arg_val") return AssignElement(slot, call);
      if (name.rfind("tt.", 0) == 0) return SetUnknown(slot);  // an address, a value that was read
    }
    const int expr = Compile(value);
    ProtocolStep& step = Add(Kind::kSet);
    step.slot = slot;
    step.a = expr;
  }

  // The argument that stands `index` places behind the one that is named.
  void AssignElement(int slot, const CallNode* call) {
    const std::string name = StrArg(call, 0);
    const auto first =
        std::find_if(args_.begin(), args_.end(), [&](const RuntimeArg& arg) { return arg.name == name; });
    const auto count = static_cast<int>(args_.end() - first);
    const auto [table, fresh] = tables_.try_emplace(name, kernel.slots);
    if (fresh) {
      for (auto arg = first; arg != args_.end(); ++arg) kernel.args.emplace_back(kernel.slots++, arg->name);
    }
    expr_ = {};
    Push(call->args[1]);
    expr_.steps.push_back({Op::kElement, table->second, count});
    const int expr = Take();
    ProtocolStep& step = Add(Kind::kSet);
    step.slot = slot, step.a = expr;
  }

  void SetUnknown(int slot) {
    const int expr = Compile(PrimExpr());
    ProtocolStep& step = Add(Kind::kSet);
    step.slot = slot;
    step.a = expr;
  }

  // Variables that a statement without protocol calls may assign are unknown until they are assigned again.
  void Forget(const Stmt& stmt) {
    PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
      const auto* store = ref.as<BufferStoreNode>();
      if (store && IsScalarVariable(store->buffer)) SetUnknown(SlotOf(store->buffer.get()));
    });
  }

  void EmitLoop(const ForNode* loop) {
    if (!HasEvents(loop->body)) return Forget(loop->body);
    const int slot = SlotOf(loop->loop_var.get(), 2), first = Compile(loop->min), extent = Compile(loop->extent);
    const int begin = Here();
    ProtocolStep& head = Add(Kind::kLoop);
    head.slot = slot, head.a = first, head.b = extent;
    Emit(loop->body);
    ProtocolStep& next = Add(Kind::kNext);
    next.slot = slot, next.target = begin;
    kernel.steps[begin].target = Here();
  }

  void EmitBranch(const IfThenElseNode* branch) {
    const bool events = HasEvents(branch->then_case) || (branch->else_case && HasEvents(branch->else_case.value()));
    if (!events) {
      Forget(GetRef<Stmt>(branch));
      return;
    }
    const int condition = Compile(branch->condition), test = Here();
    Add(Kind::kUnless).a = condition;
    Emit(branch->then_case);
    if (branch->else_case) {
      const int jump = Here();
      Add(Kind::kJump);
      kernel.steps[test].target = Here();
      Emit(branch->else_case.value());
      kernel.steps[jump].target = Here();
    } else {
      kernel.steps[test].target = Here();
    }
  }

  const CallNode* Definition(const PrimExpr& expr) const {
    if (const auto* call = expr.as<CallNode>()) return call;
    const auto it = definitions_.find(expr.as<VarNode>());
    return it == definitions_.end() ? nullptr : it->second.as<CallNode>();
  }

  // The semaphore whose address or pointer `expr` is.
  uint32_t SemaphoreOf(const PrimExpr& expr) const {
    const CallNode* call = Definition(expr);
    if (call && OpName(call) == "tt.semaphore_pointer") call = Definition(call->args[0]);
    if (!call || OpName(call) != "tt.get_semaphore") throw NotFollowed();
    return static_cast<uint32_t>(IntArg(call, 0));
  }

  void EmitCall(const CallNode* call, const Span& span) {
    if (!call->op.as<OpNode>()) return;
    const std::string name = OpName(call);
    const auto event = EventOf(name);
    if (!event) return;
    ProtocolStep step;
    step.kind = Kind::kEvent;
    step.event = *event;
    std::string object;
    if (*event < ProtocolEvent::kSemaphoreWait) {
      object = StrArg(call, 0);
      const auto index = index_.find(object);
      if (index == index_.end()) throw NotFollowed();
      step.object = index->second;
      step.a = Compile(call->args[1]);
    } else if (*event == ProtocolEvent::kSemaphoreWait || *event == ProtocolEvent::kSemaphoreSet) {
      step.object = SemaphoreOf(call->args[0]);
      step.a = Compile(call->args[1]);
    } else {
      const bool add = *event == ProtocolEvent::kSemaphoreAdd;
      const CallNode* to = Definition(call->args[add ? 0 : 1]);
      if (!to || OpName(to) != (add ? "tt.get_noc_addr" : "tt.get_noc_multicast_addr")) throw NotFollowed();
      const size_t corners = add ? 2 : 4;
      for (size_t i = 0; i < corners; ++i) step.corners[i] = Compile(to->args[i]);
      step.object = SemaphoreOf(to->args[corners]);
      step.a = Compile(add ? call->args[1] : Int(0));
    }
    if (object.empty()) object = "semaphore " + std::to_string(step.object);
    const std::string place = tl::FormatSpan(span);
    step.text = name.substr(3) + "(" + object;
    if (const auto* amount = call->args.size() > 1 ? call->args[1].as<IntImmNode>() : nullptr)
      step.text += ", " + std::to_string(amount->value);
    step.text += place.empty() ? ")" : ")   " + place;
    kernel.steps.push_back(std::move(step));
  }

  int Compile(const PrimExpr& value) {
    expr_ = {};
    Push(value);
    return Take();
  }
  int Take() {
    if (expr_.steps.size() > kProtocolStack) expr_.steps = {{Op::kUnknown}};
    kernel.exprs.push_back(std::move(expr_));
    return static_cast<int>(kernel.exprs.size()) - 1;
  }
  void Put(Op op, int64_t value = 0) { expr_.steps.push_back({op, value, 0}); }

  template <typename Node>
  bool PushBinary(const PrimExpr& e, Op op, bool swapped = false) {
    const auto* node = e.as<Node>();
    if (!node) return false;
    Push(swapped ? node->b : node->a);
    Push(swapped ? node->a : node->b);
    Put(op);
    return true;
  }

  void Push(const PrimExpr& e) {
    if (!e.defined()) return Put(Op::kUnknown);
    if (const auto* constant = e.as<IntImmNode>()) return Put(Op::kConst, constant->value);
    if (const auto* var = e.as<VarNode>()) {
      const auto it = slots_.find(var);
      return it == slots_.end() ? Put(Op::kUnknown) : Put(Op::kSlot, it->second);
    }
    if (const auto* load = e.as<BufferLoadNode>()) {
      const auto it = slots_.find(load->buffer.get());
      return it == slots_.end() ? Put(Op::kUnknown) : Put(Op::kSlot, it->second);
    }
    if (const auto* cast = e.as<CastNode>())
      return cast->dtype.is_float() || cast->value.dtype().is_float() ? Put(Op::kUnknown) : Push(cast->value);
    if (e.dtype().is_float()) return Put(Op::kUnknown);
    if (PushBinary<AddNode>(e, Op::kAdd) || PushBinary<SubNode>(e, Op::kSub) || PushBinary<MulNode>(e, Op::kMul) ||
        PushBinary<FloorDivNode>(e, Op::kDiv) || PushBinary<FloorModNode>(e, Op::kMod) ||
        PushBinary<MinNode>(e, Op::kMin) || PushBinary<MaxNode>(e, Op::kMax) || PushBinary<EQNode>(e, Op::kEq) ||
        PushBinary<NENode>(e, Op::kNe) || PushBinary<LTNode>(e, Op::kLt) || PushBinary<LENode>(e, Op::kLe) ||
        PushBinary<GTNode>(e, Op::kLt, true) || PushBinary<GENode>(e, Op::kLe, true) ||
        PushBinary<AndNode>(e, Op::kAnd) || PushBinary<OrNode>(e, Op::kOr))
      return;
    if (const auto* negation = e.as<NotNode>()) {
      Push(negation->a);
      return Put(Op::kNot);
    }
    if (const auto* select = e.as<SelectNode>()) {
      Push(select->condition), Push(select->true_value), Push(select->false_value);
      return Put(Op::kSelect);
    }
    if (const auto* call = e.as<CallNode>(); call && call->op.same_as(tvm::tirx::builtin::if_then_else())) {
      for (const PrimExpr& arg : call->args) Push(arg);
      return Put(Op::kSelect);
    }
    Put(Op::kUnknown);
  }

  const std::vector<RuntimeArg>& args_;
  std::map<std::string, uint32_t> index_;  // circular buffers
  std::map<std::string, int> tables_;      // first slot of the arguments from one on, by its name
  std::map<const VarNode*, PrimExpr> definitions_;
  std::map<const void*, int> slots_;  // of variables, by node; of T.alloc_var, by buffer
  ProtocolExpr expr_;
};

}  // namespace

ProtocolResult ProveProtocol(const IRModule& mod, const Program& program) {
  std::array<ProtocolKernel, 3> kernels;
  for (const auto& [var, base] : mod->functions) {
    const PrimFunc func = GetRef<PrimFunc>(base.as<PrimFuncNode>());
    const std::string role = func->GetAttr<String>(attr::kKernelRole).value();
    const Role index = role == "reader" ? Role::kReader : role == "compute" ? Role::kCompute : Role::kWriter;
    const auto placed = std::find_if(program.kernels.begin(), program.kernels.end(),
                                     [&](const Kernel& kernel) { return kernel.role == index; });
    if (placed == program.kernels.end()) continue;
    try {
      kernels[static_cast<size_t>(index)] = Builder(func, placed->args).kernel;
    } catch (const NotFollowed&) {
      ProtocolResult unknown;
      unknown.complete = false;
      return unknown;
    }
  }
  return RunProtocol(program, kernels, kLimit);
}

void RequireProtocol(const IRModule& mod, const Program& program) {
  const ProtocolResult result = ProveProtocol(mod, program);
  if (!result.problem.empty()) BrokenContract("ProveProtocol", result.problem);
}

}  // namespace tltt::compiler

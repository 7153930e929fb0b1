// D1: one function becomes three, one for each role; each keeps the control flow that its own statements need.
//
// Before: func gemm(A, B, C) { for i in persistent: ...; for k: tt.read_to_cb(...); tt.mm.mma(...) ...;
// tt.write_from_cb(...) } After:  func gemm_reader(A, B)  {tt.kernel_role: "reader"}  { for i: for k:
// tt.read_to_cb(...) }
//         func gemm_compute()     {tt.kernel_role: "compute"} { for i: for k: tt.cb_arrive("cb_in0"); ...;
//         tt.mm.mma(...) } func gemm_writer(C)     {tt.kernel_role: "writer"}  { for i: tt.write_from_cb(...) }
//
// A tensor belongs to the kernels whose statements touch it. Bindings and scalar variables that nothing reads and empty
// loops are dropped.
#include <algorithm>
#include <set>
#include <sstream>
#include <string_view>

#include "analysis/access.h"
#include "analysis/liveness.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "ir/riscv.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

enum class Part { kReader, kCompute, kWriter };
const char* PartName(Part part) {
  return part == Part::kReader ? "reader" : part == Part::kCompute ? "compute" : "writer";
}

bool IsNop(const Stmt& stmt) {
  const auto* eval = stmt.as<EvaluateNode>();
  return eval && eval->value.as<IntImmNode>();
}

class RoleFilter : public StmtMutator {
 public:
  // `received`: variables whose values compute gets from the reader.
  RoleFilter(Part part, CbSet direct, CbSet writer_loads, std::set<const BufferNode*> received, const CbTable& cbs)
      : part_(part),
        direct_(std::move(direct)),
        writer_loads_(std::move(writer_loads)),
        received_(std::move(received)),
        cbs_(cbs) {}

 private:
  Stmt VisitStmt_(const ForNode* node) final {
    if (IsTileChain(GetRef<Stmt>(node))) return part_ == Part::kCompute ? GetRef<Stmt>(node) : Stmt(Evaluate(0));
    Stmt body = VisitStmt(node->body);
    if (IsNop(body)) return Evaluate(0);
    auto copy = ffi::make_object<ForNode>(*node);
    copy->body = body;
    return Stmt(copy);
  }
  Stmt VisitStmt_(const IfThenElseNode* node) final {
    Stmt then_case = VisitStmt(node->then_case);
    Optional<Stmt> else_case;
    if (node->else_case) {
      Stmt other = VisitStmt(node->else_case.value());
      if (!IsNop(other)) else_case = other;
    }
    if (IsNop(then_case) && !else_case) return Evaluate(0);
    if (IsNop(then_case)) return IfThenElse(!node->condition, else_case.value(), std::nullopt, node->span);
    return IfThenElse(node->condition, then_case, else_case, node->span);
  }
  Stmt VisitStmt_(const SeqStmtNode* node) final {
    Array<Stmt> seq;
    for (const Stmt& stmt : node->seq) seq.push_back(VisitStmt(stmt));
    return SeqStmt::Flatten(seq);
  }
  Stmt VisitStmt_(const BindNode* node) final { return GetRef<Stmt>(node); }
  Stmt VisitStmt_(const AttrStmtNode* node) final {
    const AttrStmtNode* elements = AsRiscv(GetRef<Stmt>(node));
    if (!elements) return StmtMutator::VisitStmt_(node);
    if (RoleOfRiscv(elements) == kEveryRole) return ReadScalar(elements);
    return RoleOfRiscv(elements) == PartName(part_) ? GetRef<Stmt>(node) : Stmt(Evaluate(0));
  }
  // A number out of a tensor: reader and writer read it, and the reader hands on what compute uses.
  Stmt ReadScalar(const AttrStmtNode* node) const {
    const Buffer variable = node->body.as<BufferStoreNode>()->buffer;
    if (part_ == Part::kCompute)
      return BufferStore(variable, TtCall("tt.receive_scalar", {Str(kScalarsCb)}, DataType::Int(32)), {Int(0)},
                         std::nullopt, node->span);
    Stmt read = MakeRiscv(PartName(part_), node->body, node->span);
    if (part_ == Part::kWriter || !received_.count(variable.get())) return read;
    return SeqStmt({read, TtStmt("tt.send_scalar", {Str(kScalarsCb), BufferLoad(variable, {Int(0)})}, node->span)});
  }
  // The data-movement core of a transfer: that of the rows, or the one that loads from (stores to) tensors.
  Part CoreOf(const CallNode* transfer, Part otherwise) const {
    const Buffer buffer = tl::NormalizeToBufferRegion(transfer->args[1])->buffer;
    if (!IsRows(buffer)) return otherwise;
    return RoleOfRows(buffer) == "reader" ? Part::kReader : Part::kWriter;
  }
  Stmt VisitStmt_(const EvaluateNode* node) final {
    const CallNode* call = AsTt(GetRef<Stmt>(node));
    if (!call) return GetRef<Stmt>(node);
    const std::string name = OpName(call);
    if (name == "tt.index_tile" && part_ == Part::kReader) return GetRef<Stmt>(node);
    if (name == "tt.read_to_cb" || name == "tt.index_tile") {
      if (name == "tt.read_to_cb" &&
          part_ == CoreOf(call, writer_loads_.count(StrArg(call, 0)) ? Part::kWriter : Part::kReader))
        return InPlace(node, call);
      if (part_ == Part::kCompute && !direct_.count(StrArg(call, 0)))
        return TtStmt("tt.cb_arrive", {call->args[0]}, node->span);
      return Evaluate(0);
    }
    if (name == "tt.write_from_cb")
      return part_ == CoreOf(call, Part::kWriter) ? InPlace(node, call) : Stmt(Evaluate(0));
    if (name == "tt.riscv_memory") return StrArg(call, 1) == PartName(part_) ? GetRef<Stmt>(node) : Stmt(Evaluate(0));
    return part_ == Part::kCompute ? GetRef<Stmt>(node) : Stmt(Evaluate(0));
  }
  // A transfer of a buffer that lies on a tensor's shard addresses no tensor: its blocks are where they belong.
  Stmt InPlace(const EvaluateNode* node, const CallNode* transfer) const {
    if (cbs_.at(StrArg(transfer, 0)).shard.empty()) return GetRef<Stmt>(node);
    return TtStmt(OpName(transfer), {transfer->args[0]}, node->span);
  }
  Part part_;
  CbSet direct_;        // buffers that go from reader to writer past compute
  CbSet writer_loads_;  // buffers that the writer fills
  std::set<const BufferNode*> received_;
  const CbTable& cbs_;
};

// Drops bindings and scalar variables that nothing reads, and the control flow that is empty without them.
class DropUnused : public StmtMutator {
 public:
  Stmt Run(Stmt body) {
    for (;;) {
      used_.clear();
      changed_ = false;
      Uses(this).VisitStmt(body);
      body = VisitStmt(body);
      if (!changed_) return body;
    }
  }

 private:
  // Variables that are read; an assignment to a variable does not count as a use of it.
  class Uses : public StmtExprVisitor {
   public:
    explicit Uses(DropUnused* out) : out_(out) {}
    using StmtExprVisitor::VisitStmt;

   private:
    void VisitExpr_(const VarNode* node) final { out_->used_.insert(node); }
    void VisitExpr_(const BufferLoadNode* node) final {
      if (node->buffer.get() != assigned_) out_->used_.insert(node->buffer.get());
      StmtExprVisitor::VisitExpr_(node);
    }
    void VisitStmt_(const BufferStoreNode* node) final {
      assigned_ = node->buffer.get();
      StmtExprVisitor::VisitStmt_(node);
      assigned_ = nullptr;
    }
    DropUnused* out_;
    const BufferNode* assigned_ = nullptr;
  };

  Stmt Drop() {
    changed_ = true;
    return Evaluate(0);
  }
  Stmt VisitStmt_(const BindNode* node) final { return used_.count(node->var.get()) ? GetRef<Stmt>(node) : Drop(); }
  Stmt VisitStmt_(const AllocBufferNode* node) final {
    return !IsScalarVariable(node->buffer) || used_.count(node->buffer.get()) ? GetRef<Stmt>(node) : Drop();
  }
  Stmt VisitStmt_(const BufferStoreNode* node) final {
    return !IsScalarVariable(node->buffer) || used_.count(node->buffer.get()) ? GetRef<Stmt>(node) : Drop();
  }
  Stmt VisitStmt_(const AttrStmtNode* node) final {
    if (!AsRiscv(GetRef<Stmt>(node))) return StmtMutator::VisitStmt_(node);
    const auto* store = node->body.as<BufferStoreNode>();
    const bool unused = store && IsScalarVariable(store->buffer) && !used_.count(store->buffer.get());
    return unused ? Drop() : GetRef<Stmt>(node);
  }
  Stmt VisitStmt_(const ForNode* node) final {
    Stmt out = StmtMutator::VisitStmt_(node);
    const bool blocks = node->annotations.count(attr::kPersistentLoop);  // every kernel has it
    return !blocks && IsNop(out.as<ForNode>()->body) ? Drop() : out;
  }
  Stmt VisitStmt_(const IfThenElseNode* node) final {
    Stmt out = StmtMutator::VisitStmt_(node);
    const auto* branch = out.as<IfThenElseNode>();
    const bool no_else = !branch->else_case || IsNop(branch->else_case.value());
    if (IsNop(branch->then_case) && no_else) return Drop();
    if (IsNop(branch->then_case))
      return IfThenElse(!branch->condition, branch->else_case.value(), std::nullopt, branch->span);
    if (branch->else_case && no_else)
      return IfThenElse(branch->condition, branch->then_case, std::nullopt, branch->span);
    return out;
  }
  Stmt VisitStmt_(const SeqStmtNode* node) final {
    Array<Stmt> seq;
    for (const Stmt& stmt : node->seq) seq.push_back(VisitStmt(stmt));
    return SeqStmt::Flatten(seq);
  }
  std::set<const ffi::Object*> used_;
  bool changed_ = false;
};

CbSet NamesIn(const Stmt& body) {
  CbSet names;
  PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
    if (const auto* s = ref.as<StringImmNode>()) names.insert(s->value);
  });
  return names;
}

// Variables that compute receives from the reader.
std::set<const BufferNode*> Received(const PrimFunc& compute) {
  std::set<const BufferNode*> received;
  PostOrderVisit(compute->body, [&](const ffi::ObjectRef& ref) {
    const auto* store = ref.as<BufferStoreNode>();
    if (store && AsTt(store->value, "tt.receive_scalar")) received.insert(store->buffer.get());
  });
  return received;
}

// The rows and pages that the role has in its core's L1; pages of tensors that it does not touch are none.
Array<Map<String, Any>> MemoryOf(const PrimFunc& role, Part part, const Array<Map<String, Any>>& all) {
  std::set<std::string> tensors;
  for (const auto& [param, buffer] : role->buffer_map) tensors.insert(buffer->name);
  Array<Map<String, Any>> own;
  for (const Map<String, Any>& item : all)
    if (GetStr(item, "role") == PartName(part) &&
        (GetStr(item, "kind") != "page" || tensors.count(GetStr(item, "name"))))
      own.push_back(item);
  return own;
}

class DropMemory : public StmtMutator {
  Stmt VisitStmt_(const EvaluateNode* node) final {
    return AsTt(GetRef<Stmt>(node), "tt.riscv_memory") ? Evaluate(0) : GetRef<Stmt>(node);
  }
};

PrimFunc MakeRole(const PrimFunc& func, Part part, const CbSet& direct, const std::set<const BufferNode*>& received) {
  CbTable cbs = CbTable::FromFunc(func);
  CbSet writer_loads;
  if (auto names = func->GetAttr<Array<String>>(attr::kWriterLoads))
    for (const String& name : names.value()) writer_loads.insert(name);
  Stmt body = DropUnused().Run(RoleFilter(part, direct, writer_loads, received, cbs)(func->body));
  std::set<const BufferNode*> touched;
  PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
    if (const auto* load = ref.as<BufferLoadNode>()) touched.insert(load->buffer.get());
    if (const auto* store = ref.as<BufferStoreNode>()) touched.insert(store->buffer.get());
  });
  Array<Var> params;
  Map<Var, Buffer> buffers;
  for (const Var& param : func->params) {
    auto it = func->buffer_map.find(param);
    if (it == func->buffer_map.end() || !touched.count((*it).second.get())) continue;
    params.push_back(param);
    buffers.Set(param, (*it).second);
  }
  PrimFunc out(params, body, VoidType(), buffers, func->attrs, func->span);
  if (auto memory = func->GetAttr<Array<Map<String, Any>>>(attr::kRiscvBuffers)) {
    const Array<Map<String, Any>> own = MemoryOf(out, part, memory.value());
    if (own.empty()) out.CopyOnWrite()->body = DropMemory()(body);
    out = WithAttr(std::move(out), attr::kRiscvBuffers, own);
  }
  CbSet used = NamesIn(out->body);
  Map<String, Any> indices;
  for (const CbRecord& cb : cbs.records())
    if (used.count(cb.name)) indices.Set(cb.name, Integer(cb.index));
  out = WithAttr(std::move(out), attr::kKernelRole, String(PartName(part)));
  return WithAttr(std::move(out), attr::kCbIndices, indices);
}

// Beginnings of the names of device operations that hand over or move data; those that compute on tiles in DST are
// there from C2 on.
constexpr std::string_view kProtocol[] = {"tt.cb_",           "tt.get_write_ptr", "tt.get_read_ptr",  "tt.noc_",
                                          "tt.get_noc_",      "tt.tile_regs_",    "tt.get_semaphore", "tt.semaphore_",
                                          "tt.pack_reconfig", "tt.hw_startup",    "tt.reconfig_"};

// What the passes up to here may not have written: the protocol of roles and devices (it belongs to D3, D4 and D5), and
// circular buffers under anything but their own names.
void RequireProtocolFree(const Stmt& body, const CbTable& cbs) {
  std::set<std::string> protocol, guessed;
  PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    if (!call || !call->op.as<OpNode>()) return;
    const std::string name = OpName(call);
    const bool moves = std::any_of(std::begin(kProtocol), std::end(kProtocol),
                                   [&](std::string_view prefix) { return name.rfind(prefix, 0) == 0; });
    if (moves && FindDeviceOp(name)) protocol.insert(name);
    const size_t named =
        name == "tt.mm.mma" ? 3
        : name == "tt.read_to_cb" || name == "tt.write_from_cb" || name == "tt.tile.store" || name == "tt.tile.load"
            ? 1
            : 0;
    for (size_t i = 0; i < named; ++i) {
      const auto* cb = call->args[i].as<StringImmNode>();
      const bool known = cb && std::any_of(cbs.records().begin(), cbs.records().end(),
                                           [&](const CbRecord& record) { return record.name == cb->value.c_str(); });
      if (!known) {
        std::ostringstream text;
        text << call->args[i];
        guessed.insert(text.str());
      }
    }
  });
  auto listed = [](const std::set<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "[" : ", ") + name;
    return text + "]";
  };
  if (!protocol.empty()) TVM_FFI_THROW(ValueError) << "Output contains protocol operations: " << listed(protocol);
  if (!guessed.empty())
    TVM_FFI_THROW(ValueError) << "Output uses heuristics: " << listed(guessed) << " are no circular buffers of C1";
}

IRModule Split(IRModule mod) {
  Map<GlobalVar, BaseFunc> functions;
  for (const auto& [var, base] : mod->functions) {
    const auto* prim = base.as<PrimFuncNode>();
    if (!prim || prim->attrs->dict.count(attr::kKernelRole)) {
      functions.Set(var, base);
      continue;
    }
    PrimFunc func = GetRef<PrimFunc>(prim);
    CbTable cbs = CbTable::FromFunc(func);
    RequireProtocolFree(func->body, cbs);
    CbSet written, read;
    PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
      const auto* call = ref.as<CallNode>();
      if (!call || !call->op.as<OpNode>()) return;
      if (OpName(call) == "tt.write_from_cb") written.insert(StrArg(call, 0));
    });
    CbSet direct;
    for (const CbRecord& cb : cbs.records())
      if (cb.kind == "input" && written.count(cb.name)) direct.insert(cb.name);
    const std::string name = var->name_hint;
    func = WithAttr(std::move(func), attr::kKernelName, String(name));
    const PrimFunc compute = MakeRole(func, Part::kCompute, direct, {});
    const std::set<const BufferNode*> received = Received(compute);
    for (Part part : {Part::kReader, Part::kCompute, Part::kWriter})
      functions.Set(GlobalVar(name + "_" + PartName(part)),
                    part == Part::kCompute ? compute : MakeRole(func, part, direct, received));
  }
  return IRModule(functions, {}, mod->attrs);
}

}  // namespace

Pass SplitDeviceKernel() {
  auto run = [](IRModule mod, tvm::transform::PassContext) { return Split(std::move(mod)); };
  return tvm::transform::CreateModulePass(run, 0, "tltt.SplitDeviceKernel", {});
}

}  // namespace tltt::compiler

// C1, second half: L1 for what the RISC-V cores hold as rows, and for one page of each tensor that they touch.
//
// Before: y_rows = alloc_buffer((32, 64), "bfloat16", "riscv.reader"); with attr("tt.riscv", "reader"): ... A[...] ...
// After:  tt.riscv_memory("cb_reader_rows", "reader")
//         attrs += { tt.riscv_buffers = [{name: "y_rows", role: "reader", kind: "rows", dtype, offset: 0}, {name: "A",
//                    kind: "page", ...}] } and a circular buffer cb_reader_rows that only lends its memory
//
// A single element that nothing copies to tiles becomes a variable of the kernel ("variable").
#include <set>

#include "analysis/touches.h"
#include "analysis/access.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "ir/riscv.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

constexpr int64_t kAlignment = 64;  // bytes: of NoC reads from DRAM, on every chip

class Placer : public StmtMutator {
 public:
  explicit Placer(const PrimFunc& func) {
    for (TensorRecord& t : TensorsOf(func)) tensors_.emplace(t.name, std::move(t));
    PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
      const auto* call = ref.as<CallNode>();
      if (!call || (OpName(call) != "tt.read_to_cb" && OpName(call) != "tt.write_from_cb")) return;
      moved_.insert(tl::NormalizeToBufferRegion(call->args[1])->buffer.get());
    });
  }

  Array<Map<String, Any>> buffers;
  std::map<std::string, int64_t> bytes;  // by role
  bool scalars = false;                  // compute may need numbers that the reader reads

 private:
  Stmt VisitStmt_(const AllocBufferNode* node) final {
    const Buffer& buffer = node->buffer;
    if (!IsRows(buffer)) return GetRef<Stmt>(node);
    int64_t elements = 1;
    for (const PrimExpr& dim : buffer->shape) elements *= dim.as<IntImmNode>()->value;
    const std::string dtype = ffi::DLDataTypeToString(buffer->dtype);
    RequireElementDtype(dtype, "buffer `" + std::string(buffer->name) + "`", node->span);
    const int64_t element = ElementBytesOfDtype(dtype);
    const bool variable = elements == 1 && !moved_.count(buffer.get());
    Place(buffer->name, RoleOfRows(buffer), variable ? "variable" : "rows", dtype, variable ? 0 : elements * element);
    return Evaluate(0);
  }

  Stmt VisitStmt_(const AttrStmtNode* node) final {
    if (!AsRiscv(GetRef<Stmt>(node))) return StmtMutator::VisitStmt_(node);
    const bool every = RoleOfRiscv(node) == kEveryRole;
    scalars = scalars || every;
    for (const std::string& role :
         every ? std::vector<std::string>{"reader", "writer"} : std::vector{RoleOfRiscv(node)}) {
      bytes.try_emplace(role, 0);
      for (const auto& [buffer, touch] : Touches::Of(GetRef<Stmt>(node)).list()) {
        if (!IsGlobal(buffer) || !paged_.insert({role, buffer->name}).second) continue;
        const TensorRecord& t = tensors_.at(buffer->name);
        Place(t.name, role, "page", t.dtype, t.PageBytes());
      }
    }
    return GetRef<Stmt>(node);
  }

  void Place(const std::string& name, const std::string& role, const char* kind, const std::string& dtype,
             int64_t size) {
    int64_t& end = bytes[role];
    buffers.push_back(Map<String, Any>{{"name", String(name)},
                                       {"role", String(role)},
                                       {"kind", String(kind)},
                                       {"dtype", String(dtype)},
                                       {"offset", Integer(end)},
                                       {"bytes", Integer(size)}});
    end += (size + kAlignment - 1) / kAlignment * kAlignment;
  }

  std::map<std::string, TensorRecord> tensors_;
  std::set<const BufferNode*> moved_;  // between rows and tiles
  std::set<std::pair<std::string, std::string>> paged_;
};

PrimFunc PlaceBuffers(PrimFunc func) {
  Placer placer(func);
  Stmt body = placer(func->body);
  if (placer.bytes.empty()) return func;
  CbTable cbs = CbTable::FromFunc(func);
  if (placer.scalars) {
    CbRecord cb;
    cb.name = kScalarsCb;
    cb.buffer = "numbers out of tensors";
    cb.dtype = "uint8";
    cb.kind = "scalars";
    cb.shape = {kTileHeight, kTileWidth};
    cbs.Add(cb);
  }
  Array<Stmt> seq;
  for (const auto& [role, size] : placer.bytes) {
    CbRecord cb;
    cb.name = "cb_" + role + "_rows";
    cb.buffer = "memory of element loops";
    cb.dtype = "uint8";
    cb.kind = "rows";
    const int64_t tile = TileBytes(cb.Format());
    cb.shape = {kTileHeight, kTileWidth * std::max<int64_t>(1, (size + tile - 1) / tile)};
    cbs.Add(cb);
    seq.push_back(TtStmt("tt.riscv_memory", {Str(cb.name), Str(role)}));
  }
  seq.push_back(body);
  func.CopyOnWrite()->body = SeqStmt::Flatten(seq);
  return cbs.AttachTo(WithAttr(std::move(func), attr::kRiscvBuffers, placer.buffers));
}

}  // namespace

Pass PlaceRiscvBuffers() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return PlaceBuffers(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.PlaceRiscvBuffers", {});
}

}  // namespace tltt::compiler

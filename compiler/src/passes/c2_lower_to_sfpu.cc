// C2, second half: tile expressions become chains of DST operations. Neighbouring chains fuse first, so that
// intermediates do not travel through L1.
//
// Before: tt.tile.store("cb_intermed0", tt.tile.max(tt.fpu.add(load("cb_intermed0", "tile"), load("cb_in2", "row")),
// fill(0)))
//         tt.tile.store("cb_out0", load("cb_intermed0", "tile"))
// After:  for r in serial(4) {tt.tile_chain: 2}:            (2 DST slots per tile)
//           for c in serial(4):
//             tt.copy_tile("cb_intermed0", r * 4 + c, 0)
//             tt.unary_bcast_row("cb_in2", c, 1)
//             tt.add_binary_tile(0, 1, 0)
//             tt.relu_tile(0)
//             tt.pack_tile(0, "cb_out0", r * 4 + c)
//
// A chain with a reduction takes each of its results from a row (or column) of tiles:
//
// Before: tt.tile.store("cb_intermed1", tt.tile.reduce("sum", "row", load("cb_intermed0", "tile"), 4, 4))
// After:  for r in serial(4) {tt.tile_chain: 2}:
//           tt.copy_tile("cb_intermed0", r * 4, 0)
//           for c in serial(1, 4):
//             tt.copy_tile("cb_intermed0", r * 4 + c, 1)
//             tt.add_binary_tile(0, 1, 0)
//           tt.sfpu_reduce_sum_row(0)
//           tt.pack_tile(0, "cb_intermed1", r)
//
// Tiles are joined in DST in fp32 and only the last one is reduced within itself.
//
// Chooses FPU or vector unit by formats: 16-bit operands straight from circular buffers go through the FPU; 32-bit ones
// are unpacked to DST, because the FPU's source registers hold 19 bits. Equal subexpressions are computed once.
#include <algorithm>
#include <unordered_map>

#include "analysis/liveness.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "ir/sharing.h"
#include "passes/chain_emitter.h"
#include "passes/fuse_stores.h"
#include "passes/initial_values.h"
#include "passes/narrow_buffers.h"
#include "passes/passes.h"
#include "passes/reciprocals.h"
#include "passes/value_graph.h"

namespace tltt::compiler {
namespace {

// Slots that an expression over tiles needs at most when it is evaluated as a tree.
class SlotCounter {
 public:
  int64_t Of(const PrimExpr& expr) {
    if (auto it = known_.find(expr.get()); it != known_.end()) return it->second;
    const auto* call = expr.as<CallNode>();
    std::vector<int64_t> needs;
    for (const PrimExpr& operand : TileOperands(call)) needs.push_back(Of(operand));
    return known_[expr.get()] = OpName(call) == "tt.tile.reduce" ? needs[0] + 1 : SlotsOf(needs);
  }

 private:
  std::unordered_map<const ffi::Object*, int64_t> known_;  // parts of one expression, which outlives this
};

class ChainLowering : public StmtMutator {
 public:
  ChainLowering(CbTable* cbs, const ComputeRecord& compute) : index_tiles(cbs), cbs_(cbs), compute_(compute) {}

  IndexTiles index_tiles;

 private:
  Stmt VisitStmt_(const EvaluateNode* node) final {
    const CallNode* store = AsTt(GetRef<Stmt>(node), "tt.tile.store");
    if (!store) return GetRef<Stmt>(node);
    return Lower(StrArg(store, 0), store->args[1], node->span);
  }

  // Expressions that do not fit DST are cut at their heaviest operand, which goes to a buffer of its own.
  Stmt Lower(const std::string& dst, const PrimExpr& expr, const Span& span) {
    for (int unshared : {-1, 0, 1, 2}) {
      if (auto chain = EmitChain(cbs_, &index_tiles, compute_, dst, expr, unshared, span)) return *chain;
    }
    const CallNode* branching = expr.as<CallNode>();
    std::vector<PrimExpr> operands;
    CbRecord spill = cbs_->at(dst);
    for (;;) {
      if (OpName(branching) == "tt.tile.reduce") {
        spill.shape = {IntArg(branching, 3) * kTileHeight, IntArg(branching, 4) * kTileWidth};
        spill.column = false;
      }
      operands = TileOperands(branching);
      if (operands.size() != 1) break;
      branching = operands[0].as<CallNode>();
    }
    if (operands.empty()) BrokenContract("LowerToSFPU", "an expression without operands does not fit DST");
    SlotCounter slots;
    const PrimExpr heavy = *std::max_element(operands.begin(), operands.end(),
                                             [&](const auto& a, const auto& b) { return slots.Of(a) < slots.Of(b); });
    spill.kind = "intermed";
    spill.data_format.clear();
    spill.buffer = "part of " + spill.buffer;
    if (compute_.fp32_dest_acc) spill.dtype = heavy.dtype().is_int() ? "int32" : "float32";
    spill.name = "cb_intermed" + std::to_string(spills_ + CountIntermediates());
    ++spills_;
    cbs_->Add(spill);
    Stmt first = Lower(spill.name, heavy, span);
    PrimExpr load = TtCall("tt.tile.load", {Str(spill.name), Str("tile")}, heavy.dtype());
    return SeqStmt::Flatten(first, Lower(dst, Replacer(heavy, load)(expr), span));
  }

  // Names are taken once: records of buffers that fusion left without a use are still in the table.
  int64_t CountIntermediates() const {
    int64_t n = 0;
    for (const CbRecord& cb : cbs_->records()) n += cb.kind == "intermed" && cb.buffer.rfind("part of ", 0) != 0;
    return n;
  }

  CbTable* cbs_;
  ComputeRecord compute_;
  int64_t spills_ = 0;
};

// Buffers of 32 bits that only chains read are unpacked to DST in full precision; matmul reads through source
// registers.
std::vector<std::string> UnpackToDest(const Stmt& body, const CbTable& cbs) {
  CbSet through_fpu;
  PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    if (!call || !call->op.as<OpNode>() || OpName(call) != "tt.mm.mma") return;
    through_fpu.insert(StrArg(call, 1));
    through_fpu.insert(StrArg(call, 2));
  });
  CbSet read;
  PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
    const auto* loop = ref.as<ForNode>();
    CbAccess access;
    if (loop && AccessOf(GetRef<Stmt>(loop), &access)) read.insert(access.reads.begin(), access.reads.end());
  });
  std::vector<std::string> out;
  for (const CbRecord& cb : cbs.records())
    if ((cb.Format() == DataFormat::kFloat32 || IsWord(cb.dtype)) && read.count(cb.name) && !through_fpu.count(cb.name))
      out.push_back(cb.name);
  return out;
}

// Puts statements in front of the loop over a core's blocks.
Stmt WithHead(const Stmt& body, const Array<Stmt>& head) {
  if (head.empty()) return body;
  Array<Stmt> seq;
  for (const Stmt& stmt : body.as<SeqStmtNode>()->seq) {
    const auto* loop = stmt.as<ForNode>();
    if (loop && loop->annotations.count(attr::kPersistentLoop)) seq.insert(seq.end(), head.begin(), head.end());
    seq.push_back(stmt);
  }
  return SeqStmt::Flatten(seq);
}

PrimFunc LowerChains(PrimFunc func) {
  CbTable cbs = CbTable::FromFunc(func);
  ComputeRecord compute = ComputeOf(func);
  Stmt body = WithInitialValues(func->body, cbs);
  if (OptionOf(TargetOf(func), "fuse_epilogues")) body = FuseStores(body, &cbs);
  if (compute.fp32_dest_acc && OptionOf(TargetOf(func), "reciprocals")) body = TakeReciprocals(body, &cbs);
  NarrowBuffers(body, &cbs);
  ChainLowering lowering(&cbs, compute);
  body = lowering(body);
  body = WithHead(body, lowering.index_tiles.Fills());
  compute.unpack_to_dest = UnpackToDest(body, cbs);
  // Buffers whose every use was fused away are gone.
  CbSet used;
  PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
    if (const auto* s = ref.as<StringImmNode>()) used.insert(s->value);
  });
  cbs.Keep([&](const CbRecord& cb) { return cb.kind == "scalars" || used.count(cb.name) > 0; });
  func.CopyOnWrite()->body = body;
  return cbs.AttachTo(WithCompute(std::move(func), compute));
}

}  // namespace

Pass LowerToSFPU() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return LowerChains(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.LowerToSFPU", {});
}

}  // namespace tltt::compiler

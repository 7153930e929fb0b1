// D3: the abstract moves of reader and writer become the NoC and circular buffer protocol.
//
// Before: tt.read_to_cb("cb_in0", A[by*128 : 128, k*32 : 32])
// After:  tt.cb_reserve_back("cb_in0", 4)
//         ptr = tt.get_write_ptr("cb_in0")
//         for r in serial(4):
//           tt.noc_async_read_page((by*4 + r) * 32 + k, "A", ptr + r * 2048)
//         tt.noc_async_read_barrier()
//         tt.cb_push_back("cb_in0", 4)
//
// Moves that follow each other share one barrier. Pages beyond the tensor's edge are filled with zeros on reading and
// left out on writing; the test for it is made only where the compiler cannot prove that the block lies inside.
#include "analysis/access.h"
#include "analysis/scalars.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

class ProtocolLowering : public StmtMutator {
 public:
  explicit ProtocolLowering(const PrimFunc& func) : cbs_(CbTable::FromFunc(func)), tensors_(TensorsOf(func)) {}

 private:
  Stmt VisitStmt_(const BindNode* node) final {
    ranges_.Enter(node);
    return GetRef<Stmt>(node);
  }
  Stmt VisitStmt_(const ForNode* node) final {
    ranges_.Enter(node);
    return StmtMutator::VisitStmt_(node);
  }
  Stmt VisitStmt_(const SeqStmtNode* node) final {
    Array<Stmt> seq;
    for (size_t i = 0; i < node->seq.size();) {
      Array<Stmt> reads;
      while (i < node->seq.size() && AsTt(node->seq[i], "tt.read_to_cb") && IsNew(reads, node->seq[i]))
        reads.push_back(node->seq[i++]);
      seq.push_back(reads.empty() ? VisitStmt(node->seq[i++]) : Reads(reads));
    }
    return SeqStmt::Flatten(seq);
  }
  Stmt VisitStmt_(const EvaluateNode* node) final {
    if (AsTt(GetRef<Stmt>(node), "tt.read_to_cb")) return Reads({GetRef<Stmt>(node)});
    if (const CallNode* call = AsTt(GetRef<Stmt>(node), "tt.write_from_cb")) return Write(call, node->span);
    return GetRef<Stmt>(node);
  }

  // Two fills of one buffer cannot share a barrier: the second needs the first to be pushed.
  static bool IsNew(const Array<Stmt>& reads, const Stmt& next) {
    for (const Stmt& stmt : reads)
      if (StrArg(AsTt(stmt), 0) == StrArg(AsTt(next), 0)) return false;
    return true;
  }

  Stmt Reads(const Array<Stmt>& reads) {
    Array<Stmt> seq, pushes;
    for (const Stmt& stmt : reads) {
      const CallNode* call = AsTt(stmt);
      const CbRecord& cb = cbs_.at(StrArg(call, 0));
      Var ptr(cb.name + "_ptr", DataType::UInt(32));
      seq.push_back(TtStmt("tt.cb_reserve_back", {Str(cb.name), Int(cb.Tiles())}, stmt->span));
      seq.push_back(Bind(ptr, TtCall("tt.get_write_ptr", {Str(cb.name)}, DataType::UInt(32)), stmt->span));
      seq.push_back(Pages(call, cb, ptr, false, stmt->span));
      pushes.push_back(TtStmt("tt.cb_push_back", {Str(cb.name), Int(cb.Tiles())}, stmt->span));
    }
    return SeqStmt::Flatten(seq, TtStmt("tt.noc_async_read_barrier", {}, reads.back()->span), pushes);
  }

  Stmt Write(const CallNode* call, const Span& span) {
    const CbRecord& cb = cbs_.at(StrArg(call, 0));
    Var ptr(cb.name + "_ptr", DataType::UInt(32));
    return SeqStmt::Flatten(TtStmt("tt.cb_wait_front", {Str(cb.name), Int(cb.Tiles())}, span),
                            Bind(ptr, TtCall("tt.get_read_ptr", {Str(cb.name)}, DataType::UInt(32)), span),
                            Pages(call, cb, ptr, true, span), TtStmt("tt.noc_async_write_barrier", {}, span),
                            TtStmt("tt.cb_pop_front", {Str(cb.name), Int(cb.Tiles())}, span));
  }

  // The loops over the block's pages.
  Stmt Pages(const CallNode* call, const CbRecord& cb, const Var& ptr, bool write, const Span& span) {
    Region region = RegionFromExpr(call->args[1]);
    const TensorRecord& t = TensorOf(region.buffer->name);
    std::vector<std::pair<Var, int64_t>> loops;
    PrimExpr inside = Bool(true);
    PrimExpr page = Int(0), local = Int(0);
    auto step = [&](const PrimExpr& min, int64_t extent, int64_t limit, const char* name) {
      PrimExpr index = min;
      PrimExpr offset = Int(0);
      if (extent > 1) {
        Var v(name, DataType::Int(32));
        ranges_.analyzer.Bind(v, Range::FromMinExtent(Int(0), Int(extent)), true);
        loops.emplace_back(v, extent);
        offset = v;
        index = min + v;
      }
      index = ranges_.analyzer.Simplify(index);
      if (!ranges_.analyzer.CanProve(index < Int(limit))) inside = inside && index < Int(limit);
      page = page * Int(limit) + index;
      local = local * Int(extent) + offset;
    };
    for (size_t axis = 0; axis < t.shape.size(); ++axis) {
      if (static_cast<int>(axis) == t.row_axis || static_cast<int>(axis) == t.col_axis) continue;
      step(region.mins[axis], region.extents[axis], t.shape[axis], "b");
    }
    int64_t tile_rows = 1, tile_cols = 1;
    if (t.row_axis >= 0) {
      tile_rows = CeilTiles(region.extents[t.row_axis]);
      step(TileStart(region.mins[t.row_axis]), tile_rows, t.TileRows(), "r");
    }
    PrimExpr before_cols = local;
    if (t.col_axis >= 0) {
      tile_cols = CeilTiles(region.extents[t.col_axis]);
      step(TileStart(region.mins[t.col_axis]), tile_cols, t.TileCols(), "c");
    }
    if (cb.tiles_transposed && tile_cols > 1) local = loops.back().first * Int(tile_rows) + before_cols;
    PrimExpr address =
        ranges_.analyzer.Simplify(Cast(DataType::UInt(32), local) * IntImm(DataType::UInt(32), cb.PageBytes()));
    address = is_zero(address) ? PrimExpr(ptr) : ptr + address;
    page = ranges_.analyzer.Simplify(page);
    Stmt body =
        TtStmt(write ? "tt.noc_async_write_page" : "tt.noc_async_read_page", {page, Str(t.name), address}, span);
    inside = ranges_.analyzer.Simplify(inside);
    if (!is_one(inside)) {
      Optional<Stmt> otherwise;
      if (!write) otherwise = TtStmt("tt.zero_page", {address, Int(cb.PageBytes())}, span);
      body = IfThenElse(inside, body, otherwise, span);
    }
    for (size_t i = loops.size(); i-- > 0;)
      body = For(loops[i].first, Int(0), Int(loops[i].second), ForKind::kSerial, body, std::nullopt, {}, std::nullopt,
                 span);
    return body;
  }

  PrimExpr TileStart(const PrimExpr& min) { return ranges_.analyzer.Simplify(floordiv(min, Int(kTileHeight))); }

  const TensorRecord& TensorOf(const std::string& name) const {
    for (const TensorRecord& t : tensors_)
      if (t.name == name) return t;
    BrokenContract("D3", "no tensor " + name);
  }

  CbTable cbs_;
  std::vector<TensorRecord> tensors_;
  ScalarRanges ranges_;
};

}  // namespace

Pass LowerCBIntrinsics() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) {
    auto role = func->GetAttr<String>(attr::kKernelRole);
    if (!role || role.value() == "compute") return func;
    Stmt body = ProtocolLowering(func)(func->body);
    func.CopyOnWrite()->body = body;
    return WithAttr(std::move(func), attr::kCbProtocolInserted, Integer(1));
  };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.LowerCBIntrinsics", {});
}

}  // namespace tltt::compiler

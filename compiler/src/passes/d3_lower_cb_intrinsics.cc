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
// Moves that follow each other share one barrier. Of a block that cores share (C4) one core reads the pages and sends
// them on (multicast_protocol.h). Pages beyond the tensor's edge are filled with zeros on reading and left out on
// writing; the test for it is made only where the compiler cannot prove that the block lies inside.
#include <functional>

#include "analysis/access.h"
#include "analysis/scalars.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "ir/riscv.h"
#include "ir/turns.h"
#include "passes/multicast_protocol.h"
#include "passes/passes.h"
#include "passes/riscv_lowering.h"

namespace tltt::compiler {
namespace {

class ProtocolLowering : public StmtMutator {
 public:
  explicit ProtocolLowering(const PrimFunc& func)
      : cbs_(CbTable::FromFunc(func)), tensors_(TensorsOf(func)), multicasts_(func) {
    batch_barriers_ = OptionOf(TargetOf(func), "batch_barriers");
    if (func->GetAttr<String>(attr::kKernelRole).value() == "writer")
      if (auto semaphore = func->GetAttr<Integer>(attr::kTurns)) turns_ = semaphore.value()->value;
  }

  Stmt Run(const Stmt& body) {
    Stmt out = VisitStmt(body);
    Array<Stmt> end;
    if (writes_ || !multicasts_.empty()) end.push_back(TtStmt("tt.noc_async_write_barrier", {}, Span()));
    if (!multicasts_.empty() || turns_) end.push_back(TtStmt("tt.noc_async_atomic_barrier", {}, Span()));
    Array<Stmt> prologue = multicasts_.Prologue();
    if (turns_) prologue.push_back(TtStmt("tt.turn_memory", {Int(*turns_)}));
    return SeqStmt::Flatten(prologue, out, end);
  }
  std::vector<std::string> ArgNames() const { return turns_ ? TurnArgs() : multicasts_.ArgNames(); }

 private:
  Stmt VisitStmt_(const BindNode* node) final {
    ranges_.Enter(node);
    return GetRef<Stmt>(node);
  }
  Stmt VisitStmt_(const ForNode* node) final {
    ranges_.Enter(node);
    auto grouped = node->annotations.find(attr::kStepsAtOnce);
    if (grouped == node->annotations.end()) return PassTurn(node, StmtMutator::VisitStmt_(node));
    return SeveralSteps(node, (*grouped).second.cast<Array<Integer>>()[0]->value);
  }
  // A loop over the steps of a sum, whose blocks are loaded several at a time.
  Stmt SeveralSteps(const ForNode* loop, int64_t steps) {
    Array<Stmt> reads;
    if (const auto* seq = loop->body.as<SeqStmtNode>()) {
      reads = seq->seq;
    } else {
      reads.push_back(loop->body);
    }
    for (const Stmt& read : reads)
      if (!AsTt(read, "tt.read_to_cb")) BrokenContract("D3", "a loop that loads several steps at once does more");
    auto copy = ffi::make_object<ForNode>(*loop);
    copy->loop_var = Var(loop->loop_var->name_hint + "_group", loop->loop_var.dtype());
    copy->extent = Int(loop->extent.as<IntImmNode>()->value / steps);
    const Var step("step", DataType::Int(32));
    ranges_.analyzer.Bind(step, Range(Int(0), Int(steps)), true);
    ranges_.analyzer.Bind(copy->loop_var, Range(Int(0), copy->extent), true);
    const Map<Var, PrimExpr> place{{loop->loop_var, copy->loop_var * Int(steps) + step}};
    for (size_t i = 0; i < reads.size(); ++i) reads.Set(i, Substitute(reads[i], place));
    copy->body = Reads(reads, step, steps);
    if (is_one(copy->extent)) return Substitute(copy->body, Map<Var, PrimExpr>{{copy->loop_var, Int(0)}});
    return Stmt(copy);
  }
  // The core's turn, if it takes turns, goes on behind each of its blocks.
  Stmt PassTurn(const ForNode* node, const Stmt& stmt) const {
    if (!turns_ || !node->annotations.count(attr::kPersistentLoop)) return stmt;
    auto loop = ffi::make_object<ForNode>(*stmt.as<ForNode>());
    loop->body = SeqStmt::Flatten(loop->body, TtStmt("tt.pass_turn", {node->loop_var}));
    return Stmt(loop);
  }
  Stmt VisitStmt_(const AttrStmtNode* node) final {
    return AsRiscv(GetRef<Stmt>(node)) ? LowerRiscv(node, tensors_, &ranges_) : StmtMutator::VisitStmt_(node);
  }
  Stmt VisitStmt_(const SeqStmtNode* node) final {
    Array<Stmt> seq;
    for (size_t i = 0; i < node->seq.size();) {
      Array<Stmt> reads;
      while (i < node->seq.size() && AsTt(node->seq[i], "tt.read_to_cb") && !RowsOf(node->seq[i]) &&
             IsNew(reads, node->seq[i]))
        reads.push_back(node->seq[i++]);
      seq.push_back(reads.empty() ? VisitStmt(node->seq[i++]) : Reads(reads));
    }
    return SeqStmt::Flatten(seq);
  }
  Stmt VisitStmt_(const EvaluateNode* node) final {
    if (RowsOf(GetRef<Stmt>(node))) return MoveRows(AsTt(GetRef<Stmt>(node)), node->span);
    if (AsTt(GetRef<Stmt>(node), "tt.read_to_cb")) return Reads({GetRef<Stmt>(node)});
    if (const CallNode* call = AsTt(GetRef<Stmt>(node), "tt.write_from_cb")) return Write(call, node->span);
    if (const CallNode* call = AsTt(GetRef<Stmt>(node), "tt.index_tile")) return FillIndexTile(call);
    return GetRef<Stmt>(node);
  }

  // The rows that a transfer is from or to, if it is one between rows and tiles.
  static std::optional<Buffer> RowsOf(const Stmt& stmt) {
    const CallNode* call = AsTt(stmt);
    if (!call || (OpName(call) != "tt.read_to_cb" && OpName(call) != "tt.write_from_cb")) return std::nullopt;
    if (call->args.size() < 2) return std::nullopt;  // in its place already
    Buffer buffer = tl::NormalizeToBufferRegion(call->args[1])->buffer;
    return IsRows(buffer) ? std::optional<Buffer>(buffer) : std::nullopt;
  }

  Stmt MoveRows(const CallNode* call, const Span& span) {
    const CbRecord& cb = cbs_.at(StrArg(call, 0));
    const Buffer rows = tl::NormalizeToBufferRegion(call->args[1])->buffer;
    const bool to_tiles = OpName(call) == "tt.read_to_cb";
    auto protocol = [&](const char* op) { return TtStmt(op, {Str(cb.name), Int(cb.Tiles())}, span); };
    const bool pair = cb.shape.size() >= 2;
    const int64_t count = cb.shape.empty() ? 1 : cb.shape.back();
    int64_t batches = 1;
    for (size_t i = 0; i + 2 < cb.shape.size(); ++i) batches *= cb.shape[i];
    Stmt move = TtStmt(to_tiles ? "tt.rows_to_tiles" : "tt.tiles_to_rows",
                       {Str(cb.name), Str(rows->name), Int(batches),
                        Int(pair        ? cb.shape[cb.shape.size() - 2]
                            : cb.column ? count
                                        : 1),
                        Int(pair || !cb.column ? count : 1), Bool(cb.tiles_transposed)},
                       span);
    return SeqStmt({protocol(to_tiles ? "tt.cb_reserve_back" : "tt.cb_wait_front"), move,
                    protocol(to_tiles ? "tt.cb_push_back" : "tt.cb_pop_front")});
  }

  // Two fills of one buffer cannot share a barrier: the second needs the first to be pushed.
  static bool IsNew(const Array<Stmt>& reads, const Stmt& next) {
    for (const Stmt& stmt : reads)
      if (StrArg(AsTt(stmt), 0) == StrArg(AsTt(next), 0)) return false;
    return true;
  }

  // `step`, one of `steps`: number of the block among those that each statement reads one behind the other.
  Stmt Reads(const Array<Stmt>& reads, const Optional<Var>& step = std::nullopt, int64_t steps = 1) {
    Array<Stmt> seq, requests, pages, sends, waits, pushes;
    Optional<PrimExpr> sending;
    bool shallow = false;  // one of the buffers holds a single block
    bool reads_pages = false;
    for (const Stmt& stmt : reads) {
      const CallNode* call = AsTt(stmt);
      const CbRecord& cb = cbs_.at(StrArg(call, 0));
      const Span& span = stmt->span;
      Var ptr(cb.name + "_ptr", DataType::Int(32));
      const int64_t tiles = steps * cb.Tiles(), bytes = tiles * cb.PageBytes();
      if (!cb.shard.empty()) {  // the block lies in its place already
        seq.push_back(TtStmt("tt.cb_reserve_back", {Str(cb.name), Int(tiles)}, span));
        pushes.push_back(TtStmt("tt.cb_push_back", {Str(cb.name), Int(tiles)}, span));
        continue;
      }
      reads_pages = true;
      seq.push_back(TtStmt("tt.cb_reserve_back", {Str(cb.name), Int(tiles)}, span));
      seq.push_back(Bind(ptr, TtCall("tt.get_write_ptr", {Str(cb.name)}, DataType::Int(32)), span));
      PrimExpr place = ptr;
      if (step) place = place + step.value() * Int(cb.Tiles() * cb.PageBytes());
      Stmt read = Pages(call, cb, place, false, span, [](const Stmt& body) { return body; });
      if (step)
        read = For(step.value(), Int(0), Int(steps), ForKind::kSerial, read, std::nullopt, {}, std::nullopt, span);
      const bool shallow_cb = cb.depth <= steps;
      pushes.push_back(TtStmt("tt.cb_push_back", {Str(cb.name), Int(tiles)}, span));
      if (call->args.size() < 3) {
        pages.push_back(read);
        continue;
      }
      const Multicast& shared = multicasts_.Of(cb.name, StrArg(call, 2));
      sending = sending ? sending.value() || shared.sends : shared.sends;
      if (reads.size() == 1) {
        // The whole exchange in one branch for the sender and one for the receivers.
        Stmt barrier = TtStmt("tt.noc_async_read_barrier", {}, span);
        seq.push_back(IfThenElse(shared.sends,
                                 SeqStmt::Flatten(Flushed(shallow_cb, span), read, barrier, Flushed(!shallow_cb, span),
                                                  shared.Send(ptr, bytes, span)),
                                 SeqStmt::Flatten(shared.Request(span), shared.Await(span)), span));
        seq.push_back(pushes.back());
        return SeqStmt::Flatten(seq);
      }
      shallow = shallow || shallow_cb;
      requests.push_back(IfThenElse(shared.receives, shared.Request(span), std::nullopt, span));
      pages.push_back(IfThenElse(shared.sends, read, std::nullopt, span));
      sends.push_back(IfThenElse(shared.sends, shared.Send(ptr, bytes, span), std::nullopt, span));
      waits.push_back(IfThenElse(shared.receives, shared.Await(span), std::nullopt, span));
    }
    // Every core asks before it waits for anything, and sends before it waits for what others send.
    Stmt flush = Evaluate(0);
    if (sending) flush = IfThenElse(sending.value(), Flushed(true, reads.back()->span), std::nullopt);
    if (!reads_pages) return SeqStmt::Flatten(seq, pushes);
    return SeqStmt::Flatten(seq, requests, shallow ? flush : Stmt(Evaluate(0)), pages,
                            TtStmt("tt.noc_async_read_barrier", {}, reads.back()->span),
                            shallow ? Stmt(Evaluate(0)) : flush, sends, waits, pushes);
  }

  // Written by the core itself: no transfer to wait for.
  Stmt FillIndexTile(const CallNode* call) {
    const CbRecord& cb = cbs_.at(StrArg(call, 0));
    PrimExpr ptr = TtCall("tt.get_write_ptr", {Str(cb.name)}, DataType::UInt(32));
    const char* fill = cb.Format() == DataFormat::kFloat32 ? "tt.fill_index_tile_fp32" : "tt.fill_index_tile";
    return SeqStmt({TtStmt("tt.cb_reserve_back", {Str(cb.name), Int(1)}),
                    TtStmt(fill, {ptr, call->args[1], call->args[2]}),
                    TtStmt("tt.cb_push_back", {Str(cb.name), Int(1)})});
  }

  // The pages of a multicast are filled again by this kernel, not before they have left. A buffer of several blocks
  // needs that of the multicast before the last one only: the next block is read while the last one leaves.
  static Stmt Flushed(bool here, const Span& span) {
    return here ? TtStmt("tt.noc_async_writes_flushed", {}, span) : Stmt(Evaluate(0));
  }

  // Popped pages may be filled again as soon as their bytes have left; that all have arrived matters at the end alone.
  Stmt Write(const CallNode* call, const Span& span) {
    const CbRecord& cb = cbs_.at(StrArg(call, 0));
    Var ptr(cb.name + "_ptr", DataType::Int(32));
    const Array<PrimExpr> chunk{Str(cb.name), Int(cb.ChunkTiles())};
    if (!cb.shard.empty())
      return SeqStmt({TtStmt("tt.cb_wait_front", chunk, span), TtStmt("tt.cb_pop_front", chunk, span)});
    writes_ = true;
    return Pages(call, cb, ptr, true, span, [&](const Stmt& pages) {
      return SeqStmt::Flatten(TtStmt("tt.cb_wait_front", chunk, span),
                              Bind(ptr, TtCall("tt.get_read_ptr", {Str(cb.name)}, DataType::Int(32)), span), pages,
                              TtStmt("tt.noc_async_writes_flushed", {}, span), TtStmt("tt.cb_pop_front", chunk, span));
    });
  }

  // Loops over the block's chunks, `protocol` of the loops over a chunk's pages inside.
  Stmt Pages(const CallNode* call, const CbRecord& cb, const PrimExpr& ptr, bool write, const Span& span,
             const std::function<Stmt(const Stmt&)>& protocol) {
    Region region = RegionFromExpr(call->args[1]);
    const TensorRecord* found = FindTensor(tensors_, region.buffer->name);
    if (!found) BrokenContract("D3", "no tensor " + std::string(region.buffer->name));
    const TensorRecord& t = *found;
    std::vector<std::pair<Var, int64_t>> chunks, loops;
    PrimExpr inside = Bool(true);
    PrimExpr page = Int(0), local = Int(0);
    auto loop = [&](std::vector<std::pair<Var, int64_t>>* nest, const std::string& name, int64_t extent) -> PrimExpr {
      if (extent == 1) return Int(0);
      Var v(name, DataType::Int(32));
      ranges_.analyzer.Bind(v, Range::FromMinExtent(Int(0), Int(extent)), true);
      nest->emplace_back(v, extent);
      return v;
    };
    auto step = [&](const PrimExpr& min, int64_t total, int64_t extent, int64_t limit, const std::string& name) {
      PrimExpr index = min + loop(&chunks, "chunk_" + name, total / extent) * Int(extent);
      PrimExpr offset = loop(&loops, name, extent);
      index = index + offset;
      index = ranges_.analyzer.Simplify(index);
      if (!ranges_.analyzer.CanProve(index < Int(limit))) inside = inside && index < Int(limit);
      page = page * Int(limit) + index;
      local = local * Int(extent) + offset;
    };
    for (size_t axis = 0; axis < t.shape.size(); ++axis) {
      if (static_cast<int>(axis) == t.row_axis || static_cast<int>(axis) == t.col_axis) continue;
      const int64_t extent = region.extents[axis];
      step(region.mins[axis], extent, cb.InChunks() ? 1 : extent, t.shape[axis], "b");
    }
    int64_t tile_rows = 1, tile_cols = 1;
    if (t.row_axis >= 0) {
      tile_rows = CeilTiles(region.extents[t.row_axis]);
      step(TileStart(region.mins[t.row_axis]), tile_rows, cb.InChunks() ? cb.chunk_rows : tile_rows, t.TileRows(), "r");
    }
    PrimExpr before_cols = local;
    if (t.col_axis >= 0) {
      tile_cols = CeilTiles(region.extents[t.col_axis]);
      step(TileStart(region.mins[t.col_axis]), tile_cols, cb.InChunks() ? cb.chunk_cols : tile_cols, t.TileCols(), "c");
    }
    if (cb.tiles_transposed && tile_cols > 1) local = loops.back().first * Int(tile_rows) + before_cols;
    PrimExpr address = ranges_.analyzer.Simplify(ptr + local * Int(cb.PageBytes()));
    page = ranges_.analyzer.Simplify(page);
    // What the innermost loop does not change is computed in front of it.
    Array<Stmt> before;
    if (!loops.empty()) {
      page = Hoisted(page, loops.back().first, t.name + "_page", &before);
      if (loops.size() > 1) address = Hoisted(address, loops.back().first, cb.name + "_at", &before);
    }
    Stmt body =
        TtStmt(write ? "tt.noc_async_write_page" : "tt.noc_async_read_page", {page, Str(t.name), address}, span);
    if (!batch_barriers_)
      body = SeqStmt({body, TtStmt(write ? "tt.noc_async_write_barrier" : "tt.noc_async_read_barrier", {}, span)});
    inside = ranges_.analyzer.Simplify(inside);
    if (!is_one(inside)) {
      Optional<Stmt> otherwise;
      if (!write) otherwise = TtStmt("tt.zero_page", {address, Int(cb.PageBytes())}, span);
      body = IfThenElse(inside, body, otherwise, span);
    }
    auto wrap = [&](const std::vector<std::pair<Var, int64_t>>& nest) {
      for (size_t i = nest.size(); i-- > 0;)
        body = For(nest[i].first, Int(0), Int(nest[i].second), ForKind::kSerial, body, std::nullopt, {}, std::nullopt,
                   span);
    };
    if (!loops.empty()) {
      const auto inner = std::vector{loops.back()};
      loops.pop_back();
      wrap(inner);
      body = SeqStmt::Flatten(before, body);
      wrap(loops);
    }
    body = protocol(body);
    wrap(chunks);
    return body;
  }

  // `expr`, linear in `v`, with all that does not depend on `v` bound to a variable in front of the loop.
  PrimExpr Hoisted(const PrimExpr& expr, const Var& v, const std::string& name, Array<Stmt>* before) {
    Array<PrimExpr> linear = arith::DetectLinearEquation(expr, {v});
    if (linear.empty()) return expr;
    const PrimExpr base = ranges_.analyzer.Simplify(linear[1]);
    if (base.as<VarNode>() || base.as<IntImmNode>()) return expr;
    Var first(name, expr.dtype());
    before->push_back(Bind(first, base));
    return ranges_.analyzer.Simplify(first + v * linear[0]);
  }

  PrimExpr TileStart(const PrimExpr& min) { return ranges_.analyzer.Simplify(floordiv(min, Int(kTileHeight))); }

  CbTable cbs_;
  std::vector<TensorRecord> tensors_;
  ScalarRanges ranges_;
  MulticastTable multicasts_;
  std::optional<int64_t> turns_;  // their semaphore
  bool writes_ = false;
  bool batch_barriers_ = true;
};

}  // namespace

Pass LowerCBIntrinsics() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) {
    auto role = func->GetAttr<String>(attr::kKernelRole);
    if (!role || role.value() == "compute") return func;
    ProtocolLowering lowering(func);
    func.CopyOnWrite()->body = lowering.Run(func->body);
    Array<String> args = func->GetAttr<Array<String>>(attr::kRuntimeArgs).value();
    for (const std::string& name : lowering.ArgNames()) args.push_back(name);
    func = WithAttr(std::move(func), attr::kRuntimeArgs, args);
    return WithAttr(std::move(func), attr::kCbProtocolInserted, Integer(1));
  };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.LowerCBIntrinsics", {});
}

}  // namespace tltt::compiler

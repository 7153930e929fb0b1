// C1: on-chip buffers become conceptual circular buffers, transfers become abstract moves. No protocol yet.
//
// Before:                                           After:
//   A_shared = alloc_buffer((128, 32), "shared.dyn")   tt.read_to_cb("cb_in0", A[by*128 : 128, k*32 : 32])
//   T.copy(A[by*128, k*32], A_shared)                  ...
//   ...                                                tt.tile.store("cb_out0", tt.tile.load("cb_intermed0", "tile"))
//   T.copy(C_local, C[by*128, bx*128])                 tt.write_from_cb("cb_out0", C[by*128 : 128, bx*128 : 128])
//   for i, j in T.Parallel(32, 64):                    tt.read_to_cb("cb_in0", A[...]); tt.read_to_cb("cb_in1", B[...])
//     C[by*32+i, bx*64+j] = A[...] + B[...]            for i, j in T.Parallel: C_out[i, j] = A_in[i, j] + B_in[i, j]
//                                                      tt.write_from_cb("cb_out0", C[...])
//
// A buffer's class comes from who writes and reads it: written by the reader alone: input; read by the writer alone:
// output; everything else is an intermediate of the compute kernel. A buffer that the reader loads and compute also
// writes gets an input buffer of its own in front of it. Checks that every transfer falls on whole tiles.
#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "analysis/access.h"
#include "analysis/orientation.h"
#include "analysis/scalars.h"
#include "analysis/tile_parts.h"
#include "ir/diagnostic_codes.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "ir/riscv.h"
#include "ir/sharing.h"
#include "ir/span_scope.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

struct Usage {
  int loads = 0, stores = 0;  // transfers from and to tensors
  // The loop or branch around the last of each, and whether the load came first.
  const ffi::Object *load_in = nullptr, *store_in = nullptr;
  bool load_first = false;
  int to_rows = 0;  // copies for a RISC-V core
  int other_writes = 0, other_reads = 0;
  // The branch without an `else` that fills it first. What is read behind the branch may be of an earlier iteration.
  const ffi::Object* branch = nullptr;
  bool outlives_branch = false;
};

class UsageCounter : public StmtExprVisitor {
 public:
  std::unordered_map<const BufferNode*, Usage> usage;

 private:
  void VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    if (!call || OpName(call).rfind("tl.tileop.", 0) != 0) return;
    tl::TileOperator op = tl::ParseOperator(GetRef<Call>(call));
    if (const auto* copy = op.as<tl::CopyNode>()) {
      if (IsRows(copy->src)) CountLoad(copy->dst);
      if (IsRows(copy->dst)) ++usage[copy->src.get()].to_rows;
      if (IsRows(copy->src) || IsRows(copy->dst)) return;
      bool from_global = IsGlobal(copy->src), to_global = IsGlobal(copy->dst);
      // A load that converts, or of a part, is finished by compute, like any other write of its.
      const bool plain_load = from_global && copy->src->dtype == copy->dst->dtype &&
                              IsWhole(ToRegion(copy->dst, copy->dst_range, node->span, "T.copy"));
      if (!to_global) plain_load ? CountLoad(copy->dst) : CountWrite(copy->dst);
      if (!from_global) to_global ? CountStore(copy->src) : CountRead(copy->src);
      return;
    }
    for (const auto& access : op->GetAccessRegions().reads) CountRead(access->buffer);
    for (const auto& access : op->GetAccessRegions().writes) ++usage[access->buffer.get()].other_writes;
  }
  void CountWrite(const Buffer& buffer) { ++usage[buffer.get()].other_writes; }
  void CountLoad(const Buffer& buffer) {
    Usage& use = usage[buffer.get()];
    if (use.loads++ == 0 && !branches_.empty()) use.branch = branches_.back();
    use.load_in = around_;
    use.load_first = use.stores == 0;
  }
  void CountRead(const Buffer& buffer) { ++Read(buffer).other_reads; }
  Usage& Read(const Buffer& buffer) {
    Usage& use = usage[buffer.get()];
    if (use.branch && std::find(branches_.begin(), branches_.end(), use.branch) == branches_.end())
      use.outlives_branch = true;
    return use;
  }
  void CountStore(const Buffer& buffer) {
    Usage& use = Read(buffer);
    ++use.stores;
    use.store_in = around_;
  }

  void VisitStmt_(const ForNode* node) final {
    const ffi::Object* outer = std::exchange(around_, node);
    StmtExprVisitor::VisitStmt_(node);
    around_ = outer;
  }
  void VisitStmt_(const IfThenElseNode* node) final {
    VisitExpr(node->condition);
    const ffi::Object* outer = std::exchange(around_, node->then_case.get());
    if (!node->else_case) branches_.push_back(node);
    VisitStmt(node->then_case);
    if (!node->else_case) branches_.pop_back();
    if (node->else_case) {
      around_ = node->else_case.value().get();
      VisitStmt(node->else_case.value());
    }
    around_ = outer;
  }
  void VisitStmt_(const AttrStmtNode* node) final {
    if (!AsRiscv(GetRef<Stmt>(node))) StmtExprVisitor::VisitStmt_(node);
  }
  void VisitStmt_(const BufferStoreNode* node) final {
    ++usage[node->buffer.get()].other_writes;
    StmtExprVisitor::VisitStmt_(node);
  }
  void VisitExpr_(const BufferLoadNode* node) final {
    CountRead(node->buffer);
    StmtExprVisitor::VisitExpr_(node);
  }

  // What stands in several places is looked at once.
  void VisitExpr(const PrimExpr& expr) final {
    if (seen_.insert(expr.get()).second) StmtExprVisitor::VisitExpr(expr);
  }

  const ffi::Object* around_ = nullptr;
  std::vector<const ffi::Object*> branches_;  // without an `else`, around the statement at hand
  std::unordered_set<const ffi::Object*> seen_;
};

class SharedToCb : public StmtMutator {
 public:
  SharedToCb(const PrimFunc& func, std::unordered_map<const BufferNode*, Usage> usage) : usage_(std::move(usage)) {
    for (TensorRecord& t : TensorsOf(func)) tensors_[t.name] = std::move(t);
    orientation_ = InferOrientation(func->body, [this](const Region& region) { return IsColumn(region); });
  }

  CbTable cbs;
  Map<String, Any> buffer_to_cb;
  std::set<const BufferNode*>
      element_variables;  // scalar variables that some T.Parallel gives a value for each element

  Stmt Run(const Stmt& body) { return VisitStmt(body); }

 private:
  Stmt VisitStmt(const Stmt& stmt) final {
    if (stmt->span.defined()) span_ = stmt->span;
    return StmtMutator::VisitStmt(stmt);
  }

  Stmt VisitStmt_(const AttrStmtNode* node) final {
    return AsRiscv(GetRef<Stmt>(node)) ? GetRef<Stmt>(node) : StmtMutator::VisitStmt_(node);
  }

  Stmt VisitStmt_(const BindNode* node) final {
    ranges_.Enter(node);
    return GetRef<Stmt>(node);
  }

  Stmt VisitStmt_(const AllocBufferNode* node) final {
    const Buffer& buffer = node->buffer;
    if (IsRows(buffer) || IsScalarVariable(buffer)) return GetRef<Stmt>(node);
    std::vector<int64_t> shape = ConstShape(buffer);
    const Usage& use = usage_[buffer.get()];
    if (use.loads + use.stores + use.to_rows + use.other_reads + use.other_writes == 0) return Evaluate(0);
    RequireDtype(ffi::DLDataTypeToString(buffer->dtype), "buffer `" + std::string(buffer->name) + "`",
                 buffer->span.defined() ? buffer->span : span_);
    bool input =
        use.loads > 0 && use.other_writes == 0 && !use.outlives_branch && !orientation_.mixed.count(buffer.get());
    const bool column = IsColumnShape(shape) || orientation_.columns.count(buffer.get()) > 0;
    NewCb(buffer, input ? "input" : use.to_rows > 0 ? "output" : "intermed", column);
    return Evaluate(0);
  }

  Stmt VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    if (!call || OpName(call) != "tl.tileop.copy") return GetRef<Stmt>(node);
    tl::TileOperator op = tl::ParseOperator(GetRef<Call>(call));
    const auto* copy = op.as<tl::CopyNode>();
    const bool from_global = IsGlobal(copy->src), to_global = IsGlobal(copy->dst);
    // Rows of a RISC-V core travel through a circular buffer that has no other use.
    if (IsRows(copy->src)) return TtStmt("tt.read_to_cb", {Str(CbOf(copy->dst)), call->args[0]}, node->span);
    if (IsRows(copy->dst)) return TtStmt("tt.write_from_cb", {Str(CbOf(copy->src)), call->args[1]}, node->span);
    if (!from_global && !to_global) return GetRef<Stmt>(node);
    Region src = ToRegion(copy->src, copy->src_range, node->span, "T.copy");
    Region dst = ToRegion(copy->dst, copy->dst_range, node->span, "T.copy");
    if (Squeeze(src.extents) != Squeeze(dst.extents)) {
      Refuse(node->span, "T.copy from `" + Name(src) + "` to `" + Name(dst) + "`: the blocks differ in shape",
             "copy blocks of one shape", Code::kBlockShape);
    }
    if (from_global && to_global) return CopyTensorToTensor(src, dst, node->span);
    return from_global ? Load(src, dst, node->span) : Store(src, dst, node->span);
  }

  Stmt CopyTensorToTensor(const Region& src, const Region& dst, const Span& span) {
    Buffer stage = Staging(src, "copy");
    const std::string cb = NewCb(stage, "input", IsColumn(src));
    if (src.buffer->dtype == dst.buffer->dtype && FormatOf(src) == FormatOf(dst))
      return SeqStmt({Read(cb, src, span), Write(cb, dst, span)});
    const std::string out = NewCb(Staging(dst, "out"), "output", IsColumn(dst));
    return SeqStmt({Read(cb, src, span), TileCopy(out, cb, span), Write(out, dst, span)});
  }

  Stmt Load(const Region& src, const Region& dst, const Span& span) {
    const std::string target = CbOf(dst.buffer);
    if (!IsWhole(dst)) return LoadPart(src, dst, target, span);
    if (cbs.at(target).kind == "input") return Read(target, src, span);
    // Compute also writes the buffer, or has to convert it: the reader fills an input buffer in front of it.
    const std::string stage = NewCb(Staging(src, "in"), "input", IsColumn(src));
    return SeqStmt({Read(stage, src, span), TileCopy(target, stage, span)});
  }

  Stmt LoadPart(const Region& src, const Region& dst, const std::string& target, const Span& span) {
    const ElementPart part = RequireWritable(dst, cbs.at(target), &ranges_.analyzer, span, "T.copy moves");
    std::string from = NewCb(Staging(src, "in"), "input", IsColumn(src));
    Array<Stmt> seq{Read(from, src, span)};
    const CbRecord own = PartRecord(cbs.at(target), part, "cb_intermed" + std::to_string(counters_["intermed"]));
    if (own.column != cbs.at(from).column || own.dtype != cbs.at(from).dtype) {
      ++counters_["intermed"];
      cbs.Add(own);
      seq.push_back(TileCopy(own.name, from, span));
      from = own.name;
    }
    seq.push_back(TtStmt("tt.tile.store", {Str(target), WithPart(cbs.at(target), part, from)}, span));
    return SeqStmt::Flatten(seq);
  }

  // A row, column or element of a block, which starts at no tile, goes through a buffer of its own.
  Stmt StoreLine(const Region& src, const Region& dst, const std::string& from, const Span& span) {
    const ElementPart line = RequireLine(src, cbs.at(from), &ranges_.analyzer, span, "T.copy moves");
    CbRecord own = PartRecord(cbs.at(from), line, "cb_intermed" + std::to_string(counters_["intermed"]++));
    cbs.Add(own);
    const std::string out = NewCb(Staging(dst, "out"), "output", IsColumn(dst));
    return SeqStmt({TtStmt("tt.tile.store", {Str(own.name), TakeLine(cbs.at(from), line)}, span),
                    TileCopy(out, own.name, span), Write(out, dst, span)});
  }

  Stmt Store(const Region& src, const Region& dst, const Span& span) {
    const std::string from = CbOf(src.buffer);
    const auto part = PartOf(src, cbs.at(from).column, &ranges_.analyzer);
    if (!part) return StoreLine(src, dst, from, span);
    const Usage& use = usage_[src.buffer.get()];
    const bool paired = use.stores == 1 && use.loads == 1 && use.load_in == use.store_in && use.load_first;
    if (part->whole && cbs.at(from).kind == "input" && src.buffer->dtype == dst.buffer->dtype && use.other_reads == 0 &&
        paired && cbs.at(from).Format() == FormatOf(dst)) {
      return Write(from, dst, span);  // straight from reader to writer
    }
    const std::string out = NewCb(Staging(dst, "out"), "output", IsColumn(dst));
    const bool turn = cbs.at(out).column != cbs.at(from).column;
    const PrimExpr tile = TileLoad(from, turn ? "transpose" : "tile", *part);
    Stmt copy = TtStmt("tt.tile.store", {Str(out), ConvertTile(tile, src.buffer->dtype, dst.buffer->dtype)}, span);
    return SeqStmt({copy, Write(out, dst, span)});
  }

  Stmt VisitStmt_(const IfThenElseNode* node) final {
    auto copy = ffi::make_object<IfThenElseNode>(*node);
    {
      const With<arith::ConstraintContext> holds(&ranges_.analyzer, node->condition);
      copy->then_case = VisitStmt(node->then_case);
    }
    if (node->else_case) {
      const With<arith::ConstraintContext> holds(&ranges_.analyzer, !node->condition);
      copy->else_case = VisitStmt(node->else_case.value());
    }
    return Stmt(copy);
  }

  Stmt VisitStmt_(const ForNode* node) final {
    if (node->kind != ForKind::kParallel && node->kind != ForKind::kVectorized) {
      ranges_.Enter(node);
      return StmtMutator::VisitStmt_(node);
    }
    ParallelNest nest = ParseParallel(node);
    for (const Buffer& variable : nest.variables) element_variables.insert(variable.get());
    Array<Stmt> before, stores, after;
    std::vector<std::pair<Region, Buffer>> loaded;
    for (const BufferStore& store : nest.stores) {
      Span span = store->span.defined() ? store->span : nest.span;
      PrimExpr value = ReplaceGlobalLoads(store->value, nest, span, &loaded, &before);
      if (!IsGlobal(store->buffer)) {
        stores.push_back(BufferStore(store->buffer, value, store->indices, std::nullopt, span));
        continue;
      }
      IndexMatch match = MatchIndices(store->indices, nest, store->buffer, span);
      Region region = RegionOf(match, nest, store->buffer);
      Buffer out = Staging(region, "out");
      Array<PrimExpr> indices;
      for (int var : match.var)
        if (var >= 0 && nest.extents[var] > 1) indices.push_back(nest.vars[var]);
      const std::string cb = NewCb(out, "output", IsColumn(region));
      stores.push_back(BufferStore(out, Cast(store->buffer->dtype, value), indices, std::nullopt, span));
      after.push_back(Write(cb, region, span));
    }
    Stmt body = SeqStmt::Flatten(stores);
    for (size_t i = nest.vars.size(); i-- > 0;)
      body = For(nest.vars[i], Int(0), Int(nest.extents[i]), ForKind::kParallel, body, std::nullopt, {}, std::nullopt,
                 nest.span);
    return SeqStmt::Flatten(before, body, after);
  }

  PrimExpr ReplaceGlobalLoads(const PrimExpr& value, const ParallelNest& nest, const Span& span,
                              std::vector<std::pair<Region, Buffer>>* loaded, Array<Stmt>* before) {
    class GlobalLoads : public Sharing<ExprMutator> {
     public:
      std::function<PrimExpr(const BufferLoadNode*)> on_load;

     private:
      PrimExpr VisitExpr_(const BufferLoadNode* node) final { return on_load(node); }
    } loads;
    loads.on_load = [&](const BufferLoadNode* load) -> PrimExpr {
      if (!IsGlobal(load->buffer)) return GetRef<PrimExpr>(load);
      IndexMatch match = MatchIndices(load->indices, nest, load->buffer, span);
      Region region = RegionOf(match, nest, load->buffer);
      Array<PrimExpr> indices;
      for (int var : match.var)
        if (var >= 0 && nest.extents[var] > 1) indices.push_back(nest.vars[var]);
      for (const auto& [seen, buffer] : *loaded)
        if (SameRegion(seen, region)) return BufferLoad(buffer, indices);
      Buffer stage = Staging(region, "in");
      const std::string cb = NewCb(stage, "input", IsColumn(region));
      before->push_back(Read(cb, region, span));
      loaded->emplace_back(region, stage);
      return BufferLoad(stage, indices);
    };
    return loads(value);
  }

  bool SameRegion(const Region& a, const Region& b) {
    if (!a.buffer.same_as(b.buffer) || a.extents != b.extents) return false;
    for (size_t i = 0; i < a.mins.size(); ++i)
      if (!ranges_.analyzer.CanProveEqual(a.mins[i], b.mins[i])) return false;
    return true;
  }

  Stmt Read(const std::string& cb, const Region& region, const Span& span) {
    RequireTiles(region, span, false);
    TakeFormat(cb, region, span);
    return TtStmt("tt.read_to_cb", {Str(cb), RegionExpr(region)}, span);
  }
  Stmt Write(const std::string& cb, const Region& region, const Span& span) {
    RequireTiles(region, span, true);
    TakeFormat(cb, region, span);
    return TtStmt("tt.write_from_cb", {Str(cb), RegionExpr(region)}, span);
  }
  DataFormat FormatOf(const Region& region) const { return tensors_.at(region.buffer->name).Format(); }

  // Transfers move pages as they are: the buffer has the data format of its tensor.
  void TakeFormat(const std::string& cb, const Region& region, const Span& span) {
    CbRecord& record = cbs.at(cb);
    const DataFormat format = FormatOf(region);
    if (record.Format() == format) {
      moved_.insert(cb);
      return;
    }
    if (!moved_.insert(cb).second) {
      Refuse(span,
             "buffer `" + record.buffer + "` takes blocks of tensors in different data formats, " +
                 DataFormatName(record.Format()) + " and " + DataFormatName(format),
             "use a buffer for each, or annotate the tensors alike", Code::kDtype);
    }
    record.data_format = DataFormatName(format);
  }

  Stmt TileCopy(const std::string& dst, const std::string& src, const Span& span) {
    const bool turn = cbs.at(dst).column != cbs.at(src).column;
    const auto type = [&](const std::string& cb) { return DataType(ffi::StringToDLDataType(cbs.at(cb).dtype)); };
    const PrimExpr tile = TileLoad(src, turn ? "transpose" : "tile");
    return TtStmt("tt.tile.store", {Str(dst), ConvertTile(tile, type(src), type(dst))}, span);
  }

  // Blocks of a tensor start at tile boundaries and cover whole tiles, or reach the tensor's edge.
  void RequireTiles(const Region& region, const Span& span, bool write) {
    const TensorRecord& t = tensors_.at(region.buffer->name);
    for (size_t axis = 0; axis < region.mins.size(); ++axis) {
      if (ranges_.analyzer.CanProve(region.mins[axis] >= 0)) continue;
      std::ostringstream text;
      text << region.mins[axis];
      Refuse(span,
             "block of `" + t.name + "` starts at " + text.str() + " on axis " + std::to_string(axis) +
                 ", which may lie before the tensor",
             "let blocks start at indices that are never negative", Code::kBlockPosition);
    }
    for (int axis : {t.row_axis, t.col_axis}) {
      if (axis < 0) continue;
      const int64_t extent = region.extents[axis], dim = t.shape[axis];
      const PrimExpr& min = region.mins[axis];
      std::ostringstream text;
      text << min;
      if (!ranges_.analyzer.CanProve(floormod(min, Int(kTileHeight)) == 0)) {
        Refuse(span,
               "block of `" + t.name + "` starts at " + text.str() + " on axis " + std::to_string(axis) +
                   ", which is no multiple of 32: blocks are moved as whole 32x32 tiles",
               "use block sizes and offsets that are multiples of 32", Code::kBlockPosition);
      }
      if (extent % kTileHeight != 0 && !ranges_.analyzer.CanProve(min + Int(extent) >= Int(dim))) {
        Refuse(span,
               "block of `" + t.name + "` spans " + std::to_string(extent) + " elements of axis " +
                   std::to_string(axis) + ", which is no multiple of 32" +
                   (write ? ": writing it would touch its neighbour's tile" : ""),
               "use block sizes that are multiples of 32", Code::kBlockShape);
      }
    }
  }

  bool IsColumn(const Region& region) const {
    const TensorRecord& t = tensors_.at(region.buffer->name);
    std::vector<int> wide = WideAxes(region.extents);
    return t.row_axis >= 0 && wide.size() == 1 && wide[0] == t.row_axis && t.shape[t.row_axis] > 1;
  }

  Buffer Staging(const Region& region, const std::string& what) {
    Array<PrimExpr> shape;
    for (int64_t e : region.extents)
      if (e > 1) shape.push_back(Int(e));
    return decl_buffer(shape, region.buffer->dtype,
                       std::string(region.buffer->name) + "_" + what + std::to_string(staged_++), "shared.dyn");
  }

  std::string NewCb(const Buffer& buffer, const std::string& kind, bool column) {
    CbRecord cb;
    int& next = counters_[kind];
    cb.name = "cb_" +
              std::string(kind == "input"    ? "in"
                          : kind == "output" ? "out"
                                             : "intermed") +
              std::to_string(next++);
    cb.buffer = buffer->name;
    cb.dtype = ffi::DLDataTypeToString(buffer->dtype);
    cb.kind = kind;
    cb.shape = Squeeze(ConstShape(buffer));
    cb.column = column && cb.shape.size() == 1;
    buffer_to_cb.Set(buffer->name, String(cb.name));
    cbs.Add(cb);
    return cb.name;
  }

  std::string CbOf(const Buffer& buffer) {
    auto it = buffer_to_cb.find(buffer->name);
    if (it == buffer_to_cb.end()) BrokenContract("C1", "buffer " + std::string(buffer->name) + " is not allocated");
    return (*it).second.cast<String>();
  }
  static std::string Name(const Region& region) { return region.buffer->name; }

  std::unordered_map<const BufferNode*, Usage> usage_;
  std::unordered_map<std::string, TensorRecord> tensors_;
  std::unordered_map<std::string, int> counters_;
  Orientation orientation_;
  ScalarRanges ranges_;
  std::set<std::string> moved_;  // buffers that a transfer has filled or emptied
  int staged_ = 0;
  Span span_;
};

// Tensors that are both read and written: the read must be of the block that is written, and come before it, because
// the reader runs ahead of the writer.
void RequireNoHazard(const PrimFunc& func) {
  std::vector<TensorAccess> accesses = CollectTensorAccesses(func->body);
  arith::Analyzer analyzer;
  for (const TensorAccess& w : accesses) {
    if (!w.write) continue;
    bool after = false;
    for (const TensorAccess& r : accesses) {
      after = after || &r == &w;
      if (r.write || !r.region.buffer.same_as(w.region.buffer)) continue;
      bool same = r.region.extents == w.region.extents && !after;
      for (size_t i = 0; same && i < r.region.mins.size(); ++i)
        same = analyzer.CanProveEqual(r.region.mins[i], w.region.mins[i]);
      if (!same) {
        Refuse(r.span,
               "tensor `" + std::string(r.region.buffer->name) +
                   "` is read here and written elsewhere in the kernel: " + "the reader does not wait for the writer",
               "write the result to another tensor", Code::kReadAndWritten);
      }
    }
  }
}

// A scalar variable that T.Parallel sets for each element has no one value outside of it.
class RequireElementVariables : public StmtExprVisitor {
 public:
  explicit RequireElementVariables(std::set<const BufferNode*> variables) : variables_(std::move(variables)) {}

 private:
  void VisitStmt(const Stmt& stmt) final {
    const SpanScope scope(&span_, stmt);
    StmtExprVisitor::VisitStmt(stmt);
  }
  void VisitExpr_(const BufferLoadNode* node) final {
    if (variables_.count(node->buffer.get())) {
      Refuse(span_,
             "T.alloc_var `" + std::string(node->buffer->name) +
                 "` is set inside T.Parallel, differently for each element, and read where it was not set",
             "set it in the same T.Parallel in front of its use, or reduce a fragment with T.reduce", Code::kUnwritten);
    }
    StmtExprVisitor::VisitExpr_(node);
  }
  void VisitExpr(const PrimExpr& expr) final {
    if (seen_.insert(expr.get()).second) StmtExprVisitor::VisitExpr(expr);
  }

  std::set<const BufferNode*> variables_;
  std::unordered_set<const ffi::Object*> seen_;
  Span span_;
};

}  // namespace

Pass LowerSharedToCB() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) {
    RequireNoHazard(func);
    UsageCounter counter;
    counter(func->body);
    SharedToCb lower(func, std::move(counter.usage));
    Stmt body = lower.Run(func->body);
    RequireElementVariables check(lower.element_variables);
    check(body);
    func.CopyOnWrite()->body = body;
    func = lower.cbs.AttachTo(std::move(func));
    return WithAttr(std::move(func), attr::kSharedToCbMap, lower.buffer_to_cb);
  };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.LowerSharedToCB", {});
}

}  // namespace tltt::compiler

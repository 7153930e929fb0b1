// C2: TileLang's tile operations and T.Parallel nests become protocol-free operations on blocks of tiles.
//
// Before:                                        After:
//   T.fill(C_local, 0)                             for k in serial(32):
//   for k in serial(32):                             tt.read_to_cb("cb_in0", ...); tt.read_to_cb("cb_in1", ...)
//     tt.read_to_cb(...)                             tt.mm.mma("cb_intermed0", "cb_in0", "cb_in1", False, k == 0, 4, 4,
//     1) T.gemm(A_shared, B_shared, C_local)          tt.tile.store("cb_intermed0",
//   for i, j in T.Parallel(128, 128):                tt.tile.max(tt.fpu.add(tt.tile.load("cb_intermed0", "tile"),
//     C_local[i, j] = T.max(C_local[i, j] +              tt.tile.load("cb_in2", "row")), tt.tile.fill(0)))
//                           bias[j], 0)
//
// A fill with 0 in front of a loop that only accumulates into the buffer becomes the `clear` operand of the loop's
// first matmul. Establishes: no scalar store, no TileLang tile operation and no on-chip buffer object is left.
#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <set>

#include "analysis/orientation.h"
#include "analysis/tile_expr.h"
#include "analysis/tile_parts.h"
#include "analysis/touches.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/riscv.h"
#include "ir/same.h"
#include "passes/absorb_fills.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

class TileLowering : public StmtMutator {
 public:
  TileLowering(CbTable* cbs, Map<String, Any> buffer_to_cb)
      : cbs_(cbs),
        buffer_to_cb_(std::move(buffer_to_cb)),
        exprs_(cbs, &buffer_to_cb_, &ranges_,
               {[this](const std::string& cb) { return Turned(cb); },
                [this](const std::string& cb, const ElementPart& line) { return Line(cb, line); }}) {}

  bool fp32 = false;  // some accumulator or operand has 32 bits
  // Whole numbers that 16 bits do not hold. Tiles of them are bfloat16, which a DST of float16 cannot take beside its
  // own.
  bool NeedsFp32() const {
    bool float16 = false;
    for (const CbRecord& cb : cbs_->records()) float16 = float16 || cb.Format() == DataFormat::kFloat16;
    return fp32 || exprs_.needs_fp32 || (exprs_.uses_index && float16);
  }

  Stmt Run(const Stmt& body) { return VisitStmt(body); }

 private:
  Stmt VisitStmt_(const ForNode* node) final {
    if (node->kind == ForKind::kParallel || node->kind == ForKind::kVectorized) {
      ParallelNest nest = ParseParallel(node);
      if (!FitsTiles(nest)) return OneMatrixAtATime(node);
      Array<Stmt> seq;
      // One store at a time is right as long as a later store reads earlier results at its own element only, which the
      // tile patterns guarantee for "tile" operands; the others are refused.
      stored_.clear();
      turned_.clear();
      lines_.clear();
      for (const BufferStore& store : nest.stores) {
        span_ = store->span.defined() ? store->span : nest.span;
        const std::string cb = CbOf(store->buffer);
        const Region region = RegionOf(MatchIndices(store->indices, nest, store->buffer, span_), nest, store->buffer);
        const auto part = IsWhole(region) ? std::nullopt : WritablePart(region, cbs_->at(cb), &ranges_.analyzer);
        const std::string target = part ? PartBuffer(cb, *part) : cb;
        PrimExpr value = exprs_.Build(store->value, store, nest, cbs_->at(target).column, part.has_value());
        for (Stmt& turn : turns_) seq.push_back(turn);
        turns_.clear();
        PostOrderVisit(value, [&](const ffi::ObjectRef& ref) {
          const auto* call = ref.as<CallNode>();
          if (!call || OpName(call) != "tt.tile.load" || !stored_.count(StrArg(call, 0))) return;
          // A vector that is turned stays with its element.
          const bool turned = StrArg(call, 1) == "transpose" && cbs_->at(StrArg(call, 0)).shape.size() < 2;
          if ((StrArg(call, 1) != "tile" && !turned) || IsPartial(call)) RefuseOtherElement();
        });
        stored_.insert(cb);
        turned_.erase(cb);
        lines_[cb].clear();
        if (part) lines_[cb].emplace_back(*part, target);
        seq.push_back(TtStmt("tt.tile.store", {Str(target), value}, span_));
        if (part) seq.push_back(Insert(cb, *part, target, span_));
      }
      return SeqStmt::Flatten(seq);
    }
    if (node->kind != ForKind::kSerial && node->kind != ForKind::kUnrolled) {
      Refuse(node->span, "this kind of loop is not supported", "use T.serial, T.Pipelined or T.Parallel");
    }
    ranges_.Enter(node);
    return StmtMutator::VisitStmt_(node);
  }

  // Blocks of more than two axes are computed as a whole where every operand lies as the result does, or along its last
  // axis.
  static bool FitsTiles(const ParallelNest& nest) {
    std::vector<const VarNode*> wide;
    for (size_t v = 0; v < nest.vars.size(); ++v)
      if (nest.extents[v] > 1) wide.push_back(nest.vars[v].get());
    if (wide.size() < 3) return true;
    bool fits = true;
    auto check = [&](const Array<PrimExpr>& indices) {
      std::vector<const VarNode*> used;
      for (const PrimExpr& index : indices) {
        PostOrderVisit(index, [&](const ffi::ObjectRef& ref) {
          if (std::find(wide.begin(), wide.end(), ref.get()) != wide.end())
            used.push_back(static_cast<const VarNode*>(ref.get()));
        });
      }
      fits = fits && (used.empty() || used == wide || used == std::vector<const VarNode*>{wide.back()});
    };
    class Places : public ExprVisitor {
     public:
      std::function<void(const Array<PrimExpr>&)> check;
      std::function<bool(const VarNode*)> wide;
      bool numbers = false;  // loop variables as values

     private:
      void VisitExpr_(const BufferLoadNode* node) final { check(node->indices); }
      void VisitExpr_(const VarNode* node) final { numbers = numbers || wide(node); }
      void VisitExpr(const PrimExpr& expr) final {
        if (seen_.insert(expr.get()).second) ExprVisitor::VisitExpr(expr);
      }
      std::set<const ffi::Object*> seen_;
    } places;
    places.check = check;
    places.wide = [&](const VarNode* var) { return std::find(wide.begin(), wide.end(), var) != wide.end(); };
    for (const BufferStore& store : nest.stores) {
      check(store->indices);
      places(store->value);
    }
    return fits && !places.numbers;
  }

  // The outermost loop of the nest one after the other, each time over a part of the block.
  Stmt OneMatrixAtATime(const ForNode* node) {
    auto loop = ffi::make_object<ForNode>(*node);
    const bool wide = !is_one(node->extent);
    if (wide) loop->kind = ForKind::kSerial;
    if (wide) return VisitStmt(Stmt(loop));
    return VisitStmt(Substitute(node->body, Map<Var, PrimExpr>{{node->loop_var, Int(0)}}));
  }

  Stmt VisitStmt_(const AttrStmtNode* node) final {
    return AsRiscv(GetRef<Stmt>(node)) ? GetRef<Stmt>(node) : StmtMutator::VisitStmt_(node);
  }

  Stmt VisitStmt_(const BindNode* node) final {
    ranges_.Enter(node);
    return GetRef<Stmt>(node);
  }

  Stmt VisitStmt_(const BufferStoreNode* node) final {
    if (IsScalarVariable(node->buffer)) {
      RequireScalar(node->value, node->span, &ranges_.analyzer);
      return GetRef<Stmt>(node);
    }
    Refuse(node->span, "element store to `" + std::string(node->buffer->name) + "` outside T.Parallel is not supported",
           "write it in a T.Parallel loop");
  }

  Stmt VisitStmt_(const WhileNode* node) final {
    Refuse(node->span, "`while` loops are not supported", "use T.serial with a constant extent");
  }

  Stmt VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    if (!call) return GetRef<Stmt>(node);
    const std::string name = OpName(call);
    if (name.rfind("tt.", 0) == 0) return GetRef<Stmt>(node);
    if (name.rfind("tl.tileop.", 0) == 0) {
      tl::TileOperator op = tl::ParseOperator(GetRef<Call>(call));
      RequireBlocks(op, node->span);
      if (const auto* gemm = op.as<tl::GemmNode>()) return LowerGemm(gemm, node->span);
      if (const auto* fill = op.as<tl::FillNode>()) return LowerFill(fill, node->span);
      if (const auto* copy = op.as<tl::CopyNode>()) return LowerCopy(copy, node->span);
      if (const auto* reduce = op.as<tl::ReduceOpNode>()) return LowerReduce(reduce, node->span);
    }
    Refuse(node->span,
           "operation `" + (name.empty() ? std::string("call") : name) + "` is not supported on Tenstorrent",
           "blocks are moved and computed by T.copy, T.fill, T.clear, T.gemm, T.reduce and T.Parallel");
  }

  static void RequireBlocks(const tl::TileOperator& op, const Span& span) {
    const tl::AccessRegions regions = op->GetAccessRegions();
    for (const auto* accesses : {&regions.reads, &regions.writes}) {
      for (const BufferRegion& access : *accesses) {
        if (!IsScalarVariable(access->buffer)) continue;
        Refuse(span, "variable `" + std::string(access->buffer->name) + "` of a core in an operation on tiles",
               "use T.alloc_fragment of one element");
      }
    }
  }

  Stmt LowerFill(const tl::FillNode* fill, const Span& span) {
    if (IsGlobal(fill->dst)) {
      Refuse(span, "T.fill of tensor `" + std::string(fill->dst->name) + "` itself is not supported",
             "fill a fragment and T.copy it out");
    }
    Region region = ToRegion(fill->dst, fill->region, span, "T.fill");
    auto value = ConstantValue(fill->value);
    if (!value) Refuse(span, "T.fill with a value that is no constant is not supported", "fill with a constant");
    const bool word = IsWord(fill->dst->dtype);
    PrimExpr filled = word ? WordFill(Int(static_cast<int32_t>(static_cast<int64_t>(*value)))) : TileFill(*value);
    const std::string cb = CbOf(fill->dst);
    if (!IsWhole(region)) {
      const ElementPart part = RequirePart(region, cb, span, "T.fill uses");
      filled = WithPart(cbs_->at(cb), part, filled);
    }
    return TtStmt("tt.tile.store", {Str(cb), filled}, span);
  }

  ElementPart RequirePart(const Region& region, const std::string& cb, const Span& span, const std::string& what) {
    return RequireWritable(region, cbs_->at(cb), &ranges_.analyzer, span, what);
  }

  // A buffer for a part of `cb`.
  std::string PartBuffer(const std::string& cb, const ElementPart& part) {
    CbRecord own = PartRecord(cbs_->at(cb), part, FreshName());
    cbs_->Add(own);
    return own.name;
  }

  // The part of `cb` gets what its own buffer holds.
  Stmt Insert(const std::string& cb, const ElementPart& part, const std::string& from, const Span& span) {
    RequireScalar(part.row, span, &ranges_.analyzer);
    RequireScalar(part.col, span, &ranges_.analyzer);
    return TtStmt("tt.tile.store", {Str(cb), WithPart(cbs_->at(cb), part, from)}, span);
  }

  [[noreturn]] void RefuseOtherElement() {
    Refuse(span_, "a value stored earlier in the same T.Parallel is read at another element", "split the loop in two");
  }

  Stmt LowerCopy(const tl::CopyNode* copy, const Span& span) {
    turned_.clear();
    Region src = ToRegion(copy->src, copy->src_range, span, "T.copy"),
           dst = ToRegion(copy->dst, copy->dst_range, span, "T.copy");
    const std::string into = CbOf(copy->dst);
    std::optional<ElementPart> inserted;
    if (!IsWhole(dst)) inserted = RequirePart(dst, into, span, "T.copy uses");
    const std::string to = inserted ? PartBuffer(into, *inserted) : into;
    Array<Stmt> seq;
    const Operand from = OperandOf(src, span, "T.copy", &seq);
    if (from.part.shape != cbs_->at(to).shape)
      Refuse(span, "T.copy between blocks of different shapes", "use one shape");
    const bool turn = cbs_->at(to).column != cbs_->at(from.cb).column;
    const PrimExpr tile = TileLoad(from.cb, turn ? "transpose" : "tile", from.part);
    seq.push_back(TtStmt("tt.tile.store", {Str(to), ConvertTile(tile, copy->src->dtype, copy->dst->dtype)}, span));
    if (inserted) seq.push_back(Insert(into, *inserted, to, span));
    return SeqStmt::Flatten(seq);
  }

  struct Operand {
    std::string cb;
    TilePart part;
  };
  // Where the tiles of a block are; one that starts at no tile is taken into a buffer of its own.
  Operand OperandOf(const Region& region, const Span& span, const std::string& what, Array<Stmt>* seq) {
    const std::string cb = CbOf(region.buffer);
    if (auto part = PartOf(region, cbs_->at(cb).column, &ranges_.analyzer)) return {cb, *part};
    const ElementPart line = RequireLine(region, cbs_->at(cb), &ranges_.analyzer, span, what + " uses");
    const std::string own = PartBuffer(cb, line);
    seq->push_back(TtStmt("tt.tile.store", {Str(own), TakeLine(cbs_->at(cb), line)}, span));
    return {own, {Int(0), Int(0), line.shape, true}};
  }

  // The buffer that holds the block of an operand: a part of a buffer is copied to one of its own.
  std::string OperandCb(const BufferRegion& operand, const Span& span, const std::string& what, Array<Stmt>* seq) {
    const Region region = ToRegion(operand->buffer, operand->region, span, what);
    const auto [cb, part] = OperandOf(region, span, what, seq);
    if (part.whole) return cb;
    CbRecord own = cbs_->at(cb);
    own.kind = "intermed";
    own.shape = part.shape;
    own.column = own.column && part.shape.size() == 1;
    own.name = FreshName();
    cbs_->Add(own);
    seq->push_back(TtStmt("tt.tile.store", {Str(own.name), TileLoad(cb, "tile", part)}, span));
    return own.name;
  }

  // dst = reduce(src) along one axis; without `clear` joined with what dst holds.
  Stmt LowerReduce(const tl::ReduceOpNode* reduce, const Span& span) {
    const bool max = reduce->type->IsMax() || reduce->type->IsAbsMax(), min = reduce->type->IsMin();
    const bool sum = reduce->type->IsSum() || reduce->type->IsAbsSum();
    if (IsWord(reduce->src->dtype) || IsWord(reduce->dst->dtype))
      Refuse(span, "T.reduce of integers has no tile form", "reduce float32 values");
    if (reduce->nan_propagate && !sum)
      Refuse(span, "T.reduce with nan_propagate=True has no tile form", "leave nan_propagate at its default");
    if (!max && !min && !sum) Refuse(span, "bitwise reductions are not supported", "reduce by sum, max or min");
    const Region src = ToRegion(reduce->src, reduce->srcRegion_->region, span, "T.reduce"),
                 dst = ToRegion(reduce->dst, reduce->dstRegion_->region, span, "T.reduce");
    fp32 = true;  // sums of many elements, and the vector unit's reduction of all formats alike
    Array<Stmt> seq;
    Reduction r{OperandCb(reduce->srcRegion_, span, "T.reduce", &seq),
                sum   ? "sum"
                : max ? "max"
                      : "min",
                reduce->type->IsAbsMax() || reduce->type->IsAbsSum(),
                !sum && IsFloat(reduce->dst->dtype) && reduce->dst->dtype.bits() == 16,
                WideAxes(src.extents),
                reduce->dim,
                src.extents[reduce->dim]};
    if (r.wide.size() > 3) {
      Refuse(span, "T.reduce of a block of " + std::to_string(r.wide.size()) + " axes is not supported",
             "reduce blocks of three axes");
    }
    const std::string whole = CbOf(reduce->dst);
    std::optional<ElementPart> part;
    if (!IsWhole(dst)) part = RequirePart(dst, whole, span, "T.reduce uses");
    const std::string into = part ? PartBuffer(whole, *part) : whole;
    PrimExpr value = r.extent > 1 && r.wide.size() == 3 && r.dim != r.wide[0] ? ReduceMatrices(r, into, span, &seq)
                                                                              : ReduceBlock(r, into, span, &seq);
    if (!reduce->clear) {
      const Operand old = OperandOf(dst, span, "T.reduce", &seq);
      value = TtCall(sum   ? "tt.fpu.add"
                     : max ? "tt.tile.max"
                           : "tt.tile.min",
                     {value, TileLoad(old.cb, "tile", old.part)}, kTile);
    }
    seq.push_back(TtStmt("tt.tile.store", {Str(into), value}, span));
    if (part) seq.push_back(Insert(whole, *part, into, span));
    return SeqStmt::Flatten(seq);
  }

  struct Reduction {
    std::string src, kind;
    bool absolute;
    bool passes_nan_over;   // TileLang promises it of results in float16 and bfloat16
    std::vector<int> wide;  // axes of the block
    int dim;                // the one that goes
    int64_t extent;         // elements along it
  };

  static PrimExpr Element(const Reduction& r, const PrimExpr& tile) {
    const PrimExpr x = r.absolute ? TtCall("tt.sfpu.unary", {Str("abs"), tile}, kTile) : tile;
    if (!r.passes_nan_over) return x;
    const double infinity = std::numeric_limits<double>::infinity();
    const double neutral = r.absolute ? 0 : r.kind == "max" ? -infinity : infinity;
    return TtCall("tt.tile.where", {TtCall("tt.sfpu.unary", {Str("isnan"), x}, kTile), TileFill(neutral), x}, kTile);
  }

  // What is left, as it lies in `into`: of a vector one element, of a matrix a vector, of a batch of matrices a matrix.
  PrimExpr ReduceBlock(const Reduction& r, const std::string& into, const Span& span, Array<Stmt>* seq) {
    const CbRecord &src = cbs_->at(r.src), &dst = cbs_->at(into);
    if (r.extent == 1) return Element(r, TileLoad(r.src, src.column != dst.column ? "transpose" : "tile"));
    // Along the tiles' columns or down their rows.
    const bool along_row = r.wide.size() >= 2 ? r.dim == r.wide.back() : !src.column;
    const bool batch = r.wide.size() == 3;
    PrimExpr value = TtCall(
        "tt.tile.reduce",
        {Str(r.kind),
         Str(batch       ? "batch"
             : along_row ? "row"
                         : "col"),
         Element(r, TileLoad(r.src, "tile")), Int(src.Rows()), Int(src.Cols()), Int(batch ? 0 : r.extent % kTileWidth)},
        kTile);
    if (r.wide.size() != 2 || dst.column == along_row) return value;
    return TileLoad(LineBuffer(into, along_row, value, span, seq), "transpose");
  }

  // A vector along rows of tiles (`column`) or columns, with as many elements as a row of the block `like`.
  std::string LineBuffer(const std::string& like, bool column, const PrimExpr& value, const Span& span,
                         Array<Stmt>* seq) {
    CbRecord line = cbs_->at(like);
    line.kind = "intermed";
    line.shape = {line.shape.back()};
    line.column = column;
    line.dtype = "float32";
    line.data_format.clear();
    line.name = FreshName();
    cbs_->Add(line);
    seq->push_back(TtStmt("tt.tile.store", {Str(line.name), value}, span));
    return line.name;
  }

  // Of each matrix of a batch the vector that is left is a row of the result.
  PrimExpr ReduceMatrices(const Reduction& r, const std::string& into, const Span& span, Array<Stmt>* seq) {
    const CbRecord src = cbs_->at(r.src);
    CbRecord rows = cbs_->at(into);
    rows.kind = "intermed";
    rows.dtype = "float32";
    rows.data_format.clear();
    rows.name = FreshName();
    cbs_->Add(rows);
    const Var b("b", DataType::Int(32));
    const bool along_row = r.dim == r.wide.back();
    const TilePart matrix{b * Int(src.MatrixRows()), Int(0), {src.shape[1], src.shape[2]}, false};
    const PrimExpr value =
        TtCall("tt.tile.reduce",
               {Str(r.kind), Str(along_row ? "row" : "col"), Element(r, TileLoad(r.src, "tile", matrix)),
                Int(src.MatrixRows()), Int(src.Cols()), Int(r.extent % kTileWidth)},
               kTile);
    Array<Stmt> body;
    std::string line = LineBuffer(into, along_row, value, span, &body);
    if (along_row) line = LineBuffer(into, false, TileLoad(line, "transpose"), span, &body);
    ElementPart row;
    row.row = b, row.all_rows = false, row.cols = rows.shape.back(), row.shape = {rows.shape.back()};
    body.push_back(TtStmt("tt.tile.store", {Str(rows.name), WithPart(rows, row, line)}, span));
    seq->push_back(TtStmt("tt.tile.store", {Str(rows.name), TileFill(0)}, span));
    seq->push_back(For(b, Int(0), Int(src.shape[0]), ForKind::kSerial, SeqStmt::Flatten(body), std::nullopt, {},
                       std::nullopt, span));
    return TileLoad(rows.name, "tile");
  }

  Stmt LowerGemm(const tl::GemmNode* gemm, const Span& span) {
    const BufferRegion& sum = gemm->cRegion_;
    RequireWhole(ToRegion(sum->buffer, sum->region, span, "T.gemm"), span, "T.gemm uses");
    const std::string c = CbOf(gemm->c_);
    if (gemm->m_ % kTileHeight || gemm->n_ % kTileWidth || gemm->k_ % kTileWidth) {
      Refuse(span,
             "T.gemm of " + std::to_string(gemm->m_) + "x" + std::to_string(gemm->n_) + "x" + std::to_string(gemm->k_) +
                 ": blocks must be multiples of 32 along M, N and K",
             "use block sizes that are multiples of 32");
    }
    for (const Buffer& operand : {gemm->a_, gemm->b_, gemm->c_}) {
      if (!IsWord(operand->dtype)) continue;
      Refuse(span, "the matrix engine takes no integers of 32 bits, as `" + std::string(operand->name) + "` holds",
             "use int8 operands, or floats");
    }
    Array<Stmt> seq;
    std::string a = OperandCb(gemm->aRegion_, span, "T.gemm", &seq),
                b = OperandCb(gemm->bRegion_, span, "T.gemm", &seq);
    // The matrix engine transposes tiles of its second operand only: the first is turned into a buffer of its own.
    if (gemm->transA_) a = TransposedCopy(a, span, &seq);
    const bool transposed_b = gemm->transB_;
    if (DataFormatOfDtype(ffi::DLDataTypeToString(gemm->c_->dtype)) == DataFormat::kFloat32) fp32 = true;
    PrimExpr clear = gemm->clearAccum_;
    if (clear->dtype.is_int() && !clear->dtype.is_bool()) clear = clear != 0;
    seq.push_back(TtStmt("tt.mm.mma",
                         {Str(c), Str(a), Str(b), Bool(transposed_b), clear, Int(gemm->m_ / kTileHeight),
                          Int(gemm->n_ / kTileWidth), Int(gemm->k_ / kTileWidth), Int(0), Int(0)},
                         span));
    return SeqStmt::Flatten(seq);
  }

  std::string TransposedCopy(const std::string& cb, const Span& span, Array<Stmt>* seq) {
    CbRecord turned = cbs_->at(cb);
    turned.kind = "intermed";
    std::swap(turned.shape[turned.shape.size() - 1], turned.shape[turned.shape.size() - 2]);
    turned.name = FreshName();
    cbs_->Add(turned);
    seq->push_back(TtStmt("tt.tile.store", {Str(turned.name), TileLoad(cb, "transpose")}, span));
    return turned.name;
  }

  // The vector of `cb` along the other axis of tiles, as a buffer of its own; the statement that fills it goes to
  // turns_.
  std::string Turned(const std::string& cb) {
    if (auto it = turned_.find(cb); it != turned_.end()) return it->second;
    CbRecord turned = cbs_->at(cb);
    turned.kind = "intermed";
    turned.column = !turned.column;
    turned.name = FreshName();
    cbs_->Add(turned);
    turns_.push_back(TtStmt("tt.tile.store", {Str(turned.name), TileLoad(cb, "transpose")}));
    turned_[cb] = turned.name;
    return turned.name;
  }

  // A row, column or element of `cb` in a buffer of its own; the statement that fills it goes to turns_.
  std::string Line(const std::string& cb, const ElementPart& line) {
    for (const auto& [known, name] : lines_[cb])
      if (known.shape == line.shape && SameExpr(known.row, line.row) && SameExpr(known.col, line.col)) return name;
    if (stored_.count(cb)) RefuseOtherElement();
    const std::string own = PartBuffer(cb, line);
    turns_.push_back(TtStmt("tt.tile.store", {Str(own), TakeLine(cbs_->at(cb), line)}, span_));
    lines_[cb].emplace_back(line, own);
    return own;
  }

  std::string FreshName() {
    int n = 0;
    for (const CbRecord& cb : cbs_->records()) n += cb.kind == "intermed";
    return "cb_intermed" + std::to_string(n);
  }

  std::string CbOf(const Buffer& buffer) {
    auto it = buffer_to_cb_.find(buffer->name);
    if (it == buffer_to_cb_.end())
      BrokenContract("C2", "buffer " + std::string(buffer->name) + " has no circular buffer");
    return (*it).second.cast<String>();
  }

  CbTable* cbs_;
  Map<String, Any> buffer_to_cb_;
  ScalarRanges ranges_;
  TileExprBuilder exprs_;
  std::vector<Stmt> turns_;
  // Of the loop nest at hand: its statement's place, buffers stored to so far, vectors already turned, parts taken or
  // stored last.
  Span span_;
  std::set<std::string> stored_;
  std::map<std::string, std::string> turned_;
  std::map<std::string, std::vector<std::pair<ElementPart, std::string>>> lines_;
};

// Rows and columns of blocks are numbers up to the block's extent, and taken out by sums: both in fp32.
bool TakesParts(const Stmt& body) {
  bool takes = false;
  PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    if (!call || !call->op.as<OpNode>()) return;
    takes = takes || OpName(call) == "tt.tile.insert" || OpName(call) == "tt.tile.reduce";
  });
  return takes;
}

PrimFunc LowerTiles(PrimFunc func) {
  auto map = func->GetAttr<Map<String, Any>>(attr::kSharedToCbMap);
  if (!map) BrokenContract("C2", "C1 has not run");
  CbTable cbs = CbTable::FromFunc(func);
  TileLowering lowering(&cbs, map.value());
  Stmt body = lowering.Run(func->body);
  func.CopyOnWrite()->body = AbsorbFills(body);
  PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
    const auto* expr = ref.as<PrimExprNode>();
    const CallNode* load = expr ? AsTt(GetRef<PrimExpr>(expr), "tt.tile.load") : nullptr;
    if (load && IsPartial(load)) cbs.at(StrArg(load, 0)).read_in_parts = true;
  });

  Target target = func->GetAttr<Target>(tvm::attr::kTarget).value();
  ComputeRecord compute;
  compute.fp32_dest_acc = lowering.NeedsFp32() || TakesParts(func->body);
  for (const CbRecord& cb : cbs.records())
    compute.fp32_dest_acc |= cb.Format() == DataFormat::kFloat32 || IsWord(cb.dtype);
  compute.dst_full_sync = target->GetAttr<int64_t>("dst_full_sync").value_or(0) != 0;
  compute.math_approx = target->GetAttr<int64_t>("math_approx").value_or(0) != 0;
  std::string fidelity = target->GetAttr<String>("math_fidelity").value_or("");
  if (!fidelity.empty()) {
    if (fidelity != "LoFi" && fidelity != "HiFi2" && fidelity != "HiFi3" && fidelity != "HiFi4") {
      TVM_FFI_THROW(ValueError) << "target option math_fidelity=" << fidelity << ": choose LoFi, HiFi2, HiFi3 or HiFi4";
    }
    compute.math_fidelity = fidelity;
  }
  return cbs.AttachTo(WithCompute(std::move(func), compute));
}

}  // namespace

Pass LowerTTTileIntrinsics() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return LowerTiles(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.LowerTTTileIntrinsics", {});
}

}  // namespace tltt::compiler

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
#include <map>
#include <set>

#include "analysis/liveness.h"
#include "analysis/orientation.h"
#include "analysis/tile_expr.h"
#include "analysis/touches.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/riscv.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

class TileLowering : public StmtMutator {
 public:
  TileLowering(CbTable* cbs, Map<String, Any> buffer_to_cb)
      : cbs_(cbs),
        buffer_to_cb_(std::move(buffer_to_cb)),
        exprs_(cbs, &buffer_to_cb_, &ranges_, [this](const std::string& cb) { return Turned(cb); }) {}

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
      Array<Stmt> seq;
      // One store at a time is right as long as a later store reads earlier results at its own element only, which the
      // tile patterns guarantee for "tile" operands; the others are refused.
      std::set<std::string> stored;
      turned_.clear();
      for (const BufferStore& store : nest.stores) {
        Span span = store->span.defined() ? store->span : nest.span;
        PrimExpr value = exprs_.Build(store->value, store, nest);
        for (Stmt& turn : turns_) seq.push_back(turn);
        turns_.clear();
        PostOrderVisit(value, [&](const ffi::ObjectRef& ref) {
          const auto* call = ref.as<CallNode>();
          if (!call || OpName(call) != "tt.tile.load" || !stored.count(StrArg(call, 0))) return;
          // A vector that is turned stays with its element.
          const bool turned = StrArg(call, 1) == "transpose" && cbs_->at(StrArg(call, 0)).shape.size() < 2;
          if ((StrArg(call, 1) != "tile" && !turned) || IsPartial(call)) {
            Refuse(span, "a value stored earlier in the same T.Parallel is read at another element",
                   "split the loop in two");
          }
        });
        const std::string cb = CbOf(store->buffer);
        stored.insert(cb);
        turned_.erase(cb);
        seq.push_back(TtStmt("tt.tile.store", {Str(cb), value}, span));
      }
      return SeqStmt::Flatten(seq);
    }
    if (node->kind != ForKind::kSerial && node->kind != ForKind::kUnrolled) {
      Refuse(node->span, "this kind of loop is not supported", "use T.serial, T.Pipelined or T.Parallel");
    }
    ranges_.Enter(node);
    return StmtMutator::VisitStmt_(node);
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
      if (const auto* gemm = op.as<tl::GemmNode>()) return LowerGemm(gemm, node->span);
      if (const auto* fill = op.as<tl::FillNode>()) return LowerFill(fill, node->span);
      if (const auto* copy = op.as<tl::CopyNode>()) return LowerCopy(copy, node->span);
      if (const auto* reduce = op.as<tl::ReduceOpNode>()) return LowerReduce(reduce, node->span);
    }
    Refuse(node->span,
           "operation `" + (name.empty() ? std::string("call") : name) + "` is not supported on Tenstorrent",
           "blocks are moved and computed by T.copy, T.fill, T.clear, T.gemm, T.reduce and T.Parallel");
  }

  Stmt LowerFill(const tl::FillNode* fill, const Span& span) {
    if (IsGlobal(fill->dst)) {
      Refuse(span, "T.fill of tensor `" + std::string(fill->dst->name) + "` itself is not supported",
             "fill a fragment and T.copy it out");
    }
    Region region = ToRegion(fill->dst, fill->region, span, "T.fill");
    RequireWhole(region, span, "T.fill uses");
    auto value = ConstantValue(fill->value);
    if (!value) Refuse(span, "T.fill with a value that is no constant is not supported", "fill with a constant");
    const bool word = IsWord(fill->dst->dtype);
    return TtStmt("tt.tile.store",
                  {Str(CbOf(fill->dst)),
                   word ? WordFill(Int(static_cast<int32_t>(static_cast<int64_t>(*value)))) : TileFill(*value)},
                  span);
  }

  Stmt LowerCopy(const tl::CopyNode* copy, const Span& span) {
    turned_.clear();
    Region src = ToRegion(copy->src, copy->src_range, span, "T.copy"),
           dst = ToRegion(copy->dst, copy->dst_range, span, "T.copy");
    RequireWhole(dst, span, "T.copy uses");
    const CbRecord &to = cbs_->at(CbOf(copy->dst)), &from = cbs_->at(CbOf(copy->src));
    const TilePart part = RequirePart(src, from.column, span, "T.copy uses");
    if (part.shape != to.shape) Refuse(span, "T.copy between blocks of different shapes", "use one shape");
    const bool turn = to.column != from.column;
    const PrimExpr tile = TileLoad(from.name, turn ? "transpose" : "tile", part);
    return TtStmt("tt.tile.store", {Str(to.name), ConvertTile(tile, copy->src->dtype, copy->dst->dtype)}, span);
  }

  TilePart RequirePart(const Region& region, bool column, const Span& span, const std::string& what) {
    auto part = PartOf(region, column, &ranges_.analyzer);
    if (!part) RequireWhole(region, span, what);
    if (!part) BrokenContract("C2", "a whole block is no part of itself");
    return *part;
  }

  // The buffer that holds the block of an operand: a part of a buffer is copied to one of its own.
  std::string OperandCb(const BufferRegion& operand, const Span& span, const std::string& what, Array<Stmt>* seq) {
    const Region region = ToRegion(operand->buffer, operand->region, span, what);
    const std::string cb = CbOf(operand->buffer);
    const TilePart part = RequirePart(region, cbs_->at(cb).column, span, what + " uses");
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
    const BufferRegion& into = reduce->dstRegion_;
    RequireWhole(ToRegion(into->buffer, into->region, span, "T.reduce"), span, "T.reduce uses");
    const bool max = reduce->type->IsMax() || reduce->type->IsAbsMax(), min = reduce->type->IsMin();
    const bool sum = reduce->type->IsSum() || reduce->type->IsAbsSum();
    if (reduce->nan_propagate)
      Refuse(span, "T.reduce with nan_propagate=True is not supported", "leave nan_propagate at its default");
    if (IsWord(reduce->src->dtype) || IsWord(reduce->dst->dtype))
      Refuse(span, "T.reduce of integers has no tile form", "reduce float32 values");
    if (!max && !min && !sum) Refuse(span, "bitwise reductions are not supported", "reduce by sum, max or min");
    fp32 = true;  // sums of many elements, and the vector unit's reduction of all formats alike
    Array<Stmt> seq;
    const std::string operand = OperandCb(reduce->srcRegion_, span, "T.reduce", &seq);
    const CbRecord &src = cbs_->at(operand), &dst = cbs_->at(CbOf(reduce->dst));
    PrimExpr value = TileLoad(src.name, "tile");
    if (reduce->type->IsAbsMax() || reduce->type->IsAbsSum())
      value = TtCall("tt.sfpu.unary", {Str("abs"), value}, DataType::Float(32));
    const std::vector<int64_t> shape = ToRegion(reduce->src, reduce->srcRegion_->region, span, "T.reduce").extents;
    const std::vector<int> wide = WideAxes(shape);
    if (wide.size() > 2) {
      Refuse(span, "T.reduce of a block of " + std::to_string(wide.size()) + " axes is not supported",
             "reduce blocks of two axes");
    }
    const int64_t extent = shape[reduce->dim];
    if (extent > 1) {
      // Along the tiles' columns or down their rows.
      const bool along_row = wide.size() == 2 ? reduce->dim == wide[1] : !src.column;
      value =
          TtCall("tt.tile.reduce",
                 {Str(sum   ? "sum"
                      : max ? "max"
                            : "min"),
                  Str(along_row ? "row" : "col"), value, Int(src.Rows()), Int(src.Cols()), Int(extent % kTileWidth)},
                 DataType::Float(32));
      if (wide.size() == 2 && dst.column != along_row) {  // the result lies the other way: turned on its way to dst
        CbRecord turned = dst;
        turned.kind = "intermed";
        turned.column = along_row;
        turned.dtype = "float32";
        turned.data_format.clear();
        turned.name = FreshName();
        cbs_->Add(turned);
        seq.push_back(TtStmt("tt.tile.store", {Str(turned.name), value}, span));
        value = TileLoad(turned.name, "transpose");
      }
    } else if (src.column != dst.column) {
      value = TileLoad(src.name, "transpose");
    }
    if (!reduce->clear)
      value = TtCall(sum   ? "tt.fpu.add"
                     : max ? "tt.tile.max"
                           : "tt.tile.min",
                     {value, TileLoad(dst.name, "tile")}, DataType::Float(32));
    seq.push_back(TtStmt("tt.tile.store", {Str(dst.name), value}, span));
    return SeqStmt::Flatten(seq);
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
  std::map<std::string, std::string> turned_;  // vectors already turned for the loop nest at hand
};

// Which CBs a statement touches, and how.
struct CbTouch {
  std::set<std::string> accumulated;  // by tt.mm.mma as its destination
  std::set<std::string> other;
};

void CollectTouch(const Stmt& stmt, CbTouch* touch) {
  PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    if (!call || !call->op.as<OpNode>()) return;
    const std::string name = OpName(call);
    if (name == "tt.mm.mma") {
      touch->accumulated.insert(StrArg(call, 0));
      touch->other.insert(StrArg(call, 1));
      touch->other.insert(StrArg(call, 2));
    } else if (name.rfind("tt.", 0) == 0) {
      for (const PrimExpr& arg : call->args)
        if (const auto* s = arg.as<StringImmNode>()) touch->other.insert(s->value);
    }
  });
}

// Gives the first matmul into `cb` inside `stmt` the operand clear = "first iteration of all loops around it", where
// `condition` holds.
class ClearSetter : public StmtMutator {
 public:
  ClearSetter(std::string cb, PrimExpr condition) : cb_(std::move(cb)), condition_(std::move(condition)) {}
  bool done = false;

 private:
  Stmt VisitStmt_(const ForNode* node) final {
    loops_.push_back(node);
    Stmt out = StmtMutator::VisitStmt_(node);
    loops_.pop_back();
    return out;
  }
  Stmt VisitStmt_(const EvaluateNode* node) final {
    const CallNode* call = AsTt(GetRef<Stmt>(node), "tt.mm.mma");
    if (!call || done || StrArg(call, 0) != cb_) return GetRef<Stmt>(node);
    done = true;
    Array<PrimExpr> args = call->args;
    args.Set(4, arith::Analyzer().Simplify((condition_ && FirstIteration(loops_)) || args[4]));
    return TtStmt("tt.mm.mma", args, node->span);
  }
  std::string cb_;
  PrimExpr condition_;
  std::vector<const ForNode*> loops_;
};

bool RunsAtLeastOnce(const Stmt& stmt) {
  bool sure = true;
  PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
    if (const auto* loop = ref.as<ForNode>()) {
      const auto* extent = loop->extent.as<IntImmNode>();
      sure = sure && extent && extent->value > 0;
    }
    sure = sure && !ref.as<IfThenElseNode>();
  });
  return sure;
}

// A fill with 0, or one alone under an `if` on loop variables and block indices, goes into the sum behind it.
class AbsorbFills : public StmtMutator {
  Stmt VisitStmt_(const SeqStmtNode* node) final {
    std::vector<Stmt> seq;
    for (const Stmt& s : node->seq) seq.push_back(VisitStmt(s));
    for (size_t i = 0; i < seq.size(); ++i) {
      const auto* branch = seq[i].as<IfThenElseNode>();
      const bool stable = branch && !branch->else_case && !ReadsMemory(branch->condition);
      const PrimExpr condition = stable ? branch->condition : Bool(true);
      const CallNode* store = AsTt(stable ? branch->then_case : seq[i], "tt.tile.store");
      const CallNode* fill = store ? AsTt(store->args[1], "tt.tile.fill") : nullptr;
      if (!fill || fill->args[0].as<FloatImmNode>()->value != 0) continue;
      const std::string cb = StrArg(store, 0);
      for (size_t j = i + 1; j < seq.size(); ++j) {
        CbTouch touch;
        CollectTouch(seq[j], &touch);
        if (touch.other.count(cb)) break;
        if (!touch.accumulated.count(cb)) continue;
        if (!RunsAtLeastOnce(seq[j])) break;
        ClearSetter setter(cb, condition);
        seq[j] = setter(seq[j]);
        seq[i] = Evaluate(0);
        break;
      }
    }
    return SeqStmt::Flatten(Array<Stmt>(seq.begin(), seq.end()));
  }
};

PrimFunc LowerTiles(PrimFunc func) {
  auto map = func->GetAttr<Map<String, Any>>(attr::kSharedToCbMap);
  if (!map) BrokenContract("C2", "C1 has not run");
  CbTable cbs = CbTable::FromFunc(func);
  TileLowering lowering(&cbs, map.value());
  Stmt body = lowering.Run(func->body);
  func.CopyOnWrite()->body = AbsorbFills()(body);
  PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
    const auto* expr = ref.as<PrimExprNode>();
    const CallNode* load = expr ? AsTt(GetRef<PrimExpr>(expr), "tt.tile.load") : nullptr;
    if (load && load->args.size() > 2) cbs.at(StrArg(load, 0)).read_in_parts = true;
  });

  Target target = func->GetAttr<Target>(tvm::attr::kTarget).value();
  ComputeRecord compute;
  compute.fp32_dest_acc = lowering.NeedsFp32();
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

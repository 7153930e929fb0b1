#include "passes/chain_emitter.h"

#include <limits>
#include <unordered_map>
#include <utility>

#include "ir/attrs.h"
#include "ir/ops.h"

namespace tltt::compiler {
namespace {

// A scalar operand of the vector unit.
PrimExpr Bits(const PrimExpr& scalar) {
  return TtCall(scalar.as<FloatImmNode>() ? "tt.f32_bits" : "tt.f32_of_int", {scalar}, DataType::UInt(32));
}

class ChainEmitter {
 public:
  ChainEmitter(const CbTable* cbs, IndexTiles* index_tiles, const ComputeRecord& compute, Span span)
      : cbs_(cbs), index_tiles_(index_tiles), compute_(compute), span_(std::move(span)) {}

  std::optional<Stmt> Emit(const std::string& dst, const PrimExpr& expr, int unshared) {
    const CbRecord& out = cbs_->at(dst);
    ValueGraph graph(cbs_, index_tiles_, compute_, r_, c_);
    int root = graph.Build(expr);
    values_ = std::move(graph.values);
    // The packer rounds to the buffer's dtype anyway.
    while (values_[root].kind == Value::kCast && values_[root].op == out.dtype) root = values_[root].args[0];
    unshared_ = unshared;
    if (unshared_ >= 0) Unshare(unshared_);
    Count(root);
    slot_.assign(values_.size(), -1);
    rows_ = out.Rows(), cols_ = out.Cols();
    bool in_order = true;  // every operand's tile stands at the result's place: one loop over all tiles
    const Value* reduction = nullptr;
    for (const Value& v : values_) {
      const bool placed = v.scalar.defined() && (Uses(v.scalar, r_) || Uses(v.scalar, c_));
      in_order = in_order && !placed &&
                 (v.kind == Value::kLoad ? v.pattern == "tile" && !v.row.defined() : v.kind != Value::kReduce);
      if (v.kind == Value::kReduce) reduction = &v;
    }
    if (in_order) cols_ *= rows_, rows_ = 1;
    const bool along_row = reduction && reduction->pattern == "row";
    const int slot = Eval(root);
    Op("tt.pack_tile", {Int(slot), Str(dst), Place(rows_, cols_)});
    if (peak_ > compute_.DstTiles()) return std::nullopt;
    Stmt body = SeqStmt::Flatten(ops_);
    if (reduction && reduction->pattern == "batch") return OverTiles(body);
    if (!reduction) body = For(c_, Int(0), Int(cols_), ForKind::kSerial, body);
    const bool down_columns = reduction && !along_row;
    return For(down_columns ? c_ : r_, Int(0), Int(down_columns ? cols_ : rows_), ForKind::kSerial, body, std::nullopt,
               {{attr::kTileChain, Integer(peak_)}}, std::nullopt, span_);
  }

 private:
  // Operations at other tiles.
  static Stmt Placed(const Stmt& stmt, const Map<Var, PrimExpr>& places) {
    class Placer : public StmtMutator {
     public:
      explicit Placer(const Map<Var, PrimExpr>& places) : places_(places) {}

     private:
      Stmt VisitStmt_(const EvaluateNode* node) final {
        const CallNode* call = AsTt(GetRef<Stmt>(node));
        Array<PrimExpr> args;
        for (const PrimExpr& arg : call->args) args.push_back(arith::Analyzer().Simplify(Substitute(arg, places_)));
        return TtStmt(OpName(call), args, node->span);
      }
      const Map<Var, PrimExpr>& places_;
    };
    return Placer(places)(stmt);
  }

  // A loop over the result's tiles in the place of those over its rows and columns.
  Stmt OverTiles(const Stmt& body) const {
    const Var t("t", DataType::Int(32));
    const Stmt placed = Placed(body, {{r_, floordiv(t, Int(cols_))}, {c_, floormod(t, Int(cols_))}});
    return For(t, Int(0), Int(rows_ * cols_), ForKind::kSerial, placed, std::nullopt,
               {{attr::kTileChain, Integer(peak_)}}, std::nullopt, span_);
  }

  static bool Uses(const PrimExpr& expr, const Var& var) {
    bool uses = false;
    PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) { uses = uses || ref.same_as(var); });
    return uses;
  }

  PrimExpr Place(int64_t rows, int64_t cols) const {
    PrimExpr place = Int(0);
    if (rows > 1) place = cols > 1 ? r_ * Int(cols) : PrimExpr(r_);
    if (cols > 1) place = rows > 1 ? place + c_ : PrimExpr(c_);
    return place;
  }

  PrimExpr TileOf(const Value& load) const {
    if (load.row.defined()) return TileOfPart(load);
    if (load.pattern == "row") return cols_ > 1 ? PrimExpr(c_) : Int(0);
    if (load.pattern == "col") return rows_ > 1 ? PrimExpr(r_) : Int(0);
    if (load.pattern == "scalar") return Int(0);
    if (load.pattern == "transpose") {
      PrimExpr row = rows_ > 1 ? PrimExpr(r_) : Int(0);
      return cols_ > 1 ? (rows_ > 1 ? c_ * Int(rows_) + row : PrimExpr(c_)) : row;
    }
    return Place(rows_, cols_);
  }

  // The tile of a part of a block that stands for the one being computed.
  PrimExpr TileOfPart(const Value& load) const {
    const PrimExpr r = rows_ > 1 ? PrimExpr(r_) : Int(0), c = cols_ > 1 ? PrimExpr(c_) : Int(0);
    PrimExpr row = load.row, col = load.col;
    if (load.pattern == "tile" || load.pattern == "col") row = row + r;
    if (load.pattern == "tile" || load.pattern == "row") col = col + c;
    if (load.pattern == "transpose") row = row + c, col = col + r;
    const CbRecord& cb = cbs_->at(load.cb);
    if (load.nearest) {
      row = max(Int(0), min(row, Int(cb.Rows() - 1)));
      col = max(Int(0), min(col, Int(cb.Cols() - 1)));
    }
    return arith::Analyzer().Simplify(row * Int(cb.Cols()) + col);
  }

  void Op(const std::string& name, Array<PrimExpr> args) { ops_.push_back(TtStmt(name, std::move(args), span_)); }

  // A copy of every value of at most `depth` operations for every operation that reads it.
  void Unshare(int depth) {
    const size_t count = values_.size();
    std::vector<int> depths;  // operands stand before their users
    for (size_t v = 0; v < count; ++v) {
      int own = values_[v].kind == Value::kReduce ? static_cast<int>(count) : 0;  // never computed again
      for (int arg : values_[v].args) own = std::max(own, depths[static_cast<size_t>(arg)] + 1);
      depths.push_back(own);
    }
    for (size_t v = 0; v < count; ++v) {
      for (size_t i = 0; i < values_[v].args.size(); ++i) {
        const int arg = values_[v].args[i];
        if (depths[static_cast<size_t>(arg)] > depth) continue;
        const int copy = Copy(arg);
        values_[v].args[i] = copy;
      }
    }
  }
  int Copy(int v) {
    Value copy = values_[v];
    for (int& arg : copy.args) arg = Copy(arg);
    values_.push_back(copy);
    return static_cast<int>(values_.size()) - 1;
  }

  void Count(int v) {
    if (values_[v].uses++ > 0) return;
    if (FpuOperands(values_[v])) return;  // read straight from their buffers
    for (int arg : values_[v].args) Count(arg);
  }

  int Alloc() {
    size_t s = 0;
    while (s < taken_.size() && taken_[s]) ++s;
    if (s == taken_.size()) taken_.push_back(false);
    taken_[s] = true;
    peak_ = std::max<int64_t>(peak_, static_cast<int64_t>(s) + 1);
    return static_cast<int>(s);
  }

  // One use of v is over; its slot is free when it was the last.
  bool Release(int v) {
    if (--values_[v].uses > 0) return false;
    taken_[slot_[v]] = false;
    return true;
  }

  // A slot that may be overwritten and holds v.
  int Own(int v) {
    const int from = slot_[v];
    if (Release(v)) {
      taken_[from] = true;
      return from;
    }
    const int slot = Alloc();
    Op(values_[v].word          ? "tt.copy_dest_int32"
       : compute_.fp32_dest_acc ? "tt.copy_dest_fp32"
                                : "tt.copy_dest_bf16",
       {Int(from), Int(slot)});
    return slot;
  }

  bool SixteenBit(const Value& load) const { return TileBytes(cbs_->at(load.cb).Format()) <= 2048; }

  // +, -, * of two buffers of 16 bits, at most one of them broadcast.
  bool FpuOperands(const Value& v) const {
    if (v.kind != Value::kOp || FpuName(v).empty()) return false;
    // The FPU adds a product to what its tile of DST holds, and in a reduction's loop that is the last one.
    if (reducing_ && v.op == "tt.mul_binary_tile") return false;
    const Value &a = values_[v.args[0]], &b = values_[v.args[1]];
    if (a.kind != Value::kLoad || b.kind != Value::kLoad || !SixteenBit(a) || !SixteenBit(b)) return false;
    // The FPU has exponents of one size.
    if ((cbs_->at(a.cb).Format() == DataFormat::kFloat16) != (cbs_->at(b.cb).Format() == DataFormat::kFloat16))
      return false;
    if (a.pattern == "tile" && (b.pattern == "tile" || b.pattern == "row" || b.pattern == "col")) return true;
    return v.op != "tt.sub_binary_tile" && b.pattern == "tile" && (a.pattern == "row" || a.pattern == "col");
  }
  static std::string FpuName(const Value& v) {
    if (v.op == "tt.add_binary_tile") return "tt.add_tiles";
    if (v.op == "tt.sub_binary_tile") return "tt.sub_tiles";
    if (v.op == "tt.mul_binary_tile") return "tt.mul_tiles";
    return "";
  }

  int Eval(int index) {
    if (slot_[index] >= 0) return slot_[index];
    const Value v = values_[index];
    int slot = -1;
    switch (v.kind) {
      case Value::kLoad:
        slot = EmitLoad(v);
        break;
      case Value::kIndex:
        slot = Alloc();
        Op("tt.copy_tile", {Str(v.cb), Int(0), Int(slot)});
        if (!is_zero(v.scalar)) Op("tt.add_unary_tile", {Int(slot), Bits(v.scalar)});
        break;
      case Value::kFill:
        slot = Alloc();
        if (v.word) {
          Op("tt.fill_tile_int", {Int(slot), v.scalar});
        } else if (v.scalar.as<FloatImmNode>()) {
          Op("tt.fill_tile", {Int(slot), v.scalar});
        } else {
          Op("tt.fill_tile_bitcast", {Int(slot), Bits(v.scalar)});
        }
        break;
      case Value::kCast:
        Eval(v.args[0]);
        slot = Own(v.args[0]);
        Op(v.op == "bfloat16" ? "tt.typecast_bf16" : "tt.typecast_fp16", {Int(slot)});
        break;
      case Value::kReduce:
        slot = EmitReduce(v);
        break;
      case Value::kOp:
        slot = FpuOperands(v) ? EmitFpu(v) : v.args.size() == 1 ? EmitInPlace(v) : EmitOp(v);
        break;
    }
    slot_[index] = slot;
    return slot;
  }

  // One operand, overwritten.
  int EmitInPlace(const Value& v) {
    Eval(v.args[0]);
    const int slot = Own(v.args[0]);
    if (v.op == "tt.round_tile") {
      Op(v.op, {Int(slot), v.scalar});  // a number of decimals, no bits
    } else if (v.scalar.defined()) {
      Op(v.op, {Int(slot), Bits(v.scalar)});
    } else {
      Op(v.op, {Int(slot)});
    }
    return slot;
  }

  // Several operands; the result takes the place of one that is not needed any more.
  int EmitOp(const Value& v) {
    for (int arg : InOrder(v)) Eval(arg);
    Array<PrimExpr> args;
    for (int arg : v.args) args.push_back(Int(slot_[arg]));
    int slot = -1;
    for (int arg : v.args)
      if (Release(arg) && slot < 0) slot = slot_[arg];
    if (slot < 0) slot = Alloc();
    taken_[slot] = true;
    args.push_back(Int(slot));
    Op(v.op, args);
    return slot;
  }

  // Operands in the order of evaluation: those that need more slots first.
  std::vector<int> InOrder(const Value& v) const {
    std::vector<int> order = v.args;
    std::unordered_map<int, int> needs;
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return Need(a, &needs) > Need(b, &needs); });
    return order;
  }

  int EmitLoad(const Value& v) {
    const int slot = Alloc();
    Op(v.pattern == "tile"        ? "tt.copy_tile"
       : v.pattern == "transpose" ? "tt.transpose_tile"
       : v.pattern == "row"       ? "tt.unary_bcast_row"
       : v.pattern == "col"       ? "tt.unary_bcast_col"
                                  : "tt.unary_bcast_scalar",
       {Str(v.cb), TileOf(v), Int(slot)});
    return slot;
  }

  // A slot that nothing has been written to since DST was acquired; -1 where there is none left.
  int AllocUntouched() {
    if (static_cast<int64_t>(taken_.size()) >= compute_.DstTiles()) return -1;
    taken_.push_back(true);
    peak_ = std::max<int64_t>(peak_, static_cast<int64_t>(taken_.size()));
    return static_cast<int>(taken_.size()) - 1;
  }

  int EmitFpu(const Value& v) {
    Value a = values_[v.args[0]], b = values_[v.args[1]];
    if (a.pattern != "tile") std::swap(a, b);
    std::string name = FpuName(v);
    // The FPU's product is added to what its DST tile holds, unlike its sum and difference.
    const bool product = name == "tt.mul_tiles";
    const int slot = product ? AllocUntouched() : Alloc();
    if (slot < 0) {
      const int first = EmitLoad(a), second = EmitLoad(b);
      Op(v.op, {Int(first), Int(second), Int(first)});
      taken_[second] = false;
      return first;
    }
    if (b.pattern != "tile") name += b.pattern == "row" ? "_bcast_rows" : "_bcast_cols";
    Op(name, {Str(a.cb), Str(b.cb), TileOf(a), TileOf(b), Int(slot)});
    return slot;
  }

  // The values of `expr` over rows x cols tiles, evaluated at (r_, c_) with the slots that are free now.
  int EvalInside(const PrimExpr& expr, int64_t rows, int64_t cols) {
    ValueGraph graph(cbs_, index_tiles_, compute_, r_, c_);
    const int root = graph.Build(expr);
    std::swap(values_, graph.values);
    if (unshared_ >= 0) Unshare(unshared_);
    std::vector<int> slots(values_.size(), -1);
    std::swap(slot_, slots);
    std::swap(rows_, rows), std::swap(cols_, cols);
    reducing_ = true;
    Count(root);
    const int slot = Eval(root);
    reducing_ = false;
    std::swap(rows_, rows), std::swap(cols_, cols);
    std::swap(slot_, slots);
    std::swap(values_, graph.values);
    return slot;
  }

  // Joins a row or a column of tiles in one slot and reduces that one within itself; or the tiles at one place of all
  // matrices.
  int EmitReduce(const Value& v) {
    const bool row = v.pattern == "row", batch = v.pattern == "batch";
    const int64_t along = row ? v.cols : batch ? v.rows / rows_ : v.rows;
    const Var b("b", DataType::Int(32));
    const Var& step = row ? c_ : batch ? b : r_;
    const double infinity = std::numeric_limits<double>::infinity();
    const double neutral = v.op == "sum" ? 0 : v.op == "max" ? -infinity : infinity;
    const bool ragged = v.valid > 0;  // the last tile is taken by itself, without its padding
    auto inside = [&](const PrimExpr& inner) {
      const size_t before = ops_.size();
      const int64_t matrix = rows_;
      const int slot = EvalInside(inner, v.rows, v.cols);
      for (size_t i = before; batch && i < ops_.size(); ++i)
        ops_.Set(i, Placed(ops_[i], {{r_, step * Int(matrix) + r_}}));
      return slot;
    };
    auto join = [&](int acc, const PrimExpr& inner) {
      const int element = inside(inner);
      Op(v.op == "sum"   ? "tt.add_binary_tile"
         : v.op == "max" ? "tt.binary_max_tile"
                         : "tt.binary_min_tile",
         {Int(acc), Int(element), Int(acc)});
      taken_[element] = false;
    };
    const bool starts = AsTt(v.inner, "tt.tile.load") != nullptr;  // the first tile itself is what others are joined to
    int acc = -1;
    int64_t first = 0;
    const int64_t last = along - (ragged ? 1 : 0);
    if (along == 1 || (starts && last > 0)) {
      AtStep(step, 0, [&] { acc = inside(along == 1 && ragged ? Masked(v, step, neutral) : v.inner); });
      first = 1;
    } else {
      acc = Alloc();
      Op("tt.fill_tile", {Int(acc), FloatImm(DataType::Float(32), neutral)});
    }
    if (last - first == 1) {
      AtStep(step, first, [&] { join(acc, v.inner); });
    } else if (first < last) {
      Array<Stmt> outer;
      std::swap(ops_, outer);
      join(acc, v.inner);
      std::swap(ops_, outer);
      ops_.push_back(For(step, Int(first), Int(last - first), ForKind::kSerial, SeqStmt::Flatten(outer)));
    }
    if (ragged && along > 1) AtStep(step, along - 1, [&] { join(acc, Masked(v, step, neutral)); });
    if (batch) return acc;
    if (v.pattern != "row") Op("tt.sfpu_reduce_" + v.op + "_col", {Int(acc)});
    if (v.pattern != "col") Op("tt.sfpu_reduce_" + v.op + "_row", {Int(acc)});
    return acc;
  }

  // The operations that `emit` makes, at a fixed place along the reduction.
  template <typename Emit>
  void AtStep(const Var& step, int64_t place, Emit emit) {
    const size_t before = ops_.size();
    emit();
    for (size_t i = before; i < ops_.size(); ++i) ops_.Set(i, Placed(ops_[i], {{step, Int(place)}}));
  }

  // The reduced value with `neutral` where the last tile has padding.
  static PrimExpr Masked(const Value& v, const Var& step, double neutral) {
    const bool row = v.pattern == "row";
    const DataType dtype = DataType::Float(32);
    auto fill = [&](double value) { return TtCall("tt.tile.fill", {FloatImm(dtype, value)}, dtype); };
    PrimExpr place = TtCall("tt.tile.index", {Int(row ? 0 : 1), Int(row ? 1 : 0), step * Int(-kTileWidth)}, dtype);
    PrimExpr inside = TtCall("tt.tile.compare", {Str("lt"), place, fill(static_cast<double>(v.valid))}, dtype);
    return TtCall("tt.tile.where", {inside, v.inner, fill(neutral)}, dtype);
  }

  // Slots that a value takes while it is computed; `known`: those found already.
  int Need(int index, std::unordered_map<int, int>* known) const {
    const Value& v = values_[index];
    if (slot_[index] >= 0) return 0;
    if (v.kind == Value::kReduce) return v.valid > 0 ? 4 : 2;  // at least: before anything else takes slots
    if (v.args.empty() || FpuOperands(v)) return 1;
    if (auto it = known->find(index); it != known->end()) return it->second;
    std::vector<int> needs;
    for (int arg : v.args) needs.push_back(Need(arg, known));
    return (*known)[index] = SlotsOf(needs);
  }

  const CbTable* cbs_;
  IndexTiles* index_tiles_;
  ComputeRecord compute_;
  Span span_;
  Var r_{"r", DataType::Int(32)}, c_{"c", DataType::Int(32)};
  int64_t rows_ = 1, cols_ = 1, peak_ = 0;
  int unshared_ = -1;
  bool reducing_ = false;  // inside a reduction's loop
  std::vector<Value> values_;
  std::vector<int> slot_;
  std::vector<bool> taken_;
  Array<Stmt> ops_;
};

}  // namespace

std::optional<Stmt> EmitChain(const CbTable* cbs, IndexTiles* index_tiles, const ComputeRecord& compute,
                              const std::string& dst, const PrimExpr& expr, int unshared, const Span& span) {
  return ChainEmitter(cbs, index_tiles, compute, span).Emit(dst, expr, unshared);
}

}  // namespace tltt::compiler

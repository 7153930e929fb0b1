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
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <unordered_map>

#include "analysis/liveness.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "passes/fuse_stores.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

// ---- Values
// ----------------------------------------------------------------------------------------------------------

struct Value {
  enum Kind { kLoad, kFill, kUnary, kScalar, kBinary, kCast, kReduce } kind = kLoad;
  std::string op;           // device op of unary, scalar and binary values; dtype of casts; kind of reductions
  std::string cb, pattern;  // of loads; of reductions the dim as pattern
  PrimExpr inner;           // what a reduction reduces, over rows x cols tiles
  int64_t rows = 0, cols = 0;
  double constant = 0;  // fill and scalar
  int a = -1, b = -1;
  int uses = 0;
};

// The distinct values of an expression, operands before users.
class ValueGraph {
 public:
  ValueGraph(const CbTable* cbs, bool fp32_dest) : cbs_(cbs), fp32_dest_(fp32_dest) {}

  int Build(const PrimExpr& expr) {
    const auto* call = expr.as<CallNode>();
    if (!call) BrokenContract("LowerToSFPU", "a tile expression holds a scalar");
    const std::string name = OpName(call);
    if (name == "tt.tile.load") {
      Value v;
      v.cb = StrArg(call, 0), v.pattern = StrArg(call, 1);
      return Intern(v);
    }
    if (name == "tt.tile.fill") return Fill(call->args[0].as<FloatImmNode>()->value);
    if (name == "tt.tile.cast") return MakeCast(Build(call->args[0]), StrArg(call, 1));
    if (name == "tt.sfpu.unary") return Unary(FindUnary(StrArg(call, 0)), Build(call->args[1]));
    if (name == "tt.tile.reduce") {
      Value v;
      v.kind = Value::kReduce, v.op = StrArg(call, 0), v.pattern = StrArg(call, 1), v.inner = call->args[2];
      v.rows = IntArg(call, 3), v.cols = IntArg(call, 4);
      return Intern(v);
    }
    const int a = Build(call->args[0]), b = Build(call->args[1]);
    return MakeBinary(name, a, b);
  }

  std::vector<Value> values;

 private:
  int Intern(const Value& v) {
    for (size_t i = 0; i < values.size(); ++i) {
      const Value& o = values[i];
      if (o.kind == v.kind && o.op == v.op && o.cb == v.cb && o.pattern == v.pattern && o.a == v.a && o.b == v.b &&
          std::memcmp(&o.constant, &v.constant, sizeof(double)) == 0 && SameInner(o, v))
        return static_cast<int>(i);
    }
    values.push_back(v);
    return static_cast<int>(values.size()) - 1;
  }
  static bool SameInner(const Value& a, const Value& b) {
    return a.kind != Value::kReduce || ffi::StructuralEqual()(a.inner, b.inner);
  }
  bool IsFill(int v) const { return values[v].kind == Value::kFill; }

  int Fill(double constant) {
    Value v;
    v.kind = Value::kFill, v.constant = constant;
    return Intern(v);
  }
  int Unary(const UnaryOp* op, int a) {
    Value v;
    v.kind = Value::kUnary, v.op = std::string(op->device), v.a = a;
    return Intern(v);
  }
  int Scalar(const char* op, int a, double constant) {
    Value v;
    v.kind = Value::kScalar, v.op = op, v.a = a, v.constant = constant;
    return Intern(v);
  }
  int MakeCast(int a, const std::string& dtype) {
    // A 16-bit DST rounds at every write already; a load of a buffer of that dtype is rounded.
    if (!fp32_dest_ || dtype == "float32") return a;
    if (values[a].kind == Value::kLoad && cbs_->at(values[a].cb).dtype == dtype) return a;
    if (values[a].kind == Value::kCast && values[a].op == dtype) return a;
    Value v;
    v.kind = Value::kCast, v.op = dtype, v.a = a;
    return Intern(v);
  }
  int MakeBinary(const std::string& op, int a, int b) {
    if (IsFill(a) && IsFill(b)) return Fill(Fold(op, values[a].constant, values[b].constant));
    const bool scalar_b = IsFill(b), scalar_a = IsFill(a);
    const double c = scalar_b ? values[b].constant : scalar_a ? values[a].constant : 0;
    if (op == "tt.fpu.add" && (scalar_a || scalar_b)) return Scalar("tt.add_unary_tile", scalar_b ? a : b, c);
    if (op == "tt.fpu.multiply" && (scalar_a || scalar_b)) return Scalar("tt.mul_unary_tile", scalar_b ? a : b, c);
    if (op == "tt.fpu.subtract" && scalar_b) return Scalar("tt.sub_unary_tile", a, c);
    if (op == "tt.fpu.subtract" && scalar_a) return Scalar("tt.rsub_unary_tile", b, c);
    if (op == "tt.fpu.divide" && scalar_b && IsPowerOfTwo(c)) return Scalar("tt.mul_unary_tile", a, 1 / c);
    const double infinity = std::numeric_limits<double>::infinity();
    if (op == "tt.tile.max" && (scalar_a || scalar_b) && c == -infinity) return scalar_b ? a : b;
    if (op == "tt.tile.min" && (scalar_a || scalar_b) && c == infinity) return scalar_b ? a : b;
    if (op == "tt.tile.max" && (scalar_a || scalar_b)) {
      if (c == 0) return Unary(FindUnary("relu"), scalar_b ? a : b);
      return Scalar("tt.unary_max_tile", scalar_b ? a : b, c);
    }
    if (op == "tt.tile.min" && (scalar_a || scalar_b)) return Scalar("tt.unary_min_tile", scalar_b ? a : b, c);
    Value v;
    v.kind = Value::kBinary, v.a = a, v.b = b;
    v.op = op == "tt.fpu.add"        ? "tt.add_binary_tile"
           : op == "tt.fpu.subtract" ? "tt.sub_binary_tile"
           : op == "tt.fpu.multiply" ? "tt.mul_binary_tile"
           : op == "tt.fpu.divide"   ? "tt.div_binary_tile"
           : op == "tt.tile.max"     ? "tt.binary_max_tile"
           : op == "tt.tile.min"     ? "tt.binary_min_tile"
                                     : "";
    if (v.op.empty()) BrokenContract("LowerToSFPU", "unknown tile operation " + op);
    return Intern(v);
  }
  static bool IsPowerOfTwo(double c) {
    int exponent = 0;
    return std::isfinite(c) && c != 0 && std::abs(std::frexp(c, &exponent)) == 0.5;
  }
  static double Fold(const std::string& op, double a, double b) {
    if (op == "tt.fpu.add") return a + b;
    if (op == "tt.fpu.subtract") return a - b;
    if (op == "tt.fpu.multiply") return a * b;
    if (op == "tt.fpu.divide") return a / b;
    return op == "tt.tile.max" ? std::max(a, b) : std::min(a, b);
  }

  const CbTable* cbs_;
  bool fp32_dest_;
};

// ---- Slots and statements
// --------------------------------------------------------------------------------------------

PrimExpr Bits(double value) {
  return TtCall("tt.f32_bits", {FloatImm(DataType::Float(32), value)}, DataType::UInt(32));
}

class ChainEmitter {
 public:
  ChainEmitter(const CbTable* cbs, const ComputeRecord& compute, Span span)
      : cbs_(cbs), compute_(compute), span_(std::move(span)) {}

  // The chain, or nothing where it needs more DST tiles at once than there are.
  std::optional<Stmt> Emit(const std::string& dst, const PrimExpr& expr) {
    const CbRecord& out = cbs_->at(dst);
    ValueGraph graph(cbs_, compute_.fp32_dest_acc);
    int root = graph.Build(expr);
    values_ = std::move(graph.values);
    // The packer rounds to the buffer's dtype anyway.
    while (values_[root].kind == Value::kCast && values_[root].op == out.dtype) root = values_[root].a;
    Count(root);
    slot_.assign(values_.size(), -1);
    rows_ = out.Rows(), cols_ = out.Cols();
    bool in_order = true;  // every operand's tile stands at the result's place: one loop over all tiles
    const Value* reduction = nullptr;
    for (const Value& v : values_) {
      in_order = in_order && (v.kind == Value::kLoad ? v.pattern == "tile" : v.kind != Value::kReduce);
      if (v.kind == Value::kReduce) reduction = &v;
    }
    if (in_order) cols_ *= rows_, rows_ = 1;
    const bool along_row = reduction && reduction->pattern == "row";
    const int slot = Eval(root);
    Op("tt.pack_tile", {Int(slot), Str(dst), Place(rows_, cols_)});
    if (peak_ > compute_.DstTiles()) return std::nullopt;
    Stmt body = SeqStmt::Flatten(ops_);
    if (!reduction) body = For(c_, Int(0), Int(cols_), ForKind::kSerial, body);
    const bool down_columns = reduction && !along_row;
    return For(down_columns ? c_ : r_, Int(0), Int(down_columns ? cols_ : rows_), ForKind::kSerial, body, std::nullopt,
               {{attr::kTileChain, Integer(peak_)}}, std::nullopt, span_);
  }

 private:
  PrimExpr Place(int64_t rows, int64_t cols) const {
    PrimExpr place = Int(0);
    if (rows > 1) place = cols > 1 ? r_ * Int(cols) : PrimExpr(r_);
    if (cols > 1) place = rows > 1 ? place + c_ : PrimExpr(c_);
    return place;
  }

  PrimExpr TileOf(const Value& load) const {
    if (load.pattern == "row") return cols_ > 1 ? PrimExpr(c_) : Int(0);
    if (load.pattern == "col") return rows_ > 1 ? PrimExpr(r_) : Int(0);
    if (load.pattern == "scalar") return Int(0);
    if (load.pattern == "transpose") {
      PrimExpr row = rows_ > 1 ? PrimExpr(r_) : Int(0);
      return cols_ > 1 ? (rows_ > 1 ? c_ * Int(rows_) + row : PrimExpr(c_)) : row;
    }
    return Place(rows_, cols_);
  }

  void Op(const std::string& name, Array<PrimExpr> args) { ops_.push_back(TtStmt(name, std::move(args), span_)); }

  void Count(int v) {
    if (values_[v].uses++ > 0) return;
    if (FpuOperands(values_[v])) return;  // read straight from their buffers
    if (values_[v].a >= 0) Count(values_[v].a);
    if (values_[v].b >= 0) Count(values_[v].b);
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
    Op(compute_.fp32_dest_acc ? "tt.copy_dest_fp32" : "tt.copy_dest_bf16", {Int(from), Int(slot)});
    return slot;
  }

  bool SixteenBit(const Value& load) const { return TileBytes(cbs_->at(load.cb).Format()) <= 2048; }

  // +, -, * of two buffers of 16 bits, at most one of them broadcast.
  bool FpuOperands(const Value& v) const {
    if (v.kind != Value::kBinary || FpuName(v).empty()) return false;
    // The FPU adds a product to what its tile of DST holds, and in a reduction's loop that is the last one.
    if (reducing_ && v.op == "tt.mul_binary_tile") return false;
    const Value &a = values_[v.a], &b = values_[v.b];
    if (a.kind != Value::kLoad || b.kind != Value::kLoad || !SixteenBit(a) || !SixteenBit(b)) return false;
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
      case Value::kFill:
        slot = Alloc();
        Op("tt.fill_tile", {Int(slot), FloatImm(DataType::Float(32), v.constant)});
        break;
      case Value::kUnary:
        Eval(v.a);
        slot = Own(v.a);
        Op(v.op, {Int(slot)});
        break;
      case Value::kScalar:
        Eval(v.a);
        slot = Own(v.a);
        Op(v.op, {Int(slot), Bits(v.constant)});
        break;
      case Value::kCast:
        Eval(v.a);
        slot = Own(v.a);
        Op(v.op == "bfloat16" ? "tt.typecast_bf16" : "tt.typecast_fp16", {Int(slot)});
        break;
      case Value::kReduce:
        slot = EmitReduce(v);
        break;
      case Value::kBinary:
        if (FpuOperands(v)) {
          slot = EmitFpu(v);
        } else {
          // The side that needs more slots first.
          if (Need(v.b) > Need(v.a)) {
            Eval(v.b);
            Eval(v.a);
          } else {
            Eval(v.a);
            Eval(v.b);
          }
          const int sa = slot_[v.a], sb = slot_[v.b];
          const bool free_a = Release(v.a), free_b = Release(v.b);
          if (free_a) {
            slot = sa;
            taken_[sa] = true;
          } else if (free_b) {
            slot = sb;
            taken_[sb] = true;
          } else {
            slot = Alloc();
          }
          Op(v.op, {Int(sa), Int(sb), Int(slot)});
        }
        break;
    }
    slot_[index] = slot;
    return slot;
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
    Value a = values_[v.a], b = values_[v.b];
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
    ValueGraph graph(cbs_, compute_.fp32_dest_acc);
    const int root = graph.Build(expr);
    std::swap(values_, graph.values);
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

  // Joins a row or a column of tiles in one slot and reduces that one within itself.
  int EmitReduce(const Value& v) {
    const bool row = v.pattern == "row";
    const int64_t along = row ? v.cols : v.rows;
    const Var& step = row ? c_ : r_;
    auto is_load = [&] { return AsTt(v.inner, "tt.tile.load") != nullptr; };
    int acc = -1;
    int64_t first = 0;
    if (along == 1 || is_load()) {
      const size_t before = ops_.size();
      acc = EvalInside(v.inner, v.rows, v.cols);
      for (size_t i = before; i < ops_.size(); ++i)
        ops_.Set(i, Substitute(ops_[i], Map<Var, PrimExpr>{{step, Int(0)}}));
      first = 1;
    } else {
      acc = Alloc();
      const double infinity = std::numeric_limits<double>::infinity();
      const double start = v.op == "sum" ? 0 : v.op == "max" ? -infinity : infinity;
      Op("tt.fill_tile", {Int(acc), FloatImm(DataType::Float(32), start)});
    }
    if (first < along) {
      Array<Stmt> outer;
      std::swap(ops_, outer);
      const int element = EvalInside(v.inner, v.rows, v.cols);
      Op(v.op == "sum"   ? "tt.add_binary_tile"
         : v.op == "max" ? "tt.binary_max_tile"
                         : "tt.binary_min_tile",
         {Int(acc), Int(element), Int(acc)});
      taken_[element] = false;
      std::swap(ops_, outer);
      ops_.push_back(For(step, Int(first), Int(along - first), ForKind::kSerial, SeqStmt::Flatten(outer)));
    }
    Op("tt.sfpu_reduce_" + v.op + (row ? "_row" : "_col"), {Int(acc)});
    return acc;
  }

  int Need(int index) const {
    const Value& v = values_[index];
    if (slot_[index] >= 0) return 0;
    if (v.kind == Value::kReduce) return 2;  // at least: before anything else takes slots
    if (v.a < 0 || FpuOperands(v)) return 1;
    if (v.b < 0) return Need(v.a);
    const int a = Need(v.a), b = Need(v.b);
    return a == b ? a + 1 : std::max(a, b);
  }

  const CbTable* cbs_;
  ComputeRecord compute_;
  Span span_;
  Var r_{"r", DataType::Int(32)}, c_{"c", DataType::Int(32)};
  int64_t rows_ = 1, cols_ = 1, peak_ = 0;
  bool reducing_ = false;  // inside a reduction's loop
  std::vector<Value> values_;
  std::vector<int> slot_;
  std::vector<bool> taken_;
  Array<Stmt> ops_;
};

// Slots that an expression over tiles needs at most when it is evaluated as a tree.
int64_t SlotsNeeded(const PrimExpr& expr) {
  const auto* call = expr.as<CallNode>();
  std::vector<int64_t> needs;
  for (const PrimExpr& arg : call->args)
    if (arg.as<CallNode>()) needs.push_back(SlotsNeeded(arg));
  if (needs.empty()) return 1;
  if (OpName(call) == "tt.tile.reduce") return needs[0] + 1;
  if (needs.size() == 1) return needs[0];
  return needs[0] == needs[1] ? needs[0] + 1 : std::max(needs[0], needs[1]);
}

class ChainLowering : public StmtMutator {
 public:
  ChainLowering(CbTable* cbs, const ComputeRecord& compute) : cbs_(cbs), compute_(compute) {}

 private:
  Stmt VisitStmt_(const EvaluateNode* node) final {
    const CallNode* store = AsTt(GetRef<Stmt>(node), "tt.tile.store");
    if (!store) return GetRef<Stmt>(node);
    return Lower(StrArg(store, 0), store->args[1], node->span);
  }

  // Expressions that do not fit DST are cut at their heaviest operand, which goes to a buffer of its own.
  Stmt Lower(const std::string& dst, const PrimExpr& expr, const Span& span) {
    if (auto chain = ChainEmitter(cbs_, compute_, span).Emit(dst, expr)) return *chain;
    const CallNode* binary = expr.as<CallNode>();
    std::vector<PrimExpr> operands;
    CbRecord spill = cbs_->at(dst);
    for (;;) {
      if (OpName(binary) == "tt.tile.reduce") {
        spill.shape = {IntArg(binary, 3) * kTileHeight, IntArg(binary, 4) * kTileWidth};
        spill.column = false;
      }
      operands.clear();
      for (const PrimExpr& arg : binary->args)
        if (arg.as<CallNode>()) operands.push_back(arg);
      if (operands.size() != 1) break;
      binary = operands[0].as<CallNode>();
    }
    if (operands.size() != 2) BrokenContract("LowerToSFPU", "an expression without operands does not fit DST");
    const PrimExpr heavy = SlotsNeeded(operands[0]) >= SlotsNeeded(operands[1]) ? operands[0] : operands[1];
    spill.kind = "intermed";
    spill.data_format.clear();
    spill.buffer = "part of " + spill.buffer;
    if (compute_.fp32_dest_acc) spill.dtype = "float32";
    spill.name = "cb_intermed" + std::to_string(spills_ + CountIntermediates());
    ++spills_;
    cbs_->Add(spill);
    Stmt first = Lower(spill.name, heavy, span);
    PrimExpr load = TtCall("tt.tile.load", {Str(spill.name), Str("tile")}, DataType::Float(32));
    return SeqStmt::Flatten(first, Lower(dst, Replaced(expr, heavy, load), span));
  }

  static PrimExpr Replaced(const PrimExpr& expr, const PrimExpr& from, const PrimExpr& to) {
    class Replacer : public ExprMutator {
     public:
      Replacer(PrimExpr from, PrimExpr to) : from_(std::move(from)), to_(std::move(to)) {}
      PrimExpr VisitExpr(const PrimExpr& e) final { return e.same_as(from_) ? to_ : ExprMutator::VisitExpr(e); }

     private:
      PrimExpr from_, to_;
    };
    return Replacer(from, to)(expr);
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

// fp32 buffers that only chains read are unpacked to DST in full precision; matmul reads through source registers.
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
    if (cb.Format() == DataFormat::kFloat32 && read.count(cb.name) && !through_fpu.count(cb.name))
      out.push_back(cb.name);
  return out;
}

// Buffers that a block reads before it fills them, found while each statement still is the user's own.
class InitialisedCheck : public StmtVisitor {
 public:
  explicit InitialisedCheck(const CbTable* cbs) : cbs_(cbs) {}

 private:
  void VisitStmt_(const ForNode* node) final {
    if (node->annotations.count(attr::kPersistentLoop)) missing_ = LiveIn(node->body, {});
    StmtVisitor::VisitStmt_(node);
  }
  void VisitStmt_(const EvaluateNode* node) final {
    CbAccess access;
    if (!AccessOf(GetRef<Stmt>(node), &access)) return;
    for (const auto& cb : access.reads) {
      if (!missing_.count(cb)) continue;
      Refuse(node->span, "`" + cbs_->at(cb).buffer + "` is read before anything was written to it",
             "T.clear or T.copy into it first");
    }
  }
  const CbTable* cbs_;
  CbSet missing_;
};

PrimFunc LowerChains(PrimFunc func) {
  CbTable cbs = CbTable::FromFunc(func);
  InitialisedCheck check(&cbs);
  check(func->body);
  ComputeRecord compute = ComputeOf(func);
  Stmt body = func->body;
  if (OptionOf(TargetOf(func), "fuse_epilogues")) body = FuseStores(body, &cbs);
  body = ChainLowering(&cbs, compute)(body);
  compute.unpack_to_dest = UnpackToDest(body, cbs);
  // Buffers whose every use was fused away are gone.
  CbSet used;
  PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
    if (const auto* s = ref.as<StringImmNode>()) used.insert(s->value);
  });
  cbs.Keep([&](const CbRecord& cb) { return used.count(cb.name) > 0; });
  func.CopyOnWrite()->body = body;
  return cbs.AttachTo(WithCompute(std::move(func), compute));
}

}  // namespace

Pass LowerToSFPU() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return LowerChains(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.LowerToSFPU", {});
}

}  // namespace tltt::compiler

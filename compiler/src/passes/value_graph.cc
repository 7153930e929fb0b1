#include "passes/value_graph.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>

#include "ir/diagnostics.h"
#include "ir/same.h"

namespace tltt::compiler {

namespace {

bool IsPowerOfTwo(double c) {
  int exponent = 0;
  return std::isfinite(c) && c != 0 && std::abs(std::frexp(c, &exponent)) == 0.5;
}

double Fold(const std::string& op, double a, double b) {
  if (op == "tt.fpu.add") return a + b;
  if (op == "tt.fpu.subtract") return a - b;
  if (op == "tt.fpu.multiply") return a * b;
  if (op == "tt.fpu.divide") return a / b;
  return op == "tt.tile.max" ? std::max(a, b) : std::min(a, b);
}

bool Holds(const std::string& relation, double a, double b) {
  if (relation == "eq") return a == b;
  if (relation == "ne") return a != b;
  if (relation == "lt") return a < b;
  if (relation == "le") return a <= b;
  return relation == "gt" ? a > b : a >= b;
}

// a R b is b R' a.
std::string Mirrored(const std::string& relation) {
  if (relation == "lt") return "gt";
  if (relation == "le") return "ge";
  if (relation == "gt") return "lt";
  return relation == "ge" ? "le" : relation;
}

bool SameScalar(const PrimExpr& a, const PrimExpr& b) {
  if (!a.defined() || !b.defined()) return !a.defined() && !b.defined();
  const auto *x = a.as<FloatImmNode>(), *y = b.as<FloatImmNode>();
  if (x && y) return std::memcmp(&x->value, &y->value, sizeof(double)) == 0;  // -0 is not 0
  return !x && !y && SameExpr(a, b);
}

bool SameInner(const Value& a, const Value& b) {
  return a.kind != Value::kReduce || (a.valid == b.valid && SameExpr(a.inner, b.inner));
}

// "row - 2 * column", for comments.
std::string Sum(const std::vector<std::pair<int64_t, std::string>>& terms) {
  std::string text;
  for (const auto& [factor, name] : terms) {
    if (factor == 0) continue;
    if (factor < 0) text += text.empty() ? "-" : " - ";
    if (factor > 0 && !text.empty()) text += " + ";
    if (std::abs(factor) != 1) text += std::to_string(std::abs(factor)) + " * ";
    text += name;
  }
  return text;
}

}  // namespace

std::vector<PrimExpr> TileOperands(const CallNode* call) {
  std::vector<PrimExpr> operands;
  const std::string name = OpName(call);
  if (name == "tt.tile.fill" || name == "tt.tile.index" || name == "tt.word.fill")
    return operands;  // their arguments are scalars
  for (const PrimExpr& arg : call->args)
    if (arg.as<CallNode>()) operands.push_back(arg);
  return operands;
}

std::string IndexTiles::Get(int64_t i, int64_t j) {
  if (auto it = made_.find({i, j}); it != made_.end()) return it->second;
  CbRecord cb;
  cb.name = "cb_index" + std::to_string(made_.size());
  cb.buffer = Sum({{i, "row"}, {j, "column"}});
  cb.dtype = (std::abs(i) + std::abs(j)) * (kTileWidth - 1) <= 256 ? "bfloat16" : "float32";
  cb.kind = "index";
  cb.shape = {kTileHeight, kTileWidth};
  cbs_->Add(cb);
  return made_[{i, j}] = cb.name;
}

Array<Stmt> IndexTiles::Fills() const {
  Array<Stmt> fills;
  for (const auto& [factors, cb] : made_)
    fills.push_back(TtStmt("tt.index_tile", {Str(cb), Int(factors.first), Int(factors.second)}));
  return fills;
}

int ValueGraph::Build(const PrimExpr& expr) {
  auto it = built_.find(expr);
  if (it == built_.end()) it = built_.emplace(expr, Make(expr)).first;
  return it->second;
}

int ValueGraph::Make(const PrimExpr& expr) {
  const auto* call = expr.as<CallNode>();
  if (!call) BrokenContract("LowerToSFPU", "a tile expression holds a scalar");
  const std::string name = OpName(call);
  if (name == "tt.tile.load") {
    Value v;
    v.cb = StrArg(call, 0), v.pattern = StrArg(call, 1);
    if (call->args.size() > 2) v.row = call->args[2], v.col = call->args[3];
    v.nearest = call->args.size() > 4;
    v.word = IsWord(cbs_->at(v.cb).dtype);
    return Intern(v);
  }
  if (name == "tt.tile.fill") return Fill(call->args[0]);
  if (name == "tt.word.fill") {
    Value v;
    v.kind = Value::kFill, v.scalar = call->args[0], v.word = true;
    return Intern(v);
  }
  if (name == "tt.word.binary") {
    const int a = Build(call->args[1]), b = Build(call->args[2]);
    return Op("tt." + StrArg(call, 0) + "_word_tile", {a, b}, PrimExpr(), true);
  }
  if (name == "tt.tile.convert")
    return Op("tt.typecast_" + StrArg(call, 0), {Build(call->args[1])}, PrimExpr(), call->dtype.is_int());
  if (name == "tt.tile.index") return Index(call);
  if (name == "tt.tile.cast") return Cast(Build(call->args[0]), StrArg(call, 1));
  if (name == "tt.sfpu.unary") return Unary(StrArg(call, 0), Build(call->args[1]));
  if (name == "tt.tile.reduce") {
    Value v;
    v.kind = Value::kReduce, v.op = StrArg(call, 0), v.pattern = StrArg(call, 1), v.inner = call->args[2];
    v.rows = IntArg(call, 3), v.cols = IntArg(call, 4), v.valid = IntArg(call, 5);
    return Intern(v);
  }
  if (name == "tt.tile.compare") {
    const int a = Build(call->args[1]), b = Build(call->args[2]);
    return Compare(StrArg(call, 0), a, b);
  }
  if (name == "tt.tile.where" || name == "tt.tile.insert") {
    const int condition = Build(call->args[0]), a = Build(call->args[1]), b = Build(call->args[2]);
    if (const double* known = Constant(condition)) return *known != 0 ? a : b;
    if (call->dtype.is_int()) return Op("tt.where_tile_int32", {condition, a, b}, PrimExpr(), true);
    return Op(fp32_dest_ ? "tt.where_tile_fp32" : "tt.where_tile_16", {condition, a, b});
  }
  const int a = Build(call->args[0]), b = Build(call->args[1]);
  return Binary(name, a, b);
}

int ValueGraph::Intern(const Value& v) {
  for (size_t i = 0; i < values.size(); ++i) {
    const Value& o = values[i];
    if (o.kind == v.kind && o.word == v.word && o.op == v.op && o.cb == v.cb && o.pattern == v.pattern &&
        o.args == v.args && SameScalar(o.scalar, v.scalar) && SameScalar(o.row, v.row) && SameScalar(o.col, v.col) &&
        o.nearest == v.nearest && SameInner(o, v))
      return static_cast<int>(i);
  }
  values.push_back(v);
  return static_cast<int>(values.size()) - 1;
}

int ValueGraph::Fill(const PrimExpr& scalar) {
  Value v;
  v.kind = Value::kFill, v.scalar = scalar;
  return Intern(v);
}

int ValueGraph::Op(const std::string& op, std::vector<int> args, PrimExpr scalar, bool word) {
  Value v;
  v.kind = Value::kOp, v.op = op, v.args = std::move(args), v.scalar = std::move(scalar), v.word = word;
  return Intern(v);
}

int ValueGraph::Unary(const std::string& name, int a) {
  const UnaryOp* op = FindUnary(name);
  if (!op) BrokenContract("LowerToSFPU", "unknown function " + name);
  // 2^(x * c) is e^(x * c ln 2): the exponential to base e costs less, and the product is there already.
  if (name == "exp2" && fp32_dest_ && values[a].op == "tt.mul_unary_tile") {
    if (const auto* c = values[a].scalar.as<FloatImmNode>()) {
      const float base_e = static_cast<float>(c->value * std::numbers::ln2);
      const int x = values[a].args[0];
      return Unary("exp", base_e == 1 ? x : Op("tt.mul_unary_tile", {x}, FloatImm(DataType::Float(32), base_e)));
    }
  }
  // 2^(x * c - y * c), as online softmax is written for GPUs, is 2^((x - y) * c): one product less.
  if (name == "exp2" && fp32_dest_ && values[a].op == "tt.sub_binary_tile") {
    const Value x = values[values[a].args[0]], y = values[values[a].args[1]];
    const bool products = x.op == "tt.mul_unary_tile" && y.op == "tt.mul_unary_tile";
    if (products && x.scalar.as<FloatImmNode>() && SameScalar(x.scalar, y.scalar))
      return Unary("exp2", Op("tt.mul_unary_tile", {Op("tt.sub_binary_tile", {x.args[0], y.args[0]})}, x.scalar));
  }
  if (approximate_) {
    for (std::string_view function : {"exp", "exp2", "tanh", "sigmoid"})
      if (op->device == fmt::format("tt.{}_tile", function)) return Op(fmt::format("tt.{}_approx_tile", function), {a});
  }
  // Rounding to whole numbers is rounding to 0 decimals.
  if (op->device == "tt.round_tile") return Op("tt.round_tile", {a}, Int(0));
  return Op(std::string(op->device), {a}, op->operand ? FloatImm(DataType::Float(32), *op->operand) : PrimExpr());
}

int ValueGraph::Power(int a, int b) {
  if (const double* exponent = Constant(b)) {
    if (*exponent == 1) return a;
    if (*exponent == 2) return Unary("square", a);
    if (*exponent == 0.5) return Unary("sqrt", a);
    if (*exponent == -0.5) return Unary("rsqrt", a);
    if (*exponent == -1) return Unary("recip", a);
  }
  if (IsFill(b)) return Op("tt.power_tile", {a}, values[b].scalar);
  if (const double* base = Constant(a); base && *base > 0) return Op("tt.rpow_tile", {b}, values[a].scalar);
  return Op("tt.power_binary_tile", {a, b});
}

int ValueGraph::Index(const CallNode* call) {
  const int64_t i = IntArg(call, 0), j = IntArg(call, 1);
  Value v;
  v.kind = Value::kIndex, v.cb = index_tiles_->Get(i, j);
  v.scalar = arith::Analyzer().Simplify(call->args[2] + Int(i * kTileHeight) * row_ + Int(j * kTileWidth) * col_);
  return Intern(v);
}

const double* ValueGraph::Constant(int v) const {
  if (!IsFill(v) || values[v].word) return nullptr;
  const auto* imm = values[v].scalar.as<FloatImmNode>();
  return imm ? &imm->value : nullptr;
}

int ValueGraph::Cast(int a, const std::string& dtype) {
  // A 16-bit DST rounds at every write already; a load of a buffer of that dtype is rounded.
  if (!fp32_dest_ || dtype == "float32") return a;
  if (values[a].kind == Value::kLoad && cbs_->at(values[a].cb).dtype == dtype) return a;
  if (values[a].kind == Value::kCast && values[a].op == dtype) return a;
  Value v;
  v.kind = Value::kCast, v.op = dtype, v.args = {a};
  return Intern(v);
}

int ValueGraph::Binary(const std::string& op, int a, int b) {
  if (op == "tt.tile.pow") return Power(a, b);
  if (op == "tt.tile.ieee_divide") return Binary("tt.fpu.divide", a, b);
  if (op == "tt.tile.fmod") return Op("tt.fmod_binary_tile", {a, b});
  if (op == "tt.tile.atan2") return Op("tt.atan2_binary_tile", {a, b});
  const double *ca = Constant(a), *cb = Constant(b);
  if (ca && cb) return Fill(Fold(op, *ca, *cb));
  // Operations with one number for the whole tile.
  const bool scalar_a = IsFill(a), scalar_b = IsFill(b);
  if (scalar_a || scalar_b) {
    const int x = scalar_b ? a : b;
    const PrimExpr scalar = values[scalar_b ? b : a].scalar;
    const double* c = scalar_b ? cb : ca;
    if (op == "tt.fpu.multiply" && c && *c == 1) return x;
    if (op == "tt.fpu.multiply" && c && *c == -1) return Unary("negative", x);
    if (op == "tt.fpu.divide" && scalar_a && c && *c == 1) return Unary("recip", x);
    if (op == "tt.fpu.add") return Op("tt.add_unary_tile", {x}, scalar);
    if (op == "tt.fpu.multiply") return Op("tt.mul_unary_tile", {x}, scalar);
    if (op == "tt.fpu.subtract") return Op(scalar_b ? "tt.sub_unary_tile" : "tt.rsub_unary_tile", {x}, scalar);
    if (op == "tt.fpu.divide" && scalar_b && c && IsPowerOfTwo(*c))
      return Op("tt.mul_unary_tile", {x}, FloatImm(DataType::Float(32), 1 / *c));
    const double infinity = std::numeric_limits<double>::infinity();
    if (op == "tt.tile.max" && c && *c == -infinity) return x;
    if (op == "tt.tile.min" && c && *c == infinity) return x;
    if (op == "tt.tile.max" && c && *c == 0) return Unary("relu", x);
    if (op == "tt.tile.max") return Op("tt.unary_max_tile", {x}, scalar);
    if (op == "tt.tile.min") return Op("tt.unary_min_tile", {x}, scalar);
  }
  const std::string device = op == "tt.fpu.add"        ? "tt.add_binary_tile"
                             : op == "tt.fpu.subtract" ? "tt.sub_binary_tile"
                             : op == "tt.fpu.multiply" ? "tt.mul_binary_tile"
                             : op == "tt.fpu.divide"   ? "tt.div_binary_tile"
                             : op == "tt.tile.max"     ? "tt.binary_max_tile"
                             : op == "tt.tile.min"     ? "tt.binary_min_tile"
                                                       : "";
  if (device.empty()) BrokenContract("LowerToSFPU", "unknown tile operation " + op);
  return Op(device, {a, b});
}

int ValueGraph::Compare(const std::string& relation, int a, int b) {
  const double *ca = Constant(a), *cb = Constant(b);
  if (ca && cb) return Fill(Holds(relation, *ca, *cb));
  if (IsFill(a)) return Compare(Mirrored(relation), b, a);
  if (!IsFill(b)) return Op("tt." + relation + "_binary_tile", {a, b});
  PrimExpr scalar = values[b].scalar;
  // The offset of a tile of whole numbers goes to the other side: the tile stays as it is in its buffer.
  if (values[a].kind == Value::kIndex && !is_zero(values[a].scalar) && !scalar.as<FloatImmNode>()) {
    Value tile = values[a];
    scalar = arith::Analyzer().Simplify(scalar - tile.scalar);
    tile.scalar = Int(0);
    a = Intern(tile);
  }
  return Op("tt.unary_" + relation + "_tile", {a}, scalar);
}

}  // namespace tltt::compiler

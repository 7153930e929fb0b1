#include "analysis/tile_expr.h"

#include <cmath>
#include <functional>
#include <limits>

#include "analysis/tile_parts.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"

namespace tltt::compiler {

namespace {

bool IsWhole(const DataType& dtype) { return (dtype.is_int() || dtype.is_uint()) && !dtype.is_bool(); }

std::string CbNamed(const Map<String, Any>& map, const Buffer& buffer) {
  auto it = map.find(buffer->name);
  if (it == map.end()) BrokenContract("C2", "buffer " + std::string(buffer->name) + " has no circular buffer");
  return (*it).second.cast<String>();
}

// Variables of the wide axes of an access.
std::vector<int> WideVars(const IndexMatch& match, const ParallelNest& nest) {
  std::vector<int> vars;
  for (int var : match.var)
    if (var >= 0 && nest.extents[var] > 1) vars.push_back(var);
  return vars;
}

// Refuses an access that leaves elements of the buffer out.
void RequireAll(const IndexMatch& match, const ParallelNest& nest, const Buffer& buffer, const Span& span) {
  for (size_t d = 0; d < match.var.size(); ++d) {
    const auto* dim = buffer->shape[d].as<IntImmNode>();
    const int64_t size = dim ? dim->value : 0;
    const int64_t extent = match.var[d] < 0 ? 1 : nest.extents[match.var[d]];
    if (!is_zero(match.base[d]) || size != extent) {
      Refuse(span,
             "T.Parallel touches a part of on-chip buffer `" + std::string(buffer->name) + "` (axis " +
                 std::to_string(d) + ": " + std::to_string(extent) + " of " + std::to_string(size) + " elements)",
             "let the loop cover the whole buffer");
    }
  }
}

}  // namespace

std::optional<double> ConstantValue(const PrimExpr& expr) {
  if (const auto* f = expr.as<FloatImmNode>()) return f->value;
  if (const auto* i = expr.as<IntImmNode>()) return static_cast<double>(i->value);
  if (const auto* cast = expr.as<CastNode>()) {
    auto value = ConstantValue(cast->value);
    if (value && IsWhole(expr->dtype)) return std::trunc(*value);
    if (value && expr->dtype.is_bool()) return *value != 0;
    return value;
  }
  if (const auto* call = expr.as<CallNode>(); call && OpName(call) == "tl.infinity")
    return std::numeric_limits<double>::infinity();
  auto both = [](const PrimExpr& a, const PrimExpr& b, auto op) -> std::optional<double> {
    auto x = ConstantValue(a);
    if (!x) return std::nullopt;
    auto y = ConstantValue(b);
    return y ? std::optional<double>(op(*x, *y)) : std::nullopt;
  };
  if (const auto* n = expr.as<AddNode>()) return both(n->a, n->b, std::plus<>());
  if (const auto* n = expr.as<SubNode>()) return both(n->a, n->b, std::minus<>());
  if (const auto* n = expr.as<MulNode>()) return both(n->a, n->b, std::multiplies<>());
  if (const auto* n = expr.as<DivNode>(); n && expr->dtype.is_float()) return both(n->a, n->b, std::divides<>());
  return std::nullopt;
}

PrimExpr TileFill(double value) { return TtCall("tt.tile.fill", {FloatImm(kTile, value)}, kTile); }

std::string SupportedFunctions() {
  std::string names;
  for (const UnaryOp& op : UnaryOps())
    if (!op.tir.empty()) names += (names.empty() ? "T." : ", T.") + std::string(op.name);
  for (const BinaryFunction& function : BinaryFunctions()) names += ", T." + std::string(function.name);
  return names;
}

PrimExpr TileLoad(const std::string& cb, const std::string& pattern, DataType type) {
  return TtCall("tt.tile.load", {Str(cb), Str(pattern)}, type);
}

void TileExprBuilder::NoTileOp(const PrimExpr& expr, const std::string& hint) {
  std::ostringstream text;
  text << expr;
  Refuse(span_, "no tile operation computes `" + text.str() + "`", hint);
}

PrimExpr TileExprBuilder::Build(const PrimExpr& value, const BufferStore& store, const ParallelNest& nest, bool column,
                                bool part) {
  nest_ = &nest;
  numbers_.clear();
  conditions_.clear();
  span_ = store->span.defined() ? store->span : nest.span;
  const IndexMatch match = MatchIndices(store->indices, nest, store->buffer, span_);
  if (!part) RequireAll(match, nest, store->buffer, span_);
  dst_vars_ = WideVars(match, nest);
  int64_t wide = 0;
  for (int64_t extent : nest.extents) wide += extent > 1;
  if (static_cast<int64_t>(dst_vars_.size()) != wide) {
    Refuse(span_,
           "`" + std::string(store->buffer->name) + "` is stored to without using every loop variable of T.Parallel",
           "store to every element of the block once");
  }
  dst_column_ = column;
  return IsWhole(store->buffer->dtype) ? Word(value) : Visit(value);
}

PrimExpr TileExprBuilder::Load(const BufferLoadNode* load) {
  std::string cb = CbNamed(*buffer_to_cb_, load->buffer);
  const IndexMatch match = MatchIndices(load->indices, *nest_, load->buffer, span_);
  const std::vector<int> vars = WideVars(match, *nest_);
  const Region region = RegionOf(match, *nest_, load->buffer);
  // A row of a matrix cannot be turned as a whole.
  const bool turns = dst_vars_.size() == 2 && vars == std::vector<int>{dst_vars_[0]} && cbs_->at(cb).shape.size() >= 2;
  bool own = false;
  if (turns || (vars.size() < 2 && !PartOf(region, cbs_->at(cb).column, &ranges_->analyzer))) {
    if (const auto line = LineOf(region, cbs_->at(cb), &ranges_->analyzer)) {
      Scalar(line->row), Scalar(line->col);
      cb = own_.line(cb, *line);
      own = true;
    }
  }
  const CbRecord& record = cbs_->at(cb);
  auto tiles = [&](const std::string& from, const std::string& pattern) {
    if (own) return TileLoad(from, pattern);
    auto part = PartOf(region, cbs_->at(from).column, &ranges_->analyzer);
    if (!part) RequireAll(match, *nest_, load->buffer, span_);
    const DataType type = IsWord(load->buffer->dtype) ? kWord : kTile;
    return part ? TileLoad(from, pattern, *part, type) : TileLoad(from, pattern, type);
  };
  if (vars.empty()) return tiles(cb, dst_vars_.empty() ? "tile" : "scalar");
  if (dst_vars_.size() == 2) {
    const int row = dst_vars_[0], col = dst_vars_[1];
    if (vars == std::vector<int>{row, col}) return tiles(cb, "tile");
    if (vars == std::vector<int>{col, row}) return tiles(cb, "transpose");
    if (vars == std::vector<int>{col}) return tiles(record.column ? own_.turned(cb) : cb, "row");
    if (vars == std::vector<int>{row} && record.shape.size() < 2)
      return tiles(record.column ? cb : own_.turned(cb), "col");
  } else if (dst_vars_.size() > 2) {
    if (vars == dst_vars_) return tiles(cb, "tile");
    if (vars == std::vector<int>{dst_vars_.back()}) return tiles(record.column ? own_.turned(cb) : cb, "row");
  } else if (dst_vars_.size() == 1 && vars == dst_vars_) {
    return tiles(cb, record.column == dst_column_ ? "tile" : "transpose");
  }
  NoTileOp(GetRef<PrimExpr>(load), "index each operand by the loop variables of the stored element");
}

PrimExpr TileExprBuilder::Binary(const char* op, const PrimExpr& a, const PrimExpr& b) {
  return TtCall(op, {Visit(a), Visit(b)}, kTile);
}

PrimExpr TileExprBuilder::Compare(const char* relation, const PrimExpr& a, const PrimExpr& b, const PrimExpr& expr) {
  if (HoldsTiles(a) || HoldsTiles(b)) {
    if (IsWord(a->dtype)) return CompareWords(relation, a, b);
    if (IsWhole(a->dtype)) NoTileOp(expr, "compare int32 or uint32 values");
  }
  if (IsWhole(a->dtype)) return CompareIntegers(relation, a, b, expr);
  if (a->dtype.is_bool()) return TtCall("tt.tile.compare", {Str(relation), Condition(a), Condition(b)}, kTile);
  return TtCall("tt.tile.compare", {Str(relation), Visit(a), Visit(b)}, kTile);
}

PrimExpr TileExprBuilder::Condition(const PrimExpr& expr) {
  if (auto it = conditions_.find(expr); it != conditions_.end()) return it->second;
  PrimExpr built = ConditionNew(expr);
  conditions_.emplace(expr, built);
  return built;
}

PrimExpr TileExprBuilder::ConditionNew(const PrimExpr& expr) {
  if (const auto* n = expr.as<LTNode>()) return Compare("lt", n->a, n->b, expr);
  if (const auto* n = expr.as<LENode>()) return Compare("le", n->a, n->b, expr);
  if (const auto* n = expr.as<GTNode>()) return Compare("gt", n->a, n->b, expr);
  if (const auto* n = expr.as<GENode>()) return Compare("ge", n->a, n->b, expr);
  if (const auto* n = expr.as<EQNode>()) return Compare("eq", n->a, n->b, expr);
  if (const auto* n = expr.as<NENode>()) return Compare("ne", n->a, n->b, expr);
  auto both = [&](const char* op, const PrimExpr& a, const PrimExpr& b) {
    return TtCall(op, {Condition(a), Condition(b)}, kTile);
  };
  // Of truth values: the product is "and", the larger one "or".
  if (const auto* n = expr.as<AndNode>()) return both("tt.fpu.multiply", n->a, n->b);
  if (const auto* n = expr.as<OrNode>()) return both("tt.tile.max", n->a, n->b);
  if (const auto* n = expr.as<NotNode>()) return TtCall("tt.sfpu.unary", {Str("eqz"), Condition(n->a)}, kTile);
  if (!expr->dtype.is_bool())  // a number is true when it is not 0
    return TtCall("tt.sfpu.unary", {Str("nez"), IsWhole(expr->dtype) ? Integer(expr) : Visit(expr)}, kTile);
  if (const auto* n = expr.as<CastNode>()) return Condition(n->value);
  if (const auto* n = expr.as<SelectNode>()) return Where(n->condition, n->true_value, n->false_value);
  if (const auto* n = expr.as<IntImmNode>()) return TileFill(n->value != 0);
  if (const auto* call = expr.as<CallNode>()) {
    const std::string name = OpName(call);
    if (name == "tirx.bitwise_and") return both("tt.fpu.multiply", call->args[0], call->args[1]);
    if (name == "tirx.bitwise_or") return both("tt.tile.max", call->args[0], call->args[1]);
    if (name == "tirx.bitwise_xor") {
      return TtCall("tt.tile.compare", {Str("ne"), Condition(call->args[0]), Condition(call->args[1])}, kTile);
    }
    if (name == "tirx.bitwise_not") return TtCall("tt.sfpu.unary", {Str("eqz"), Condition(call->args[0])}, kTile);
    if (name == "tirx.likely") return Condition(call->args[0]);
    if (name == "tirx.if_then_else") return Where(call->args[0], call->args[1], call->args[2]);
    if (const UnaryOp* op = FindUnaryByTir(name); op && call->args.size() == 1)
      return TtCall("tt.sfpu.unary", {Str(std::string(op->name)), Visit(call->args[0])}, kTile);
  }
  NoTileOp(expr, "conditions are comparisons, and, or, not");
}

PrimExpr TileExprBuilder::Where(const PrimExpr& condition, const PrimExpr& a, const PrimExpr& b) {
  PrimExpr truth = Condition(condition);
  if (const CallNode* fill = AsTt(truth, "tt.tile.fill")) {
    if (const auto* known = fill->args[0].as<FloatImmNode>()) return Value(known->value != 0 ? a : b);
  }
  return TtCall("tt.tile.where", {truth, Value(a), Value(b)}, kTile);
}

PrimExpr TileExprBuilder::Value(const PrimExpr& expr) {
  if (auto constant = ConstantValue(expr)) return TileFill(*constant);
  if (expr->dtype.is_bool()) return Condition(expr);
  return IsWhole(expr->dtype) ? Integer(expr) : Visit(expr);
}

PrimExpr TileExprBuilder::Visit(const PrimExpr& expr) {
  if (auto it = numbers_.find(expr); it != numbers_.end()) return it->second;
  PrimExpr built = VisitNew(expr);
  numbers_.emplace(expr, built);
  return built;
}

PrimExpr TileExprBuilder::VisitNew(const PrimExpr& expr) {
  const DataType dtype = expr->dtype;
  if (const auto* load = expr.as<BufferLoadNode>()) {
    return IsScalarVariable(load->buffer) ? TtCall("tt.tile.fill", {expr}, kTile) : Load(load);
  }
  if (auto constant = ConstantValue(expr)) return TileFill(*constant);
  if (!dtype.is_float() && !dtype.is_bfloat16()) {
    NoTileOp(expr, "compute with bfloat16, float16 or float32 values");
  }
  if (const auto* cast = expr.as<CastNode>()) {
    PrimExpr inner = Value(cast->value);
    const DataType from = cast->value->dtype;
    if (from.is_bool()) return inner;
    // Widening keeps the value; narrowing rounds.
    if (!IsWhole(from) && dtype.bits() >= from.bits() && !(dtype.bits() == 16 && dtype != from)) return inner;
    if (IsWhole(from) && dtype.bits() == 32) return inner;
    return TtCall("tt.tile.cast", {inner, Str(ffi::DLDataTypeToString(dtype))}, kTile);
  }
  if (const auto* node = expr.as<AddNode>()) return Binary("tt.fpu.add", node->a, node->b);
  if (const auto* node = expr.as<SubNode>()) return Binary("tt.fpu.subtract", node->a, node->b);
  if (const auto* node = expr.as<MulNode>()) return Binary("tt.fpu.multiply", node->a, node->b);
  if (const auto* node = expr.as<DivNode>()) return Binary("tt.fpu.divide", node->a, node->b);
  if (const auto* node = expr.as<FloorDivNode>())
    return TtCall("tt.sfpu.unary", {Str("floor"), Binary("tt.fpu.divide", node->a, node->b)}, kTile);
  if (const auto* node = expr.as<MaxNode>()) return Binary("tt.tile.max", node->a, node->b);
  if (const auto* node = expr.as<MinNode>()) return Binary("tt.tile.min", node->a, node->b);
  if (const auto* node = expr.as<SelectNode>()) return Where(node->condition, node->true_value, node->false_value);
  if (const auto* call = expr.as<CallNode>()) return Function(call);
  NoTileOp(expr,
           "T.Parallel computes + - * /, T.max, T.min, comparisons, T.if_then_else, casts and " + SupportedFunctions());
}

// Functions that the device has no operation for.
std::optional<PrimExpr> TileExprBuilder::Composition(const std::string& name, const CallNode* call) {
  auto tile = [](const char* op, const PrimExpr& a, const PrimExpr& b) { return TtCall(op, {a, b}, kTile); };
  auto unary = [](const char* function, const PrimExpr& a) {
    return TtCall("tt.sfpu.unary", {Str(function), a}, kTile);
  };
  // TileLang's operations with a rounding mode; the vector unit rounds to nearest even.
  auto nearest = [&](size_t mode) {
    const auto* text = call->args.size() > mode ? call->args[mode].as<StringImmNode>() : nullptr;
    return !text || text->value == "rn";
  };
  if (name == "tirx.round") {
    PrimExpr x = Visit(call->args[0]);
    // As on a GPU: 16-bit numbers halfway between two whole ones go to the even one, fp32 ones away from 0.
    if (call->dtype.bits() == 16) return unary("nearbyint", x);
    PrimExpr whole = unary("trunc", x);
    PrimExpr rest = unary("abs", tile("tt.fpu.subtract", x, whole));
    PrimExpr step = TtCall("tt.tile.compare", {Str("ge"), rest, TileFill(0.5)}, kTile);
    return tile("tt.fpu.add", whole, tile("tt.fpu.multiply", step, unary("sign", x)));
  }
  if (name == "tirx.copysign") {
    PrimExpr magnitude = unary("abs", Visit(call->args[0]));
    return TtCall("tt.tile.where", {unary("signbit", Visit(call->args[1])), unary("negative", magnitude), magnitude},
                  kTile);
  }
  if (name == "tl.fmul") return Binary("tt.fpu.multiply", call->args[0], call->args[1]);
  if (name == "tl.max_nan") return Binary("tt.tile.max", call->args[0], call->args[1]);
  if (name == "tl.min_nan") return Binary("tt.tile.min", call->args[0], call->args[1]);
  if (name == "tl.ieee_add" && nearest(2)) return Binary("tt.fpu.add", call->args[0], call->args[1]);
  if (name == "tl.ieee_sub" && nearest(2)) return Binary("tt.fpu.subtract", call->args[0], call->args[1]);
  if (name == "tl.ieee_mul" && nearest(2)) return Binary("tt.fpu.multiply", call->args[0], call->args[1]);
  if (name == "tl.ieee_fdiv" && nearest(2)) return Binary("tt.tile.ieee_divide", call->args[0], call->args[1]);
  if (name == "tl.ieee_frcp" && nearest(1)) return unary("recip", Visit(call->args[0]));
  if (name == "tl.ieee_fsqrt" && nearest(1)) return unary("sqrt", Visit(call->args[0]));
  return std::nullopt;
}

PrimExpr TileExprBuilder::Function(const CallNode* call) {
  const std::string name = OpName(call);
  if (name == "tl.clamp" && call->args.size() == 3) {
    PrimExpr above = TtCall("tt.tile.max", {Visit(call->args[0]), Visit(call->args[1])}, kTile);
    return TtCall("tt.tile.min", {above, Visit(call->args[2])}, kTile);
  }
  if (name == "tirx.if_then_else") return Where(call->args[0], call->args[1], call->args[2]);
  if (name == "tirx.likely") return Visit(call->args[0]);
  if (const UnaryOp* op = FindUnaryByTir(name); op && call->args.size() == 1)
    return TtCall("tt.sfpu.unary", {Str(std::string(op->name)), Visit(call->args[0])}, kTile);
  for (const BinaryFunction& function : BinaryFunctions())
    if (name == function.tir) return Binary(std::string(function.block).c_str(), call->args[0], call->args[1]);
  if (auto composed = Composition(name, call)) return *composed;
  NoTileOp(GetRef<PrimExpr>(call),
           "T.Parallel computes T.max, T.min, T.clamp, T.if_then_else and " + SupportedFunctions());
}

}  // namespace tltt::compiler

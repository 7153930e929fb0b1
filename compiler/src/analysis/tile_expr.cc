#include "analysis/tile_expr.h"

#include <functional>
#include <limits>

#include "ir/diagnostics.h"
#include "ir/ops.h"

namespace tltt::compiler {

namespace {

const DataType kTile =
    DataType::Float(32);  // tiles have the format of their buffer; expressions over them carry no width

std::string CbNamed(const Map<String, Any>& map, const Buffer& buffer) {
  auto it = map.find(buffer->name);
  if (it == map.end()) BrokenContract("C2", "buffer " + std::string(buffer->name) + " has no circular buffer");
  return (*it).second.cast<String>();
}

// Variables of the wide axes of an access; refuses offsets and sizes that do not match the nest.
std::vector<int> WideVars(const IndexMatch& match, const ParallelNest& nest, const Buffer& buffer, const Span& span) {
  std::vector<int> vars;
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
    if (extent > 1) vars.push_back(match.var[d]);
  }
  return vars;
}

}  // namespace

std::optional<double> ConstantValue(const PrimExpr& expr) {
  if (const auto* f = expr.as<FloatImmNode>()) return f->value;
  if (const auto* i = expr.as<IntImmNode>()) return static_cast<double>(i->value);
  if (const auto* cast = expr.as<CastNode>()) return ConstantValue(cast->value);
  if (const auto* call = expr.as<CallNode>(); call && OpName(call) == "tl.infinity")
    return std::numeric_limits<double>::infinity();
  auto both = [](const PrimExpr& a, const PrimExpr& b, auto op) -> std::optional<double> {
    auto x = ConstantValue(a), y = ConstantValue(b);
    return x && y ? std::optional<double>(op(*x, *y)) : std::nullopt;
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
  return names;
}

PrimExpr TileLoad(const std::string& cb, const std::string& pattern) {
  return TtCall("tt.tile.load", {Str(cb), Str(pattern)}, kTile);
}

void TileExprBuilder::NoTileOp(const PrimExpr& expr, const std::string& hint) {
  std::ostringstream text;
  text << expr;
  Refuse(span_, "no tile operation computes `" + text.str() + "`", hint);
}

PrimExpr TileExprBuilder::Build(const PrimExpr& value, const BufferStore& store, const ParallelNest& nest) {
  nest_ = &nest;
  span_ = store->span.defined() ? store->span : nest.span;
  dst_vars_ = WideVars(MatchIndices(store->indices, nest, store->buffer, span_), nest, store->buffer, span_);
  int64_t wide = 0;
  for (int64_t extent : nest.extents) wide += extent > 1;
  if (static_cast<int64_t>(dst_vars_.size()) != wide) {
    Refuse(span_,
           "`" + std::string(store->buffer->name) + "` is stored to without using every loop variable of T.Parallel",
           "store to every element of the block once");
  }
  if (dst_vars_.size() > 2) {
    Refuse(span_, "T.Parallel over " + std::to_string(dst_vars_.size()) + " axes is not supported",
           "use blocks of two axes");
  }
  dst_column_ = cbs_->at(CbNamed(*buffer_to_cb_, store->buffer)).column;
  return Visit(value);
}

PrimExpr TileExprBuilder::Load(const BufferLoadNode* load) {
  const std::string cb = CbNamed(*buffer_to_cb_, load->buffer);
  const CbRecord& record = cbs_->at(cb);
  std::vector<int> vars =
      WideVars(MatchIndices(load->indices, *nest_, load->buffer, span_), *nest_, load->buffer, span_);
  if (vars.empty()) return TileLoad(cb, dst_vars_.empty() ? "tile" : "scalar");
  if (dst_vars_.size() == 2) {
    const int row = dst_vars_[0], col = dst_vars_[1];
    if (vars == std::vector<int>{row, col}) return TileLoad(cb, "tile");
    if (vars == std::vector<int>{col, row}) return TileLoad(cb, "transpose");
    if (vars == std::vector<int>{col}) return TileLoad(record.column ? convert_(cb) : cb, "row");
    if (vars == std::vector<int>{row}) return TileLoad(record.column ? cb : convert_(cb), "col");
  } else if (dst_vars_.size() == 1 && vars == dst_vars_) {
    return TileLoad(cb, record.column == dst_column_ ? "tile" : "transpose");
  }
  NoTileOp(GetRef<PrimExpr>(load), "index each operand by the loop variables of the stored element");
}

PrimExpr TileExprBuilder::Binary(const char* op, const PrimExpr& a, const PrimExpr& b) {
  return TtCall(op, {Visit(a), Visit(b)}, kTile);
}

PrimExpr TileExprBuilder::Visit(const PrimExpr& expr) {
  const DataType dtype = expr->dtype;
  if (const auto* load = expr.as<BufferLoadNode>()) return Load(load);
  if (auto constant = ConstantValue(expr)) return TileFill(*constant);
  if (!dtype.is_float() && !dtype.is_bfloat16()) {
    NoTileOp(expr, "compute with bfloat16, float16 or float32 values");
  }
  if (const auto* cast = expr.as<CastNode>()) {
    PrimExpr inner = Visit(cast->value);
    // Widening keeps the value; narrowing rounds.
    if (dtype.bits() >= cast->value->dtype.bits() && !(dtype.bits() == 16 && dtype != cast->value->dtype)) return inner;
    return TtCall("tt.tile.cast", {inner, Str(ffi::DLDataTypeToString(dtype))}, kTile);
  }
  if (const auto* node = expr.as<AddNode>()) return Binary("tt.fpu.add", node->a, node->b);
  if (const auto* node = expr.as<SubNode>()) return Binary("tt.fpu.subtract", node->a, node->b);
  if (const auto* node = expr.as<MulNode>()) return Binary("tt.fpu.multiply", node->a, node->b);
  if (const auto* node = expr.as<DivNode>()) return Binary("tt.fpu.divide", node->a, node->b);
  if (const auto* node = expr.as<MaxNode>()) return Binary("tt.tile.max", node->a, node->b);
  if (const auto* node = expr.as<MinNode>()) return Binary("tt.tile.min", node->a, node->b);
  if (const auto* call = expr.as<CallNode>()) {
    if (OpName(call) == "tl.clamp" && call->args.size() == 3) {
      PrimExpr above = TtCall("tt.tile.max", {Visit(call->args[0]), Visit(call->args[1])}, kTile);
      return TtCall("tt.tile.min", {above, Visit(call->args[2])}, kTile);
    }
    if (const UnaryOp* op = FindUnaryByTir(OpName(call)); op && call->args.size() == 1)
      return TtCall("tt.sfpu.unary", {Str(std::string(op->name)), Visit(call->args[0])}, kTile);
  }
  NoTileOp(expr, "T.Parallel computes + - * /, T.max, T.min, T.clamp, casts and " + SupportedFunctions());
}

}  // namespace tltt::compiler

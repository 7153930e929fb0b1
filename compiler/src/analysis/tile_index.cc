// Whole numbers in T.Parallel: loop variables, block indices and arithmetic on them.
#include "analysis/tile_expr.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"

namespace tltt::compiler {

namespace {

constexpr int64_t kFp32Exact = int64_t{1} << 24;  // whole numbers up to here are exact in fp32
constexpr int64_t kBf16Exact = 256;

PrimExpr StripCasts(PrimExpr expr) {
  for (const auto* cast = expr.as<CastNode>(); cast && cast->value->dtype.is_int(); cast = expr.as<CastNode>())
    expr = cast->value;
  return expr;
}

}  // namespace

std::optional<TileExprBuilder::Affine> TileExprBuilder::AffineOf(const PrimExpr& expr) {
  Array<Var> vars(nest_->vars.begin(), nest_->vars.end());
  bool touches_buffers = false;
  PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) {
    const auto* load = ref.as<BufferLoadNode>();
    touches_buffers = touches_buffers || (load && !IsScalarVariable(load->buffer));
  });
  if (touches_buffers) return std::nullopt;
  Array<PrimExpr> linear = arith::DetectLinearEquation(StripCasts(expr), vars);
  if (linear.empty()) return std::nullopt;
  Affine affine;
  for (size_t v = 0; v < nest_->vars.size(); ++v) {
    const auto* factor = linear[v].as<IntImmNode>();
    if (!factor) return std::nullopt;
    if (factor->value == 0 || nest_->extents[v] == 1) continue;  // a loop of one iteration: its variable is 0
    const bool row = dst_vars_.size() == 2 ? dst_vars_[0] == static_cast<int>(v) : dst_column_;
    (row ? affine.i : affine.j) += factor->value;
  }
  affine.offset = ranges_->analyzer.Simplify(linear[nest_->vars.size()]);
  return affine;
}

PrimExpr TileExprBuilder::Scalar(const PrimExpr& expr) {
  RequireScalar(expr, span_, &ranges_->analyzer);
  return expr;
}

void TileExprBuilder::RequireExact(const PrimExpr& expr, int64_t limit) {
  for (size_t v = 0; v < nest_->vars.size(); ++v) {
    ranges_->analyzer.Bind(nest_->vars[v], Range::FromMinExtent(Int(0), Int(nest_->extents[v])), true);
  }
  const arith::ConstIntBound bound = ranges_->analyzer.const_int_bound(expr);
  if (bound->min_value < -limit || bound->max_value > limit) {
    NoTileOp(expr, "keep whole numbers between -" + std::to_string(limit) + " and " + std::to_string(limit) +
                       ", which fp32 holds exactly");
  }
  needs_fp32 = needs_fp32 || bound->min_value < -kBf16Exact || bound->max_value > kBf16Exact;
}

PrimExpr TileExprBuilder::Index(const Affine& affine, const PrimExpr& expr) {
  if (affine.i == 0 && affine.j == 0) {
    // The core converts it as the language does, rounding what fp32 does not hold.
    const arith::ConstIntBound bound = ranges_->analyzer.const_int_bound(affine.offset);
    needs_fp32 = needs_fp32 || bound->min_value < -kBf16Exact || bound->max_value > kBf16Exact;
    return ScalarFill(affine.offset);
  }
  RequireExact(expr, kFp32Exact);
  return IndexTile(affine, affine.offset);
}

PrimExpr TileExprBuilder::IndexTile(const Affine& affine, const PrimExpr& offset) {
  uses_index = true;
  needs_fp32 = needs_fp32 || (std::abs(affine.i) + std::abs(affine.j)) * (kTileWidth - 1) > kBf16Exact;
  return TtCall("tt.tile.index", {Int(affine.i), Int(affine.j), Scalar(offset)}, kTile);
}

PrimExpr TileExprBuilder::ScalarFill(const PrimExpr& expr) {
  if (const auto* constant = expr.as<IntImmNode>()) return TileFill(static_cast<double>(constant->value));
  return TtCall("tt.tile.fill", {Scalar(expr)}, kTile);
}

PrimExpr TileExprBuilder::Integer(const PrimExpr& expr) {
  if (HoldsTiles(expr)) return ConvertTile(Word(expr), expr->dtype, kTile);
  if (auto affine = AffineOf(expr)) return Index(*affine, expr);
  if (expr->dtype.is_bool()) return Condition(expr);
  if (const auto* cast = expr.as<CastNode>()) {
    const DataType from = cast->value->dtype, to = expr->dtype;
    if (from.is_bool()) return Condition(cast->value);
    if (from.is_int() && to.is_int() && to.bits() >= 32) return Integer(cast->value);
    if (!from.is_int() && !from.is_uint() && to.is_int() && to.bits() >= 32)
      return TtCall("tt.sfpu.unary", {Str("trunc"), Visit(cast->value)}, kTile);
    NoTileOp(expr, "cast to int32");
  }
  auto both = [&](const char* op, const PrimExpr& a, const PrimExpr& b) {
    RequireExact(expr, kFp32Exact);
    return TtCall(op, {Integer(a), Integer(b)}, kTile);
  };
  if (const auto* n = expr.as<AddNode>()) return both("tt.fpu.add", n->a, n->b);
  if (const auto* n = expr.as<SubNode>()) return both("tt.fpu.subtract", n->a, n->b);
  if (const auto* n = expr.as<MulNode>()) return both("tt.fpu.multiply", n->a, n->b);
  if (const auto* n = expr.as<MaxNode>()) return both("tt.tile.max", n->a, n->b);
  if (const auto* n = expr.as<MinNode>()) return both("tt.tile.min", n->a, n->b);
  if (const auto* n = expr.as<FloorDivNode>()) return IntegerQuotient(n->a, n->b, expr);
  if (const auto* n = expr.as<FloorModNode>()) {
    PrimExpr quotient = IntegerQuotient(n->a, n->b, expr);
    PrimExpr multiple =
        TtCall("tt.fpu.multiply", {quotient, TileFill(static_cast<double>(n->b.as<IntImmNode>()->value))}, kTile);
    return TtCall("tt.fpu.subtract", {Integer(n->a), multiple}, kTile);
  }
  if (const auto* n = expr.as<DivNode>(); n && ranges_->analyzer.CanProve(n->a >= 0))
    return IntegerQuotient(n->a, n->b, expr);
  if (const auto* n = expr.as<ModNode>(); n && ranges_->analyzer.CanProve(n->a >= 0))
    return Integer(floormod(n->a, n->b));
  if (const auto* n = expr.as<SelectNode>()) return Where(n->condition, n->true_value, n->false_value);
  if (const auto* call = expr.as<CallNode>(); call && OpName(call) == "tirx.if_then_else")
    return Where(call->args[0], call->args[1], call->args[2]);
  NoTileOp(expr, "whole numbers are computed by + - * // % max min of loop variables and constants");
}

// floor(a / b) = floor((a + 1/2) * (1/b)): half a step away from every whole number, so that neither the rounding of
// 1/b nor that of the product reaches one while |a| < 2^21.
PrimExpr TileExprBuilder::IntegerQuotient(const PrimExpr& a, const PrimExpr& b, const PrimExpr& expr) {
  const auto* divisor = b.as<IntImmNode>();
  if (!divisor || divisor->value <= 0) NoTileOp(expr, "divide by a positive constant");
  RequireExact(a, int64_t{1} << 21);
  needs_fp32 = true;
  PrimExpr half = TtCall("tt.fpu.add", {Integer(a), TileFill(0.5)}, kTile);
  PrimExpr quotient = TtCall("tt.fpu.multiply", {half, TileFill(1.0 / static_cast<double>(divisor->value))}, kTile);
  return TtCall("tt.sfpu.unary", {Str("floor"), quotient}, kTile);
}

PrimExpr TileExprBuilder::CompareIntegers(const char* relation, const PrimExpr& a, const PrimExpr& b,
                                          const PrimExpr& expr) {
  if (auto affine = AffineOf(StripCasts(a) - StripCasts(b))) {
    PrimExpr against = ranges_->analyzer.Simplify(0 - affine->offset);
    if (affine->i == 0 && affine->j == 0) {  // the same for the whole block
      Map<Var, PrimExpr> first;              // variables of loops of one iteration
      for (size_t v = 0; v < nest_->vars.size(); ++v)
        if (nest_->extents[v] == 1) first.Set(nest_->vars[v], make_zero(nest_->vars[v]->dtype));
      PrimExpr truth = ranges_->analyzer.Simplify(Substitute(expr, first));
      if (const auto* known = truth.as<IntImmNode>()) return TileFill(known->value != 0);
      return ScalarFill(Cast(DataType::Int(32), truth));
    }
    return TtCall("tt.tile.compare", {Str(relation), IndexTile(*affine, Int(0)), ScalarFill(against)}, kTile);
  }
  return TtCall("tt.tile.compare", {Str(relation), Integer(a), Integer(b)}, kTile);
}

}  // namespace tltt::compiler

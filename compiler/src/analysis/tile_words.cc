// Integers of 32 bits in T.Parallel that come out of tiles: the vector unit computes with them as they are, and wraps
// around as the language does. What stands beside them (loop variables, constants, floats, truth values) is converted.
#include <bit>

#include "analysis/tile_expr.h"
#include "ir/ops.h"

namespace tltt::compiler {

namespace {

PrimExpr OnWords(const std::string& op, const PrimExpr& a, const PrimExpr& b) {
  return TtCall("tt.word.binary", {Str(op), a, b}, kWord);
}

// Operations that differ for signed and unsigned integers have one name for each.
std::string Signed(const char* op, const DataType& dtype) {
  return std::string(op) + (dtype.is_uint() ? "_uint32" : "_int32");
}

// k where the expression is the constant 2^k: floor(a / 2^k) is a shift, and a mod 2^k the last k bits, of negative
// numbers too.
std::optional<int> PowerOfTwo(const PrimExpr& expr) {
  const auto* constant = expr.as<IntImmNode>();
  if (!constant || constant->value <= 0 || (constant->value & (constant->value - 1)) != 0) return std::nullopt;
  return std::countr_zero(static_cast<uint64_t>(constant->value));
}

}  // namespace

PrimExpr WordFill(PrimExpr value) { return TtCall("tt.word.fill", {std::move(value)}, kWord); }

PrimExpr ConvertTile(const PrimExpr& tile, DataType from, DataType to) {
  if (IsWord(from) == IsWord(to)) return tile;
  if (IsWord(to)) return TtCall("tt.tile.convert", {Str(to.is_uint() ? "f32_to_u32" : "f32_to_i32"), tile}, kWord);
  return TtCall("tt.tile.convert", {Str(from.is_uint() ? "u32_to_f32" : "i32_to_f32"), tile}, kTile);
}

bool TileExprBuilder::HoldsTiles(const PrimExpr& expr) {
  bool holds = false;
  PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) {
    const auto* load = ref.as<BufferLoadNode>();
    holds = holds || (load && !IsScalarVariable(load->buffer) && IsWord(load->buffer->dtype));
  });
  return holds;
}

PrimExpr TileExprBuilder::WordBinary(const char* op, const PrimExpr& a, const PrimExpr& b) {
  return OnWords(op, Word(a), Word(b));
}

PrimExpr TileExprBuilder::CompareWords(const char* relation, const PrimExpr& a, const PrimExpr& b) {
  const std::string name(relation);
  const bool equality = name == "eq" || name == "ne";
  return ConvertTile(OnWords(equality ? name + "_int32" : Signed(relation, a->dtype), Word(a), Word(b)),
                     DataType::Int(32), kTile);
}

PrimExpr TileExprBuilder::WordChoice(const PrimExpr& condition, const PrimExpr& a, const PrimExpr& b) {
  PrimExpr truth = Condition(condition);
  if (const CallNode* fill = AsTt(truth, "tt.tile.fill")) {
    if (const auto* known = fill->args[0].as<FloatImmNode>()) return Word(known->value != 0 ? a : b);
  }
  return TtCall("tt.tile.where", {truth, Word(a), Word(b)}, kWord);
}

// Shifts by 0 to 31 places, as the language asks for.
PrimExpr TileExprBuilder::WordShift(const CallNode* call, bool left) {
  if (left) return WordBinary("shift_left", call->args[0], call->args[1]);
  return WordBinary(call->dtype.is_uint() ? "shift_right_uint32" : "shift_right_int32", call->args[0], call->args[1]);
}

PrimExpr TileExprBuilder::Word(const PrimExpr& expr) {
  const DataType dtype = expr->dtype;
  if (dtype.is_bool()) return ConvertTile(Condition(expr), kTile, kWord);
  if (!IsWord(dtype)) NoTileOp(expr, "compute with int32 or uint32 values");
  if (const auto* constant = expr.as<IntImmNode>())
    return WordFill(Int(static_cast<int32_t>(static_cast<uint32_t>(constant->value))));
  if (const auto* load = expr.as<BufferLoadNode>(); load && !IsScalarVariable(load->buffer)) return Load(load);
  if (const auto* cast = expr.as<CastNode>(); cast && !IsWord(cast->value->dtype)) {
    const DataType from = cast->value->dtype;
    if (from.is_bool()) return Word(cast->value);
    if (from.is_float() || from.is_bfloat16()) return ConvertTile(Visit(cast->value), from, dtype);
    NoTileOp(expr, "convert between int32, uint32 and floats");
  }
  if (!HoldsTiles(expr)) {
    bool floats = false;
    PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) {
      const auto* load = ref.as<BufferLoadNode>();
      floats = floats || (load && !IsScalarVariable(load->buffer));
    });
    const auto affine = floats ? std::nullopt : AffineOf(expr);
    if (affine && affine->i == 0 && affine->j == 0) return WordFill(Scalar(affine->offset));
    if (!floats) return ConvertTile(Integer(expr), kTile, dtype);
  }
  if (const auto* cast = expr.as<CastNode>()) return Word(cast->value);
  if (const auto* n = expr.as<AddNode>()) return WordBinary("add", n->a, n->b);
  if (const auto* n = expr.as<SubNode>()) return WordBinary("sub", n->a, n->b);
  if (const auto* n = expr.as<MulNode>()) return WordBinary("mul", n->a, n->b);
  if (const auto* n = expr.as<MaxNode>()) return WordBinary(Signed("max", dtype).c_str(), n->a, n->b);
  if (const auto* n = expr.as<MinNode>()) return WordBinary(Signed("min", dtype).c_str(), n->a, n->b);
  if (const auto* n = expr.as<FloorDivNode>(); n && PowerOfTwo(n->b))
    return OnWords(dtype.is_uint() ? "shift_right_uint32" : "shift_right_int32", Word(n->a),
                   WordFill(Int(*PowerOfTwo(n->b))));
  if (const auto* n = expr.as<FloorModNode>(); n && PowerOfTwo(n->b))
    return OnWords("and", Word(n->a), WordFill(Int((int64_t{1} << *PowerOfTwo(n->b)) - 1)));
  if (const auto* n = expr.as<SelectNode>()) return WordChoice(n->condition, n->true_value, n->false_value);
  if (const auto* call = expr.as<CallNode>()) {
    const std::string name = OpName(call);
    if (name == "tirx.if_then_else") return WordChoice(call->args[0], call->args[1], call->args[2]);
    if (name == "tirx.likely") return Word(call->args[0]);
    if (name == "tirx.bitwise_and") return WordBinary("and", call->args[0], call->args[1]);
    if (name == "tirx.bitwise_or") return WordBinary("or", call->args[0], call->args[1]);
    if (name == "tirx.bitwise_xor") return WordBinary("xor", call->args[0], call->args[1]);
    if (name == "tirx.bitwise_not") return OnWords("xor", Word(call->args[0]), WordFill(Int(-1)));
    if (name == "tirx.shift_left") return WordShift(call, true);
    if (name == "tirx.shift_right") return WordShift(call, false);
  }
  NoTileOp(expr, "integers are computed by + - *, T.max, T.min, bit operations, shifts, comparisons and choices");
}

}  // namespace tltt::compiler

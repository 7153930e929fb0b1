// Element expressions of T.Parallel bodies as expressions over tiles.
//
// Whole numbers that depend on the place of an element (loop variables of T.Parallel) are tiles as well: an affine
// i * row + j * column + offset is tt.tile.index, whose offset the core computes. A comparison of two affine numbers
// is one tile of small constants against one number: the causal mask bx * 64 + i >= k * 32 + j becomes
// compare("ge", index(1, -1, 0), fill(k * 32 - bx * 64)).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "analysis/access.h"
#include "analysis/scalars.h"
#include "ir/records.h"
#include "ir/tvm.h"

namespace tltt::compiler {

// Tiles have the format of their buffer; expressions over them carry no width. Those of kWord are integers of 32 bits,
// signed or not, which the vector unit computes with as they are (tile_words.cc).
inline const DataType kTile = DataType::Float(32), kWord = DataType::Int(32);

// The value of an expression that is known at compile time, T.infinity included.
std::optional<double> ConstantValue(const PrimExpr& expr);
PrimExpr TileFill(double value);
PrimExpr WordFill(PrimExpr value);  // an integer for the whole block
// The tile as one of `to`, between integers of 32 bits and floats; unchanged where both are of one kind.
PrimExpr ConvertTile(const PrimExpr& tile, DataType from, DataType to);
// "exp, exp2, ...": what T.Parallel may call, for messages.
std::string SupportedFunctions();

// How the tile of an operand lies relative to the tile being computed.
//   "tile": same place; "transpose": mirrored place, tile transposed; "row": a row vector, repeated down the tile;
//   "col": a column vector, repeated across the tile; "scalar": a single element, repeated over the tile.
// `type`: kTile, or kWord where the buffer holds integers.
PrimExpr TileLoad(const std::string& cb, const std::string& pattern, DataType type = kTile);

struct ElementPart;

// Operands that need a buffer of their own, filled in front of the statement at hand; its name.
struct OperandBuffers {
  // The vector of `cb` in the other orientation.
  std::function<std::string(const std::string& cb)> turned;
  // A row, column or element of `cb`.
  std::function<std::string(const std::string& cb, const ElementPart& line)> line;
};

class TileExprBuilder {
 public:
  // `ranges` knows the scalars in scope.
  TileExprBuilder(const CbTable* cbs, const Map<String, Any>* buffer_to_cb, ScalarRanges* ranges, OperandBuffers own)
      : cbs_(cbs), buffer_to_cb_(buffer_to_cb), ranges_(ranges), own_(std::move(own)) {}

  // The value stored to each element of a block, or of a part of one (`part`), as one expression over its tiles; a
  // vector lies along rows of tiles (`column`) or columns. Refuses what no tile operation computes.
  PrimExpr Build(const PrimExpr& value, const BufferStore& store, const ParallelNest& nest, bool column, bool part);

  // Whether some expression so far has whole numbers that 16 bits of DST do not hold; has terms in loop variables.
  bool needs_fp32 = false, uses_index = false;

 private:
  PrimExpr Value(const PrimExpr& expr);  // of any type
  PrimExpr Visit(const PrimExpr& expr);  // of a floating-point type
  PrimExpr VisitNew(const PrimExpr& expr);
  PrimExpr Binary(const char* op, const PrimExpr& a, const PrimExpr& b);
  PrimExpr Load(const BufferLoadNode* load);
  PrimExpr Function(const CallNode* call);
  std::optional<PrimExpr> Composition(const std::string& name, const CallNode* call);
  // Truth values: tiles of 1 and 0.
  PrimExpr Condition(const PrimExpr& expr);
  PrimExpr ConditionNew(const PrimExpr& expr);
  PrimExpr Compare(const char* relation, const PrimExpr& a, const PrimExpr& b, const PrimExpr& expr);
  PrimExpr Where(const PrimExpr& condition, const PrimExpr& a, const PrimExpr& b);

  // Integers of 32 bits out of tiles of them (tile_words.cc).
  static bool HoldsTiles(const PrimExpr& expr);
  PrimExpr Word(const PrimExpr& expr);
  PrimExpr WordBinary(const char* op, const PrimExpr& a, const PrimExpr& b);
  PrimExpr WordChoice(const PrimExpr& condition, const PrimExpr& a, const PrimExpr& b);
  PrimExpr WordShift(const CallNode* call, bool left);
  PrimExpr CompareWords(const char* relation, const PrimExpr& a, const PrimExpr& b);

  // Whole numbers (tile_index.cc).
  struct Affine {
    int64_t i = 0, j = 0;  // coefficients of the element's row and column in the block
    PrimExpr offset;       // the same for the whole block
  };
  std::optional<Affine> AffineOf(const PrimExpr& expr);
  PrimExpr Index(const Affine& affine, const PrimExpr& expr);
  PrimExpr IndexTile(const Affine& affine, const PrimExpr& offset);
  PrimExpr Integer(const PrimExpr& expr);
  PrimExpr IntegerQuotient(const PrimExpr& a, const PrimExpr& b, const PrimExpr& expr);
  PrimExpr CompareIntegers(const char* relation, const PrimExpr& a, const PrimExpr& b, const PrimExpr& expr);
  PrimExpr ScalarFill(const PrimExpr& expr);
  PrimExpr Scalar(const PrimExpr& expr);  // checks that the core computes it as written
  void RequireExact(const PrimExpr& expr, int64_t limit);

  [[noreturn]] void NoTileOp(const PrimExpr& expr, const std::string& hint);

  const CbTable* cbs_;
  const Map<String, Any>* buffer_to_cb_;
  ScalarRanges* ranges_;
  OperandBuffers own_;
  const ParallelNest* nest_ = nullptr;
  // Of the store at hand: what stands in several places is built once and stays shared.
  using Built = std::unordered_map<PrimExpr, PrimExpr, ffi::ObjectPtrHash, ffi::ObjectPtrEqual>;
  Built numbers_, conditions_;
  std::vector<int> dst_vars_;  // nest variables of the destination's wide axes, outermost first
  bool dst_column_ = false;
  Span span_;
};

}  // namespace tltt::compiler

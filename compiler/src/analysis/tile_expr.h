// Element expressions of T.Parallel bodies as expressions over tiles.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "analysis/access.h"
#include "ir/records.h"
#include "ir/tvm.h"

namespace tltt::compiler {

// The value of an expression that is known at compile time, T.infinity included.
std::optional<double> ConstantValue(const PrimExpr& expr);
PrimExpr TileFill(double value);
// "exp, exp2, ...": what T.Parallel may call, for messages.
std::string SupportedFunctions();

// How the tile of an operand lies relative to the tile being computed.
//   "tile": same place; "transpose": mirrored place, tile transposed; "row": a row vector, repeated down the tile;
//   "col": a column vector, repeated across the tile; "scalar": a single element, repeated over the tile.
PrimExpr TileLoad(const std::string& cb, const std::string& pattern);

class TileExprBuilder {
 public:
  // `convert` is asked for a CB that holds the vector of `cb` in the other orientation.
  TileExprBuilder(const CbTable* cbs, const Map<String, Any>* buffer_to_cb,
                  std::function<std::string(const std::string&)> convert)
      : cbs_(cbs), buffer_to_cb_(buffer_to_cb), convert_(std::move(convert)) {}

  // The value stored at dst[...] for each element of the nest, as one expression over tiles. Refuses what no tile
  // operation computes.
  PrimExpr Build(const PrimExpr& value, const BufferStore& store, const ParallelNest& nest);

 private:
  PrimExpr Visit(const PrimExpr& expr);
  PrimExpr Binary(const char* op, const PrimExpr& a, const PrimExpr& b);
  PrimExpr Load(const BufferLoadNode* load);
  [[noreturn]] void NoTileOp(const PrimExpr& expr, const std::string& hint);

  const CbTable* cbs_;
  const Map<String, Any>* buffer_to_cb_;
  std::function<std::string(const std::string&)> convert_;
  const ParallelNest* nest_ = nullptr;
  std::vector<int> dst_vars_;  // nest variables of the destination's wide axes, outermost first
  bool dst_column_ = false;
  Span span_;
};

}  // namespace tltt::compiler

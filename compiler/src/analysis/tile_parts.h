// Parts of on-chip buffers as tiles: those that start at a tile are read where they stand; single rows, columns and
// elements of a matrix are taken out of it, and parts are written, by masks over the block.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/access.h"
#include "analysis/tile_expr.h"
#include "ir/records.h"
#include "ir/tvm.h"

namespace tltt::compiler {

// Where a block lies in the tiles of the on-chip buffer that it is a part of.
struct TilePart {
  PrimExpr row, col;           // first tile
  std::vector<int64_t> shape;  // elements, unit axes dropped
  bool whole = false;
};
// Nothing where the block does not start at a tile, or takes a column out of a matrix. A part of a vector lies along
// rows of tiles (`column`) or columns.
std::optional<TilePart> PartOf(const Region& region, bool column, arith::Analyzer* analyzer);
PrimExpr TileLoad(const std::string& cb, const std::string& pattern, const TilePart& part, DataType type = kTile);
// A load whose tiles are not those at the same place of an equal block.
bool IsPartial(const CallNode* load);

// A part of a block in elements of its tiles, in which matrices of a batch lie one below the other, each of whole
// tiles.
struct ElementPart {
  PrimExpr row = Int(0), col = Int(0);    // first element
  int64_t rows = 1, cols = 1;             // extents
  bool all_rows = true, all_cols = true;  // nothing is left out along the axis
  std::vector<int64_t> shape;             // elements, unit axes dropped
};
// A row, a column or an element of a block of floats; along the axis that it has it starts at a tile.
std::optional<ElementPart> LineOf(const Region& region, const CbRecord& cb, arith::Analyzer* analyzer);
// The same, with the refusal of a region that is none; `what`: "T.copy uses".
ElementPart RequireLine(const Region& region, const CbRecord& cb, arith::Analyzer* analyzer, const Span& span,
                        const std::string& what);
// Its values, to be stored to a buffer of their own (PartRecord): where its tiles are that part, summed up across it.
PrimExpr TakeLine(const CbRecord& cb, const ElementPart& line);
// A part that may be overwritten: along each axis one element, or elements that start at a tile.
std::optional<ElementPart> WritablePart(const Region& region, const CbRecord& cb, arith::Analyzer* analyzer);
ElementPart RequireWritable(const Region& region, const CbRecord& cb, arith::Analyzer* analyzer, const Span& span,
                            const std::string& what);
// A buffer for the part alone, of compute's; a column of a matrix lies along rows of tiles.
CbRecord PartRecord(const CbRecord& cb, const ElementPart& part, const std::string& name);
// The whole block with the value of the buffer `from` in place of the part.
PrimExpr WithPart(const CbRecord& cb, const ElementPart& part, const std::string& from);
// The same with one value for all elements of the part.
PrimExpr WithPart(const CbRecord& cb, const ElementPart& part, const PrimExpr& value);

}  // namespace tltt::compiler

#include "analysis/tile_parts.h"

#include "analysis/orientation.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"

namespace tltt::compiler {

PrimExpr TileLoad(const std::string& cb, const std::string& pattern, const TilePart& part, DataType type) {
  if (part.whole) return TileLoad(cb, pattern, type);
  return TtCall("tt.tile.load", {Str(cb), Str(pattern), part.row, part.col}, type);
}

bool IsPartial(const CallNode* load) { return load->args.size() > 2; }

std::optional<TilePart> PartOf(const Region& region, bool column, arith::Analyzer* analyzer) {
  TilePart part{Int(0), Int(0), {}, true};
  std::vector<size_t> wide;
  for (size_t d = 0; d < region.extents.size(); ++d) {
    const auto* dim = region.buffer->shape[d].as<IntImmNode>();
    if (!dim) return std::nullopt;
    if (dim->value > 1) wide.push_back(d);
    if (region.extents[d] > 1) part.shape.push_back(region.extents[d]);
    part.whole = part.whole && is_zero(region.mins[d]) && dim->value == region.extents[d];
  }
  if (part.whole || wide.empty()) return part.whole ? std::optional(part) : std::nullopt;
  auto size = [&](size_t d) { return region.buffer->shape[d].as<IntImmNode>()->value; };
  auto tile = [&](size_t d) -> std::optional<PrimExpr> {
    if (!analyzer->CanProve(floormod(region.mins[d], Int(kTileWidth)) == 0)) return std::nullopt;
    return analyzer->Simplify(floordiv(region.mins[d], Int(kTileWidth)));
  };
  const auto last = tile(wide.back());
  if (!last) return std::nullopt;
  if (wide.size() == 1) {
    (column ? part.row : part.col) = *last;
    return part;
  }
  const size_t rows = wide[wide.size() - 2];
  const auto first = tile(rows);
  if (!first || region.extents[wide.back()] == 1) return std::nullopt;
  part.col = *last;
  // Matrices of a batch lie one below the other.
  PrimExpr matrix = Int(0);
  for (size_t i = 0; i + 2 < wide.size(); ++i) {
    if (region.extents[wide[i]] != 1) return std::nullopt;
    matrix = matrix * Int(size(wide[i])) + region.mins[wide[i]];
  }
  part.row = analyzer->Simplify(matrix * Int(CeilTiles(size(rows))) + *first);
  return part;
}

namespace {

PrimExpr NumberFill(const PrimExpr& number) {
  if (const auto* constant = number.as<IntImmNode>()) return TileFill(static_cast<double>(constant->value));
  return TtCall("tt.tile.fill", {number}, kTile);
}

// 1 where the element's row (or column) in the block stands in `relation` to a number.
PrimExpr Where(bool row, const char* relation, const PrimExpr& number) {
  PrimExpr place = TtCall("tt.tile.index", {Int(row ? 1 : 0), Int(row ? 0 : 1), Int(0)}, kTile);
  return TtCall("tt.tile.compare", {Str(relation), place, NumberFill(number)}, kTile);
}

PrimExpr Both(const PrimExpr& a, const PrimExpr& b) {
  return a.defined() ? TtCall("tt.fpu.multiply", {a, b}, kTile) : b;
}

// Rows of the buffer's tiles, or columns.
int64_t Places(const CbRecord& cb, bool row) { return (row ? cb.Rows() : cb.Cols()) * kTileWidth; }

std::optional<ElementPart> ElementsOf(const Region& region, const CbRecord& cb) {
  ElementPart part;
  std::vector<size_t> wide;
  auto size = [&](size_t d) { return region.buffer->shape[d].as<IntImmNode>()->value; };
  for (size_t d = 0; d < region.extents.size(); ++d) {
    if (!region.buffer->shape[d].as<IntImmNode>()) return std::nullopt;
    if (size(d) > 1) wide.push_back(d);
  }
  if (wide.empty()) return std::nullopt;
  part.shape = Squeeze(region.extents);
  auto along = [&](size_t d, bool row) {
    (row ? part.row : part.col) = region.mins[d];
    (row ? part.rows : part.cols) = region.extents[d];
    (row ? part.all_rows : part.all_cols) = is_zero(region.mins[d]) && region.extents[d] == size(d);
  };
  along(wide.back(), wide.size() == 1 && cb.column);
  if (wide.size() == 1) return part;
  along(wide[wide.size() - 2], true);
  bool batch = true;  // all matrices
  PrimExpr matrix = Int(0);
  for (size_t i = 0; i + 2 < wide.size(); ++i) {
    batch = batch && is_zero(region.mins[wide[i]]) && region.extents[wide[i]] == size(wide[i]);
    matrix = matrix * Int(size(wide[i])) + region.mins[wide[i]];
  }
  if (wide.size() == 2) return part;
  if (batch) {
    part.rows = cb.Rows() * kTileHeight;
    return part.all_rows && part.cols > 1 ? std::optional(part) : std::nullopt;
  }
  for (size_t i = 0; i + 2 < wide.size(); ++i)
    if (region.extents[wide[i]] != 1) return std::nullopt;
  part.row = matrix * Int(cb.MatrixRows() * kTileHeight) + part.row;
  part.all_rows = false;
  return part;
}

bool AtTile(const PrimExpr& first, arith::Analyzer* analyzer) {
  return analyzer->CanProve(floormod(first, Int(kTileWidth)) == 0);
}

// 1 for the elements of the part; undefined where that is all.
PrimExpr Mask(const CbRecord& cb, const ElementPart& part) {
  PrimExpr mask;
  for (const bool row : {true, false}) {
    if (row ? part.all_rows : part.all_cols) continue;
    const PrimExpr& first = row ? part.row : part.col;
    const int64_t extent = row ? part.rows : part.cols;
    if (extent == 1) {
      mask = Both(mask, Where(row, "eq", first));
      continue;
    }
    const auto* known = first.as<IntImmNode>();
    if (!is_zero(first)) mask = Both(mask, Where(row, "ge", first));
    if (!known || known->value + extent < Places(cb, row)) mask = Both(mask, Where(row, "lt", first + Int(extent)));
  }
  return mask;
}

ElementPart Required(const std::optional<ElementPart>& part, const Region& region, arith::Analyzer* analyzer,
                     const Span& span, const std::string& what) {
  if (!part) RequireWhole(region, span, what);
  if (!part) BrokenContract("C2", "a whole block is no part of itself");
  RequireScalar(part->row, span, analyzer);
  RequireScalar(part->col, span, analyzer);
  return *part;
}

}  // namespace

std::optional<ElementPart> LineOf(const Region& region, const CbRecord& cb, arith::Analyzer* analyzer) {
  if (IsWord(cb.dtype)) return std::nullopt;
  auto part = WritablePart(region, cb, analyzer);
  if (!part || part->shape.size() > 1 || (part->rows > 1 && part->cols > 1)) return std::nullopt;
  return part;
}

ElementPart RequireLine(const Region& region, const CbRecord& cb, arith::Analyzer* analyzer, const Span& span,
                        const std::string& what) {
  return Required(LineOf(region, cb, analyzer), region, analyzer, span, what);
}

ElementPart RequireWritable(const Region& region, const CbRecord& cb, arith::Analyzer* analyzer, const Span& span,
                            const std::string& what) {
  return Required(WritablePart(region, cb, analyzer), region, analyzer, span, what);
}

PrimExpr TakeLine(const CbRecord& cb, const ElementPart& line) {
  arith::Analyzer analyzer;
  auto tile = [&](const PrimExpr& first) { return analyzer.Simplify(floordiv(first, Int(kTileWidth))); };
  auto inside = [&](const PrimExpr& first) { return analyzer.Simplify(floormod(first, Int(kTileWidth))); };
  PrimExpr mask;
  if (line.rows == 1) mask = Both(mask, Where(true, "eq", inside(line.row)));
  if (line.cols == 1) mask = Both(mask, Where(false, "eq", inside(line.col)));
  const PrimExpr tiles = TileLoad(cb.name, "tile", {tile(line.row), tile(line.col), line.shape, false});
  const PrimExpr value = TtCall("tt.tile.where", {mask, tiles, TileFill(0)}, kTile);
  const char* across = line.rows > 1 ? "row" : line.cols > 1 ? "col" : "all";
  return TtCall("tt.tile.reduce",
                {Str("sum"), Str(across), value, Int(CeilTiles(line.rows)), Int(CeilTiles(line.cols)), Int(0)}, kTile);
}

std::optional<ElementPart> WritablePart(const Region& region, const CbRecord& cb, arith::Analyzer* analyzer) {
  auto part = ElementsOf(region, cb);
  if (!part) return std::nullopt;
  if (part->rows > 1 && !AtTile(part->row, analyzer)) return std::nullopt;
  if (part->cols > 1 && !AtTile(part->col, analyzer)) return std::nullopt;
  part->row = analyzer->Simplify(part->row), part->col = analyzer->Simplify(part->col);
  return part;
}

CbRecord PartRecord(const CbRecord& cb, const ElementPart& part, const std::string& name) {
  CbRecord own = cb;
  own.name = name;
  own.buffer = "part of " + cb.buffer;
  own.kind = "intermed";
  own.data_format.clear();
  own.shape = part.shape;
  own.column = part.shape.size() == 1 && part.rows > 1;
  return own;
}

PrimExpr WithPart(const CbRecord& cb, const ElementPart& part, const PrimExpr& value) {
  const PrimExpr mask = Mask(cb, part);
  if (!mask.defined()) return value;
  const DataType type = IsWord(cb.dtype) ? kWord : kTile;
  return TtCall("tt.tile.insert", {mask, value, TileLoad(cb.name, "tile", type)}, type);
}

PrimExpr WithPart(const CbRecord& cb, const ElementPart& part, const std::string& from) {
  const DataType type = IsWord(cb.dtype) ? kWord : kTile;
  const bool one_row = part.rows == 1 && !part.all_rows, one_col = part.cols == 1 && !part.all_cols;
  if (part.shape.empty()) return WithPart(cb, part, TileLoad(from, "scalar", type));
  const std::string pattern = one_row ? "row" : one_col ? "col" : "tile";
  if ((one_row || part.all_rows) && (one_col || part.all_cols))
    return WithPart(cb, part, TileLoad(from, pattern, type));
  // Tiles beside the part read some tile of it, which the mask leaves out.
  arith::Analyzer analyzer;
  auto back = [&](bool one, const PrimExpr& first) {
    return one ? PrimExpr(Int(0)) : analyzer.Simplify(Int(0) - floordiv(first, Int(kTileWidth)));
  };
  return WithPart(
      cb, part,
      TtCall("tt.tile.load", {Str(from), Str(pattern), back(one_row, part.row), back(one_col, part.col), Bool(true)},
             type));
}

}  // namespace tltt::compiler

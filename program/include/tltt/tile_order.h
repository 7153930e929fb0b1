// Orders in which the tiles (or blocks) of a grid of mt rows and nt columns are visited: pure functions between a rank
// 0 .. mt*nt-1 and a position. Every order is a permutation of the grid, ragged grids included.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tltt {

struct TileOrder {
  enum class Kind : uint8_t { kRowMajor, kColumnMajor, kMatchShard, kBlockLinear, kZOrder, kHilbert };
  Kind kind = Kind::kRowMajor;
  // kMatchShard: extent of one shard; kBlockLinear: both are k. Blocks at the lower and right edge are clipped.
  int64_t block_rows = 1, block_columns = 1;
  bool operator==(const TileOrder&) const = default;
};

struct TilePosition {
  int64_t m = 0, n = 0;  // row, column
  bool operator==(const TilePosition&) const = default;
};

// "row_major", "column_major", "z_order", "hilbert", "block_linear(k)", "match_shard(rows,columns)"; nullopt for
// anything else.
std::optional<TileOrder> ParseTileOrder(const std::string& text);
std::string TileOrderName(const TileOrder& order);

// 0 <= rank < mt*nt; mt*nt must fit 62 bits. The curves take O(log) steps, the others a few divisions.
TilePosition TileAt(const TileOrder& order, int64_t rank, int64_t mt, int64_t nt);
int64_t RankOf(const TileOrder& order, TilePosition tile, int64_t mt, int64_t nt);

}  // namespace tltt

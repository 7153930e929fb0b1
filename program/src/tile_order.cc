#include "tltt/tile_order.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

namespace tltt {
namespace {

// The arguments of "name(1,2)" as positive integers; nullopt unless there are exactly `count`.
std::optional<std::vector<int64_t>> Arguments(const std::string& text, const std::string& name, size_t count) {
  if (text.size() < name.size() + 3 || text.compare(0, name.size(), name) != 0) return std::nullopt;
  if (text[name.size()] != '(' || text.back() != ')') return std::nullopt;
  const char* cursor = text.data() + name.size() + 1;
  const char* end = text.data() + text.size() - 1;
  std::vector<int64_t> values;
  while (true) {
    int32_t value = 0;
    const auto [next, error] = std::from_chars(cursor, end, value);
    if (error != std::errc() || value < 1) return std::nullopt;
    values.push_back(value);
    if (next == end) break;
    if (*next != ',') return std::nullopt;
    cursor = next + 1;
  }
  if (values.size() != count) return std::nullopt;
  return values;
}

// Blocks of h x w tiles visited row-major, and the tiles of each block row-major.
TilePosition BlockedTileAt(int64_t rank, int64_t mt, int64_t nt, int64_t h, int64_t w) {
  h = std::min(h, mt);
  w = std::min(w, nt);
  const int64_t block_row = rank / (h * nt);
  const int64_t in_row = rank % (h * nt);
  const int64_t rows = std::min(h, mt - block_row * h);
  const int64_t block_column = in_row / (w * rows);
  const int64_t in_block = in_row % (w * rows);
  const int64_t columns = std::min(w, nt - block_column * w);
  return {block_row * h + in_block / columns, block_column * w + in_block % columns};
}

int64_t BlockedRankOf(TilePosition tile, int64_t mt, int64_t nt, int64_t h, int64_t w) {
  h = std::min(h, mt);
  w = std::min(w, nt);
  const int64_t block_row = tile.m / h, block_column = tile.n / w;
  const int64_t rows = std::min(h, mt - block_row * h);
  const int64_t columns = std::min(w, nt - block_column * w);
  return block_row * h * nt + block_column * w * rows + tile.m % h * columns + tile.n % w;
}

// Tiles of the grid inside the square of `side` at (m, n).
int64_t TilesInSquare(int64_t m, int64_t n, int64_t side, int64_t mt, int64_t nt) {
  return std::clamp<int64_t>(mt - m, 0, side) * std::clamp<int64_t>(nt - n, 0, side);
}

int64_t CoveringSide(int64_t mt, int64_t nt) {
  int64_t side = 1;
  while (side < std::max(mt, nt)) side *= 2;
  return side;
}

// A curve through a square: the quadrants in the order in which it visits them, (row << 1 | column), and the turn of
// the curve inside each.
struct Turn {
  std::array<int8_t, 4> quadrants, turns;
};
constexpr std::array<Turn, 1> kMorton = {{{{0, 1, 2, 3}, {0, 0, 0, 0}}}};
// Consecutive tiles are neighbours: the curve enters and leaves every quadrant at an edge that the next one shares.
constexpr std::array<Turn, 4> kHilbert = {{{{0, 1, 3, 2}, {1, 0, 0, 3}},
                                           {{0, 2, 3, 1}, {0, 1, 1, 2}},
                                           {{3, 2, 0, 1}, {3, 2, 2, 1}},
                                           {{3, 1, 0, 2}, {2, 3, 3, 0}}}};

// Descends through quadrants, skipping the tiles before the rank; tiles outside the grid count nothing.
template <size_t kTurns>
TilePosition CurveTileAt(const std::array<Turn, kTurns>& curve, int64_t rank, int64_t mt, int64_t nt) {
  TilePosition at;
  size_t turn = 0;
  for (int64_t side = CoveringSide(mt, nt) / 2; side >= 1; side /= 2) {
    for (size_t step = 0; step < 4; ++step) {
      const int quadrant = curve[turn].quadrants[step];
      const int64_t m = at.m + (quadrant >> 1) * side, n = at.n + (quadrant & 1) * side;
      const int64_t tiles = TilesInSquare(m, n, side, mt, nt);
      if (rank < tiles) {
        at = {m, n};
        turn = static_cast<size_t>(curve[turn].turns[step]);
        break;
      }
      rank -= tiles;
    }
  }
  return at;
}

template <size_t kTurns>
int64_t CurveRankOf(const std::array<Turn, kTurns>& curve, TilePosition tile, int64_t mt, int64_t nt) {
  int64_t rank = 0;
  TilePosition at;
  size_t turn = 0;
  for (int64_t side = CoveringSide(mt, nt) / 2; side >= 1; side /= 2) {
    const int target = (tile.m >= at.m + side ? 2 : 0) + (tile.n >= at.n + side ? 1 : 0);
    size_t step = 0;
    for (; curve[turn].quadrants[step] != target; ++step) {
      const int quadrant = curve[turn].quadrants[step];
      rank += TilesInSquare(at.m + (quadrant >> 1) * side, at.n + (quadrant & 1) * side, side, mt, nt);
    }
    at = {at.m + (target >> 1) * side, at.n + (target & 1) * side};
    turn = static_cast<size_t>(curve[turn].turns[step]);
  }
  return rank;
}

}  // namespace

std::optional<TileOrder> ParseTileOrder(const std::string& text) {
  if (text == "row_major") return TileOrder{TileOrder::Kind::kRowMajor};
  if (text == "column_major") return TileOrder{TileOrder::Kind::kColumnMajor};
  if (text == "z_order") return TileOrder{TileOrder::Kind::kZOrder};
  if (text == "hilbert") return TileOrder{TileOrder::Kind::kHilbert};
  if (const auto k = Arguments(text, "block_linear", 1))
    return TileOrder{TileOrder::Kind::kBlockLinear, (*k)[0], (*k)[0]};
  if (const auto s = Arguments(text, "match_shard", 2))
    return TileOrder{TileOrder::Kind::kMatchShard, (*s)[0], (*s)[1]};
  return std::nullopt;
}

std::string TileOrderName(const TileOrder& order) {
  switch (order.kind) {
    case TileOrder::Kind::kRowMajor:
      return "row_major";
    case TileOrder::Kind::kColumnMajor:
      return "column_major";
    case TileOrder::Kind::kZOrder:
      return "z_order";
    case TileOrder::Kind::kHilbert:
      return "hilbert";
    case TileOrder::Kind::kBlockLinear:
      return fmt::format("block_linear({})", order.block_rows);
    case TileOrder::Kind::kMatchShard:
      return fmt::format("match_shard({},{})", order.block_rows, order.block_columns);
  }
  return "";
}

TilePosition TileAt(const TileOrder& order, int64_t rank, int64_t mt, int64_t nt) {
  switch (order.kind) {
    case TileOrder::Kind::kRowMajor:
      return {rank / nt, rank % nt};
    case TileOrder::Kind::kColumnMajor:
      return {rank % mt, rank / mt};
    case TileOrder::Kind::kZOrder:
      return CurveTileAt(kMorton, rank, mt, nt);
    case TileOrder::Kind::kHilbert:
      return CurveTileAt(kHilbert, rank, mt, nt);
    case TileOrder::Kind::kMatchShard:
    case TileOrder::Kind::kBlockLinear:
      return BlockedTileAt(rank, mt, nt, order.block_rows, order.block_columns);
  }
  return {};
}

int64_t RankOf(const TileOrder& order, TilePosition tile, int64_t mt, int64_t nt) {
  switch (order.kind) {
    case TileOrder::Kind::kRowMajor:
      return tile.m * nt + tile.n;
    case TileOrder::Kind::kColumnMajor:
      return tile.n * mt + tile.m;
    case TileOrder::Kind::kZOrder:
      return CurveRankOf(kMorton, tile, mt, nt);
    case TileOrder::Kind::kHilbert:
      return CurveRankOf(kHilbert, tile, mt, nt);
    case TileOrder::Kind::kMatchShard:
    case TileOrder::Kind::kBlockLinear:
      return BlockedRankOf(tile, mt, nt, order.block_rows, order.block_columns);
  }
  return 0;
}

}  // namespace tltt

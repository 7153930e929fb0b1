#include "tltt/tile_order.h"

#include <cstdlib>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tltt/partition.h"

namespace tltt {
namespace {

using Tiles = std::vector<std::pair<int64_t, int64_t>>;

Tiles TilesOf(const std::string& order, int64_t mt, int64_t nt, int64_t start, int64_t count) {
  Tiles tiles;
  for (int64_t rank = start; rank < start + count; ++rank) {
    const TilePosition at = TileAt(ParseTileOrder(order).value(), rank, mt, nt);
    tiles.emplace_back(at.m, at.n);
  }
  return tiles;
}

class EveryOrder : public testing::TestWithParam<const char*> {};

TEST_P(EveryOrder, IsAPermutationOfRaggedGrids) {
  const TileOrder order = ParseTileOrder(GetParam()).value();
  for (const auto& [mt, nt] : Tiles{{1, 1}, {1, 7}, {7, 1}, {4, 4}, {5, 3}, {3, 8}, {9, 17}}) {
    std::set<std::pair<int64_t, int64_t>> seen;
    for (int64_t rank = 0; rank < mt * nt; ++rank) {
      const TilePosition at = TileAt(order, rank, mt, nt);
      ASSERT_TRUE(at.m >= 0 && at.m < mt && at.n >= 0 && at.n < nt) << rank << " of " << mt << "x" << nt;
      ASSERT_TRUE(seen.emplace(at.m, at.n).second) << rank << " of " << mt << "x" << nt;
      ASSERT_EQ(RankOf(order, at, mt, nt), rank) << mt << "x" << nt;
    }
  }
}

TEST_P(EveryOrder, NameParsesBack) { EXPECT_EQ(TileOrderName(ParseTileOrder(GetParam()).value()), GetParam()); }

INSTANTIATE_TEST_SUITE_P(Orders, EveryOrder,
                         testing::Values("row_major", "column_major", "z_order", "hilbert", "block_linear(1)",
                                         "block_linear(2)", "block_linear(3)", "block_linear(100)", "match_shard(2,2)",
                                         "match_shard(3,2)"));

TEST(TileOrder, HilbertGoesFromTileToNeighbour) {
  const Tiles tiles = TilesOf("hilbert", 16, 16, 0, 256);
  for (size_t i = 1; i < tiles.size(); ++i) {
    EXPECT_EQ(std::abs(tiles[i].first - tiles[i - 1].first) + std::abs(tiles[i].second - tiles[i - 1].second), 1) << i;
  }
}

TEST(TileOrder, FourByFourOnFourCores) {
  EXPECT_EQ(TilesOf("row_major", 4, 4, 4, 4), (Tiles{{1, 0}, {1, 1}, {1, 2}, {1, 3}}));
  EXPECT_EQ(TilesOf("column_major", 4, 4, 4, 4), (Tiles{{0, 1}, {1, 1}, {2, 1}, {3, 1}}));
  EXPECT_EQ(TilesOf("match_shard(2,2)", 4, 4, 4, 4), (Tiles{{0, 2}, {0, 3}, {1, 2}, {1, 3}}));
  EXPECT_EQ(TilesOf("match_shard(2,2)", 4, 4, 12, 4), (Tiles{{2, 2}, {2, 3}, {3, 2}, {3, 3}}));
  EXPECT_EQ(TilesOf("block_linear(2)", 4, 4, 8, 4), (Tiles{{2, 0}, {2, 1}, {3, 0}, {3, 1}}));
}

TEST(TileOrder, BlockLinearOnTwoCoresTakesHalvesOfTheColumns) {
  for (const auto& [m, n] : TilesOf("block_linear(2)", 2, 8, 0, 8)) EXPECT_LT(n, 4) << m;
  for (const auto& [m, n] : TilesOf("block_linear(2)", 2, 8, 8, 8)) EXPECT_GE(n, 4) << m;
}

TEST(TileOrder, MortonSkipsWhatIsOutside) {
  EXPECT_EQ(TilesOf("z_order", 2, 3, 0, 6), (Tiles{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {0, 2}, {1, 2}}));
}

TEST(TileOrder, HugeGridsStayPure) {
  const int64_t mt = int64_t{1} << 26, nt = (int64_t{1} << 25) + 3;
  for (const char* name : {"row_major", "column_major", "z_order", "block_linear(7)", "match_shard(5,1000)"}) {
    const TileOrder order = ParseTileOrder(name).value();
    for (const int64_t rank : {int64_t{0}, mt, mt * nt / 2 + 12345, mt * nt - 1}) {
      EXPECT_EQ(RankOf(order, TileAt(order, rank, mt, nt), mt, nt), rank) << name;
    }
  }
}

TEST(TileOrder, RejectsOtherText) {
  for (const char* text :
       {"", "row", "block_linear", "block_linear()", "block_linear(0)", "block_linear(-1)", "match_shard",
        "block_linear(2,2)", "match_shard(2)", "block_linear(99999999999)", "block_linear(2) "}) {
    EXPECT_EQ(ParseTileOrder(text), std::nullopt) << text;
  }
}

TEST(Partition, BalancedAndContiguous) {
  EXPECT_EQ(SplitContiguous(10, 4), (std::vector<WorkRun>{{0, 3}, {3, 3}, {6, 2}, {8, 2}}));
  EXPECT_EQ(SplitContiguous(2, 4), (std::vector<WorkRun>{{0, 1}, {1, 1}, {2, 0}, {2, 0}}));
  EXPECT_EQ(SplitContiguous(64, 64).back(), (WorkRun{63, 1}));
  EXPECT_EQ(SplitContiguous(0, 2), (std::vector<WorkRun>{{0, 0}, {0, 0}}));
  EXPECT_THROW(SplitContiguous(-1, 2), std::invalid_argument);
  EXPECT_THROW(SplitContiguous(1, 0), std::invalid_argument);
}

}  // namespace
}  // namespace tltt

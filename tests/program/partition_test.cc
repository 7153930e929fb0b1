#include "tltt/partition.h"

#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "tltt/plan.h"

namespace tltt {
namespace {

const std::vector<const char*> kOrders = {"row_major", "column_major",    "z_order",
                                          "hilbert",   "block_linear(3)", "match_shard(2,5)"};

std::vector<Core> Cores(uint16_t columns, uint16_t rows) { return CoresOf({{{0, 0}, columns, rows}}); }

void ExpectEachBlockOnce(const Partition& partition, const std::string& what) {
  std::set<int64_t> seen;
  for (const CoreWork& work : partition.cores) {
    EXPECT_GT(work.count, 0) << what;
    for (int64_t i = 0; i < work.count; ++i) {
      const int64_t block = partition.BlockAt(work, i);
      EXPECT_TRUE(block >= 0 && block < partition.rows * partition.columns) << what;
      EXPECT_TRUE(seen.insert(block).second) << what << ": block " << block;
    }
  }
  EXPECT_EQ(seen.size(), static_cast<size_t>(partition.rows * partition.columns)) << what;
}

// The blocks that the plan's items of a core stand for, in order.
std::vector<int64_t> Listed(const Partition& partition, const CoreWork& work) {
  std::vector<int64_t> blocks;
  for (const WorkItem& item : partition.Items(work)) {
    const TileOrder order = ParseTileOrder(item.tile_order).value();
    const int64_t start = RankOf(order, {item.io, item.jo}, partition.rows, partition.columns);
    for (int64_t i = 0; i < item.count; ++i) {
      const int64_t rank = start + (item.chunk ? i / item.chunk * item.stride + i % item.chunk : i);
      const TilePosition at = TileAt(order, rank, partition.rows, partition.columns);
      blocks.push_back(at.m * partition.columns + at.n);
    }
  }
  return blocks;
}

TEST(Partition, EveryPolicyCoversEachBlockOnce) {
  std::mt19937 random(1);
  const auto upTo = [&random](uint32_t limit) { return static_cast<int64_t>(1 + random() % limit); };
  for (int round = 0; round < 100; ++round) {
    const int64_t rows = upTo(20), columns = upTo(20), chunk = upTo(5);
    const auto cores = Cores(static_cast<uint16_t>(upTo(8)), static_cast<uint16_t>(upTo(8)));
    for (const char* name : kOrders) {
      const TileOrder order = ParseTileOrder(name).value();
      const std::string what = std::string(name) + " of " + std::to_string(rows) + "x" + std::to_string(columns) +
                               " on " + std::to_string(cores.size()) + " cores, chunk " + std::to_string(chunk);
      for (const Partition& partition :
           {PartitionContiguous(rows, columns, order, cores), PartitionCyclic(rows, columns, order, chunk, cores)}) {
        ExpectEachBlockOnce(partition, what);
        for (const CoreWork& work : partition.cores) {
          std::vector<int64_t> blocks;
          for (int64_t i = 0; i < work.count; ++i) blocks.push_back(partition.BlockAt(work, i));
          EXPECT_EQ(Listed(partition, work), blocks) << what;
        }
      }
    }
  }
}

TEST(Partition, ListsThatAreRunsOfAnOrderAreFound) {
  const auto cores = Cores(2, 2);
  // Quarters of a 4 x 6 grid.
  std::vector<std::vector<int64_t>> quarters(4);
  for (int64_t block = 0; block < 24; ++block) quarters[block / 12 * 2 + block % 6 / 3].push_back(block);
  const Partition blocked = PartitionByLists(4, 6, quarters, cores);
  EXPECT_EQ(blocked.OrderName(), "match_shard(2,3)");
  ExpectEachBlockOnce(blocked, "quarters");
  const Partition rows = PartitionByLists(2, 2, {{0, 1}, {2, 3}, {}, {}}, cores);
  EXPECT_EQ(rows.OrderName(), "row_major");
  EXPECT_EQ(rows.cores.size(), 2u);
  const Partition columns = PartitionByLists(2, 2, {{0, 2}, {1, 3}, {}, {}}, cores);
  EXPECT_EQ(columns.OrderName(), "match_shard(2,1)");
  const Partition custom = PartitionByLists(2, 2, {{3, 0}, {1}, {}, {2}}, cores);
  EXPECT_EQ(custom.OrderName(), "custom");
  EXPECT_TRUE(custom.NeedsTable());
  ExpectEachBlockOnce(custom, "custom");
  EXPECT_EQ(Listed(custom, custom.cores[0]), (std::vector<int64_t>{3, 0}));
}

TEST(Partition, RangesOfCores) {
  const std::vector<CoreRange> ranges = {{{0, 0}, 3, 2}, {{5, 1}, 2, 2}};
  const std::vector<Core> cores = CoresOf(ranges);
  EXPECT_EQ(cores.size(), 10u);
  const std::vector<Core> again = CoresOf(RangesOf(cores));
  EXPECT_EQ(std::set<Core>(again.begin(), again.end()), std::set<Core>(cores.begin(), cores.end()));
  EXPECT_EQ(RangesOf(Cores(8, 8)).size(), 1u);
}

}  // namespace
}  // namespace tltt

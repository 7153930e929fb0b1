// Which core does which blocks of the user's grid, in which order: pure functions, and the record that they make.
// Blocks are numbered row-major: block = m * columns + n; with a three-dimensional grid row m counts y and z together.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tltt/program.h"
#include "tltt/tile_order.h"

namespace tltt {

struct WorkRun {
  int64_t start = 0, count = 0;
  bool operator==(const WorkRun&) const = default;
};

// One run for each core: the first total % cores cores take one more than the others; starts are prefix sums. With
// fewer items than cores the last cores get count 0. Throws std::invalid_argument for total < 0 or cores < 1.
inline std::vector<WorkRun> SplitContiguous(int64_t total, int64_t cores) {
  if (total < 0 || cores < 1) throw std::invalid_argument("SplitContiguous needs total >= 0 and cores >= 1");
  std::vector<WorkRun> runs;
  runs.reserve(static_cast<size_t>(cores));
  int64_t start = 0;
  for (int64_t core = 0; core < cores; ++core) {
    const int64_t count = total / cores + (core < total % cores ? 1 : 0);
    runs.push_back({start, count});
    start += count;
  }
  return runs;
}

// What one core does: `count` ranks of the partition's order from `start` on, or the listed blocks.
struct CoreWork {
  Core core;
  int64_t start = 0, count = 0;
  std::vector<int64_t> blocks;  // numbers, where the partition has no order; count of them
};

struct Partition {
  int64_t rows = 1, columns = 1;  // the grid, in blocks
  std::string mode = "global";    // or "local_shard"
  // Ranks 0 .. rows * columns - 1 are positions along `order`; without one every core has a list of blocks.
  std::optional<TileOrder> order = TileOrder{};
  // Cyclic: a core does `chunk` consecutive ranks, then those `stride` ranks further on. Contiguous: both 0.
  int64_t chunk = 0, stride = 0;
  std::vector<CoreWork> cores = {};  // those that have work

  const char* Policy() const { return !order ? "custom" : chunk ? "block_cyclic" : "contiguous"; }
  std::string OrderName() const { return order ? TileOrderName(*order) : "custom"; }
  // Row-major number of the i-th block that `work` does, 0 <= i < work.count.
  int64_t BlockAt(const CoreWork& work, int64_t i) const;
  // True where a block's number is no short formula of its rank: kernels then read it from their runtime arguments.
  bool NeedsTable() const;
  // The plan's description of a core's work.
  std::vector<WorkItem> Items(const CoreWork& work) const;
};

// Contiguous, balanced runs along `order`; trailing cores stay without work when there are fewer blocks than cores.
Partition PartitionContiguous(int64_t rows, int64_t columns, const TileOrder& order, const std::vector<Core>& cores);
// Turns of `chunk` blocks along `order`, core after core. Throws std::invalid_argument for chunk < 1.
Partition PartitionCyclic(int64_t rows, int64_t columns, const TileOrder& order, int64_t chunk,
                          const std::vector<Core>& cores);
// blocks[i] are done by cores[i]. Found to be runs of an order with a formula where they are.
Partition PartitionByLists(int64_t rows, int64_t columns, const std::vector<std::vector<int64_t>>& blocks,
                           const std::vector<Core>& cores);

// The cores of rectangles, each row by row; and rectangles for any set of cores.
std::vector<Core> CoresOf(const std::vector<CoreRange>& ranges);
std::vector<CoreRange> RangesOf(std::vector<Core> cores);

}  // namespace tltt

#include "analysis/placement.h"

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "analysis/access.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "tltt/chip.h"

namespace tltt::compiler {
namespace {

constexpr int64_t kMaxSurveyed = 1024;  // blocks of different work that are looked at one by one

double Arithmetic(const Chip& chip, const BlockWork& work) {
  constexpr double kElementTile = 64;  // cycles of a tile of T.Parallel, whatever it computes
  return work.matmul_tiles * chip.matmul_tile[4] + work.elements_tiles * kElementTile;
}

// Cycles of `rounds` blocks one after the other on each of `cores` cores, by the slower of arithmetic and DRAM.
double EstimateCycles(const Chip& chip, const BlockWork& work, int64_t rounds, int64_t cores, int64_t across,
                      int64_t down) {
  double bytes = work.written;
  for (const BlockWork::Read& read : work.reads) {
    double share = 1;  // cores that one reading serves
    if (!(read.follows & kFollowsX)) {
      share = static_cast<double>(across);
    } else if (!(read.follows & kFollowsY)) {
      share = static_cast<double>(down);
    }
    bytes += read.bytes / share;
  }
  const double dram = bytes * static_cast<double>(cores) / (chip.dram_bytes_per_cycle * chip.dram_banks);
  return static_cast<double>(rounds) * std::max({Arithmetic(chip, work), dram, 1.0});
}

// Whether blocks beyond the grid's edge along an axis write nothing: every write of theirs lies beyond its tensor.
class EdgeProof : public StmtVisitor {
 public:
  EdgeProof(const Stmt& body, const BlockIndex& grid) : grid_(grid), writes_(CollectTensorAccesses(body)) {
    VisitStmt(body);
  }

  // Blocks grid[axis] <= index, anywhere along the other axes. A grid grows to less than two times its extents, because
  // each core has a block.
  bool WritesNothing(int axis) {
    if (!plain_) return false;
    for (int other = 0; other < 3; ++other) {
      if (!index_[other].defined()) continue;
      const int64_t first = other == axis ? grid_[other] : 0;
      analyzer_.Bind(index_[other], Range(Int(first), Int(2 * grid_[other])), true);
    }
    return std::all_of(writes_.begin(), writes_.end(), [&](const TensorAccess& access) {
      if (!access.write) return true;
      const Region& region = access.region;
      for (size_t i = 0; i < region.mins.size(); ++i)
        if (analyzer_.CanProve(region.mins[i] >= region.buffer->shape[i])) return true;
      return false;
    });
  }

 private:
  void VisitStmt_(const ForNode* node) final {
    if (node->kind == ForKind::kThreadBinding) {
      const std::string tag = node->thread_binding.value()->thread_tag;
      if (tag.rfind("blockIdx.", 0) == 0) index_[tag.back() - 'x'] = node->loop_var;
    } else {
      const auto* extent = node->extent.as<IntImmNode>();
      analyzer_.const_int_bound.Bind(node->loop_var,
                                     Range::FromMinExtent(node->min, extent ? node->extent : Int(1 << 30)));
    }
    StmtVisitor::VisitStmt_(node);
  }
  // Element by element on a data-movement core: not among the accesses.
  void VisitStmt_(const AttrStmtNode* node) final {
    plain_ = plain_ && node->attr_key != attr::kRiscv;
    StmtVisitor::VisitStmt_(node);
  }

  const BlockIndex grid_;
  const std::vector<TensorAccess> writes_;
  Var index_[3];
  bool plain_ = true;
  arith::Analyzer analyzer_;
};

struct Rectangles {
  int64_t columns = 0, rows = 0;  // cores
  BlockIndex per_core{};
  double cycles = 0;
};

int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

// The division of the grid into equal rectangles that takes the fewest cycles.
Rectangles BestRectangles(const Chip& chip, const BlockWork& work, const Stmt& body, const BlockIndex& grid,
                          const CoreGrid& cores) {
  Rectangles best;
  std::optional<bool> provable[2];
  auto may_grow = [&](int axis, int64_t to) {
    if (to == grid[axis]) return true;
    if (!provable[axis]) provable[axis] = EdgeProof(body, grid).WritesNothing(axis);
    return *provable[axis];
  };
  for (int64_t rows = std::min(grid[1], cores.height); rows >= 1; --rows) {
    const int64_t ny = CeilDiv(grid[1], rows);
    if (CeilDiv(grid[1], ny) != rows || !may_grow(1, ny * rows)) continue;
    for (int64_t columns = std::min(grid[0], cores.width); columns >= 1; --columns) {
      const int64_t nx = CeilDiv(grid[0], columns);
      if (CeilDiv(grid[0], nx) != columns || !may_grow(0, nx * columns)) continue;
      const double cycles = EstimateCycles(chip, work, nx * ny * grid[2], columns * rows, columns, rows);
      if (best.columns == 0 || cycles < best.cycles) best = {columns, rows, {nx, ny, grid[2]}, cycles};
    }
  }
  return best;
}

bool AnythingToShare(const BlockWork& work, const Rectangles& map) {
  return std::any_of(work.reads.begin(), work.reads.end(), [&](const BlockWork::Read& read) {
    return (!(read.follows & kFollowsX) && map.columns > 1) || (!(read.follows & kFollowsY) && map.rows > 1);
  });
}

// Core (x, y) gets nx * ny neighbouring blocks of every plane of the grid: shards of ny x nx blocks, core after core.
Placement InRectangles(const Rectangles& map) {
  const std::vector<Core> cores =
      CoresOf({{{0, 0}, static_cast<uint16_t>(map.columns), static_cast<uint16_t>(map.rows)}});
  const auto [nx, ny, planes] = map.per_core;
  const BlockIndex grid{nx * map.columns, ny * map.rows, planes};
  // Shards one block high, or as wide as the grid, follow each other as the blocks do.
  const TileOrder order = ny == 1 || map.columns == 1 ? TileOrder{} : TileOrder{TileOrder::Kind::kMatchShard, ny, nx};
  const int64_t rows = grid[1] * planes;
  return {planes == 1 ? PartitionContiguous(rows, grid[0], order, cores)
                      : PartitionCyclic(rows, grid[0], order, nx * ny, cores),
          grid, true, map.per_core};
}

// What every block costs, by its row-major number; empty where all cost the same.
std::vector<double> CostOfBlocks(const Stmt& body, const Chip& chip, const BlockIndex& grid) {
  const unsigned follows = WorkFollows(body);
  int64_t different = 1;
  for (int axis = 0; axis < 3; ++axis) different *= follows & 1u << axis ? grid[axis] : 1;
  if (different == 1 || different > kMaxSurveyed) return {};
  std::map<BlockIndex, double> known;
  std::vector<double> costs;
  BlockIndex at;
  for (at[2] = 0; at[2] < grid[2]; ++at[2]) {
    for (at[1] = 0; at[1] < grid[1]; ++at[1]) {
      for (at[0] = 0; at[0] < grid[0]; ++at[0]) {
        BlockIndex kind = at;
        for (int axis = 0; axis < 3; ++axis)
          if (!(follows & 1u << axis)) kind[axis] = 0;
        const auto [it, fresh] = known.try_emplace(kind);
        if (fresh) it->second = EstimateCycles(chip, WorkOfBlock(body, kind), 1, 1, 1, 1);
        costs.push_back(it->second);
      }
    }
  }
  if (std::all_of(costs.begin(), costs.end(), [&](double cost) { return cost == costs[0]; })) return {};
  return costs;
}

// The longest blocks first, each to the core that has least to do so far; null where a core's list gets too long.
std::optional<Partition> Balanced(const std::vector<double>& costs, const BlockIndex& grid, const CoreGrid& size) {
  const std::vector<Core> cores =
      CoresOf({{{0, 0}, static_cast<uint16_t>(size.width), static_cast<uint16_t>(size.height)}});
  std::vector<int64_t> longest_first(costs.size());
  for (size_t i = 0; i < costs.size(); ++i) longest_first[i] = static_cast<int64_t>(i);
  std::stable_sort(longest_first.begin(), longest_first.end(),
                   [&](int64_t a, int64_t b) { return costs[static_cast<size_t>(a)] > costs[static_cast<size_t>(b)]; });
  using Load = std::pair<double, size_t>;  // of a core, and its number
  std::priority_queue<Load, std::vector<Load>, std::greater<>> idle;
  for (size_t i = 0; i < cores.size(); ++i) idle.emplace(0, i);
  std::vector<std::vector<int64_t>> blocks(cores.size());
  for (const int64_t block : longest_first) {
    const auto [load, core] = idle.top();
    idle.pop();
    if (blocks[core].size() == kMaxTable) return std::nullopt;
    blocks[core].push_back(block);
    idle.emplace(load + costs[static_cast<size_t>(block)], core);
  }
  return PartitionByLists(grid[1] * grid[2], grid[0], blocks, cores);
}

}  // namespace

std::optional<Placement> PlaceBlocks(const Stmt& body, const BlockIndex& grid, const Target& target,
                                     const CoreGrid& cores) {
  const Chip& chip = ChipOf(target);
  const int64_t blocks = grid[0] * grid[1] * grid[2];
  if (OptionOf(target, "balance") && blocks > cores.width * cores.height &&
      blocks <= kMaxTable * cores.width * cores.height) {
    if (const std::vector<double> costs = CostOfBlocks(body, chip, grid); !costs.empty())
      if (auto partition = Balanced(costs, grid, cores)) return Placement{std::move(*partition), grid};
  }
  if (!OptionOf(target, "multicast")) return std::nullopt;
  const BlockWork work = WorkOfBlock(body);
  const Rectangles map = BestRectangles(chip, work, body, grid, cores);
  if (!AnythingToShare(work, map)) return std::nullopt;
  const int64_t busy = std::min(blocks, cores.width * cores.height);
  if (map.cycles > EstimateCycles(chip, work, CeilDiv(blocks, busy), busy, 1, 1)) return std::nullopt;
  return InRectangles(map);
}

}  // namespace tltt::compiler

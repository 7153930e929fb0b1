// B1: which core does which blocks, in which order.
//
// Before: tt.launch_grid = [8, 16, 1], target grid 8x8
// After:  attrs += { tt.partition_mode: "global", tt.core_grid: [8, 8], tt.core_ranges: [[0, 0, 8, 8]],
//                    tt.grid_tiles: [16, 8], tt.schedule: {policy: "contiguous", order: "row_major", ...},
//                    tt.work_partition: [[0, 0, 0, 2], [1, 0, 2, 2], ...]   (x, y, start, count of every core with
//                    work) tt.runtime_args: ["start_id", "count"], tt.runtime_constants: {"Mt": 16, "Nt": 8} }
//
// Blocks are numbered row-major with blockIdx.x fastest; Nt = gx and Mt = gy * gz. annotate_tt_schedule chooses order,
// policy, cores, or every core's blocks; without it analysis/placement.h decides: equal rectangles of blocks whose
// cores share operands (tt.block_map = {cores: [8, 8], blocks: [1, 2, 1]}: core (x, y) takes nx * ny neighbouring
// blocks; the launch grid grows to whole rectangles), lists of equal work where blocks are of unequal length, or
// contiguous, balanced runs over the whole grid. Cores that work on their own shards share operands too where they are
// a rectangle and do equally many blocks (tt.block_map = {cores: [8, 2], follows: [0, 3, 0]}: which block indices
// differ between the cores of a row, 1, and of a column, 2).
#include <algorithm>

#include "analysis/layout.h"
#include "analysis/placement.h"
#include "ir/annotations.h"
#include "ir/diagnostic_codes.h"
#include "ir/records.h"
#include "ir/riscv.h"
#include "ir/work.h"
#include "passes/passes.h"
#include "tltt/chip.h"

namespace tltt::compiler {
namespace {

constexpr int64_t kMaxListed = int64_t{1} << 20;  // blocks that are looked at one by one

int64_t GridOption(const Target& target, const char* key, int64_t limit) {
  int64_t value = target->GetAttr<int64_t>(key).value_or(0);
  if (value < 0 || value > limit) {
    TVM_FFI_THROW(ValueError) << "target option " << key << "=" << value << ": the chip has 1 to " << limit
                              << " cores along this axis";
  }
  return value == 0 ? limit : value;
}

struct Grid {
  int64_t rows, columns;  // blocks
};

// The cores that may be used, in order.
std::vector<Core> UsableCores(const UserSchedule& schedule, int64_t width, int64_t height) {
  const std::string chip = std::to_string(width) + "x" + std::to_string(height) + " cores";
  if (!schedule.grid.empty()) {
    if (!schedule.ranges.empty())
      Refuse(schedule.span, "annotate_tt_schedule gives both `grid` and `core_ranges`", "give one of them",
             Code::kSchedule);
    if (schedule.grid[0] > width || schedule.grid[1] > height) {
      Refuse(schedule.span,
             "annotate_tt_schedule: `grid` of " + std::to_string(schedule.grid[0]) + "x" +
                 std::to_string(schedule.grid[1]) + " cores is larger than the " + chip + " of the target",
             "use at most " + chip, Code::kSchedule);
    }
    return CoresOf({{{0, 0}, static_cast<uint16_t>(schedule.grid[0]), static_cast<uint16_t>(schedule.grid[1])}});
  }
  if (schedule.ranges.empty()) return CoresOf({{{0, 0}, static_cast<uint16_t>(width), static_cast<uint16_t>(height)}});
  for (const CoreRange& range : schedule.ranges) {
    if (range.start.x + range.width <= width && range.start.y + range.height <= height) continue;
    Refuse(schedule.span,
           "annotate_tt_schedule: core range at (" + std::to_string(range.start.x) + ", " +
               std::to_string(range.start.y) + ") reaches beyond the " + chip + " of the target",
           "use cores (0, 0) to (" + std::to_string(width - 1) + ", " + std::to_string(height - 1) + ")",
           Code::kSchedule);
  }
  std::vector<Core> cores = CoresOf(schedule.ranges), sorted = cores;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    Refuse(schedule.span, "annotate_tt_schedule: the `core_ranges` overlap", "let every core stand in one range",
           Code::kSchedule);
  return cores;
}

TileOrder OrderOf(const std::string& text, const Span& span) {
  if (auto order = ParseTileOrder(text)) return *order;
  const std::vector<std::string> known = {"row_major",        "column_major", "block_linear(2)",
                                          "match_shard(2,2)", "z_order",      "hilbert"};
  Refuse(span, "annotate_tt_schedule: unknown order `" + text + "`" + DidYouMean(text, known),
         "use row_major, column_major, block_linear(k), match_shard(rows,columns), z_order or hilbert",
         Code::kSchedule);
}

// What the user lists, core by core.
Partition Custom(const UserSchedule& schedule, const Grid& grid, const std::vector<Core>& cores) {
  const Span& span = schedule.span;
  if (grid.rows * grid.columns > kMaxListed)
    Refuse(span, "annotate_tt_schedule: `work_partition` for more than 2^20 blocks", "use an order and a policy",
           Code::kSchedule);
  std::vector<std::vector<int64_t>> blocks(cores.size());
  std::vector<bool> done(static_cast<size_t>(grid.rows * grid.columns));
  for (const auto& [core, item] : schedule.custom) {
    const std::string name = "(" + std::to_string(core.x) + ", " + std::to_string(core.y) + ")";
    const auto at = std::find(cores.begin(), cores.end(), core);
    if (at == cores.end())
      Refuse(span, "annotate_tt_schedule: `work_partition` names core " + name + ", which is not to be used",
             "name cores of the grid or of `core_ranges`", Code::kSchedule);
    const TileOrder order = OrderOf(item.tile_order.empty() ? "row_major" : item.tile_order, span);
    const std::string where = "block (io " + std::to_string(item.io) + ", jo " + std::to_string(item.jo) + ")";
    const std::string extent = std::to_string(grid.rows) + " x " + std::to_string(grid.columns) + " blocks";
    if (item.io >= grid.rows || item.jo >= grid.columns)
      Refuse(span, "annotate_tt_schedule: " + where + " of core " + name + " lies outside the grid of " + extent,
             "count blocks of the launch grid, rows first", Code::kSchedule);
    const int64_t start = RankOf(order, {item.io, item.jo}, grid.rows, grid.columns);
    for (int64_t i = 0; i < item.count; ++i) {
      const int64_t rank = start + (item.chunk ? i / item.chunk * item.stride + i % item.chunk : i);
      if (rank >= grid.rows * grid.columns)
        Refuse(span,
               "annotate_tt_schedule: the run from " + where + " of core " + name + " leaves the grid of " + extent,
               "shorten its count", Code::kSchedule);
      const TilePosition tile = TileAt(order, rank, grid.rows, grid.columns);
      const int64_t block = tile.m * grid.columns + tile.n;
      if (done[static_cast<size_t>(block)])
        Refuse(span,
               "annotate_tt_schedule: `work_partition` gives block (io " + std::to_string(tile.m) + ", jo " +
                   std::to_string(tile.n) + ") to two cores",
               "let every block stand there once", Code::kSchedule);
      done[static_cast<size_t>(block)] = true;
      blocks[static_cast<size_t>(at - cores.begin())].push_back(block);
    }
  }
  const auto gap = std::find(done.begin(), done.end(), false);
  if (gap != done.end()) {
    const int64_t block = gap - done.begin();
    Refuse(span,
           "annotate_tt_schedule: `work_partition` leaves block (io " + std::to_string(block / grid.columns) + ", jo " +
               std::to_string(block % grid.columns) + ") to no core",
           "let every block of the launch grid stand there once", Code::kSchedule);
  }
  return PartitionByLists(grid.rows, grid.columns, blocks, cores);
}

// Shard (sy, sx) belongs to core x = sx, y = sy, counted from the first of the cores or from (0, 0), where that
// rectangle is among the cores; and a row or column of shards else to the cores in their order.
std::vector<Core> ShardCores(int64_t shard_rows, int64_t shard_columns, const std::vector<Core>& cores,
                             const Span& span, const std::string& what) {
  const auto has = [&](int64_t x, int64_t y) {
    return std::any_of(cores.begin(), cores.end(), [&](const Core& c) { return c.x == x && c.y == y; });
  };
  for (const Core& origin : {cores.front(), Core{0, 0}}) {
    std::vector<Core> out;
    bool square = true;
    for (int64_t y = origin.y; y < origin.y + shard_rows && square; ++y) {
      for (int64_t x = origin.x; x < origin.x + shard_columns && square; ++x) {
        square = has(x, y);
        out.push_back({static_cast<uint16_t>(x), static_cast<uint16_t>(y)});
      }
    }
    if (square) return out;
  }
  const int64_t shards = shard_rows * shard_columns;
  if (std::min(shard_rows, shard_columns) > 1 || shards > static_cast<int64_t>(cores.size())) {
    Refuse(span,
           what + ": a shard grid of " + std::to_string(shard_rows) + " x " + std::to_string(shard_columns) +
               " (rows x columns) does not fit the " + std::to_string(cores.size()) + " cores that may be used",
           "use fewer, larger shards, or more cores", Code::kLayout);
  }
  return {cores.begin(), cores.begin() + shards};
}

// Every core does the blocks whose part of `tensor` lies in its own L1.
Partition OwnBlocks(const PrimFunc& func, const TensorRecord& tensor, const Grid& grid) {
  const std::vector<int64_t> shards = ShardOfBlocks(func, tensor, grid.rows, grid.columns);
  std::vector<std::vector<int64_t>> blocks(tensor.banks.size());
  for (size_t block = 0; block < shards.size(); ++block)
    blocks[static_cast<size_t>(shards[block]) % blocks.size()].push_back(static_cast<int64_t>(block));
  return PartitionByLists(grid.rows, grid.columns, blocks, tensor.banks);
}

bool IsL1Sharded(const TensorRecord& t) { return t.Sharded() && t.memory == "L1" && t.access != "none"; }

// The tensor whose shards decide where blocks are done: an output rather than an input, so that results stay local. The
// others have to be cut alike, or cores could not own theirs.
const TensorRecord* LeadingShards(const std::vector<TensorRecord>& tensors, const Span& span) {
  const TensorRecord* lead = nullptr;
  for (const TensorRecord& t : tensors) {
    if (!IsL1Sharded(t)) continue;
    if (!lead || (lead->access == "in" && t.access != "in")) lead = &t;
  }
  for (const TensorRecord& t : tensors) {
    if (!IsL1Sharded(t) || t.ProjectedGrid() == lead->ProjectedGrid()) continue;
    const auto text = [](const TensorRecord& r) {
      const std::vector<int64_t> grid = r.ProjectedGrid();
      return "`" + r.name + "` (" + std::to_string(grid[0]) + " x " + std::to_string(grid[1]) + ")";
    };
    Refuse(span,
           "L1 sharded buffers " + text(*lead) + " and " + text(t) +
               " differ in their shard grids: no core can own the blocks of both",
           "cut them alike, or annotate_tt_schedule(partition_mode=\"global\") to read the others' shards over the NoC",
           Code::kSchedule);
  }
  return lead;
}

// Every core does the blocks of its shard, as far as the shards are given in blocks.
Partition LocalShards(const UserSchedule& schedule, const Grid& grid, const std::vector<Core>& cores) {
  if (schedule.shard_grid.empty() || schedule.local_shape_tiles.empty()) {
    Refuse(schedule.span, "layout-aware partitioning requires sharded buffer metadata",
           "annotate_tt_layout a tensor as L1 sharded, or give `shard_grid` and `local_shape_tiles`", Code::kLayout);
  }
  const int64_t gy = schedule.shard_grid[0], gx = schedule.shard_grid[1];
  const int64_t sm = schedule.local_shape_tiles[0], sn = schedule.local_shape_tiles[1];
  if (gy * sm < grid.rows || gx * sn < grid.columns) {
    Refuse(schedule.span,
           "annotate_tt_schedule: " + std::to_string(gy) + " x " + std::to_string(gx) + " shards of " +
               std::to_string(sm) + " x " + std::to_string(sn) + " blocks do not cover the grid of " +
               std::to_string(grid.rows) + " x " + std::to_string(grid.columns) + " blocks",
           "use larger shards or more of them", Code::kSchedule);
  }
  const std::vector<Core> owners = ShardCores(gy, gx, cores, schedule.span, "annotate_tt_schedule");
  std::vector<std::vector<int64_t>> blocks(owners.size());
  for (int64_t block = 0; block < grid.rows * grid.columns; ++block) {
    const int64_t shard = block / grid.columns / sm * gx + block % grid.columns / sn;
    blocks[static_cast<size_t>(shard)].push_back(block);
  }
  return PartitionByLists(grid.rows, grid.columns, blocks, owners);
}

// Orders the blocks of each core along `order`.
Partition Ordered(Partition partition, const TileOrder& order) {
  std::vector<std::vector<int64_t>> blocks;
  std::vector<Core> cores;
  for (const CoreWork& work : partition.cores) {
    std::vector<std::pair<int64_t, int64_t>> ranked;
    for (int64_t i = 0; i < work.count; ++i) {
      const int64_t block = partition.BlockAt(work, i);
      ranked.emplace_back(
          RankOf(order, {block / partition.columns, block % partition.columns}, partition.rows, partition.columns),
          block);
    }
    std::sort(ranked.begin(), ranked.end());
    cores.push_back(work.core);
    blocks.emplace_back();
    for (const auto& [rank, block] : ranked) blocks.back().push_back(block);
  }
  return PartitionByLists(partition.rows, partition.columns, blocks, cores);
}

// Shards in L1 ask for work where they lie, unless the user says otherwise.
std::string ModeOf(const UserSchedule& schedule, bool sharded) {
  if (schedule.mode) return *schedule.mode;
  const bool placed = schedule.policy != "contiguous" || (schedule.order && *schedule.order != "match_shard");
  return sharded && !placed && schedule.custom.empty() ? "local_shard" : "global";
}

// Values that there are, and no key that would have no effect beside the others.
void RequireConsistent(const UserSchedule& schedule, const std::string& mode) {
  const std::vector<std::string> modes = {"global", "local_shard"}, policies = {"contiguous", "block_cyclic"};
  if (std::find(modes.begin(), modes.end(), mode) == modes.end())
    Refuse(schedule.span, "annotate_tt_schedule: unknown partition_mode `" + mode + "`" + DidYouMean(mode, modes),
           "use global or local_shard", Code::kSchedule);
  if (std::find(policies.begin(), policies.end(), schedule.policy) == policies.end())
    Refuse(schedule.span,
           "annotate_tt_schedule: unknown policy `" + schedule.policy + "`" + DidYouMean(schedule.policy, policies),
           "use contiguous or block_cyclic; orders such as block_linear(k) go into `order`", Code::kSchedule);
  const bool local = mode == "local_shard", cyclic = schedule.policy == "block_cyclic";
  if (!schedule.custom.empty() && (schedule.order || schedule.mode || cyclic))
    Refuse(schedule.span, "annotate_tt_schedule gives `work_partition` beside an order, a mode or a policy",
           "give `work_partition` alone: it says which block follows which", Code::kSchedule);
  if (schedule.chunk != 1 && !cyclic)
    Refuse(schedule.span, "annotate_tt_schedule gives `chunk`, which the policy `" + schedule.policy + "` has not",
           "add policy=\"block_cyclic\", or leave `chunk` out", Code::kSchedule);
  if (!schedule.shard_grid.empty() && !local)
    Refuse(schedule.span, "annotate_tt_schedule gives `shard_grid`, but cores do not work on shards",
           "add partition_mode=\"local_shard\", or leave `shard_grid` out", Code::kSchedule);
  const bool matched = local ? !schedule.shard_grid.empty() : schedule.order == "match_shard";
  if (!schedule.local_shape_tiles.empty() && !matched)
    Refuse(schedule.span,
           "annotate_tt_schedule gives `local_shape_tiles`, but " +
               std::string(local ? "no `shard_grid`" : "an order that does not match shards"),
           local ? "give both, or neither where a tensor has shards" : "add order=\"match_shard\", or leave it out",
           Code::kSchedule);
}

// Whether which core does which blocks is ours to choose: the user has said nothing, or `global` and nothing else.
bool LeavesCoresOpen(const UserSchedule& schedule) {
  return !schedule.order && schedule.policy == "contiguous" && schedule.grid.empty() && schedule.ranges.empty() &&
         schedule.grid_tiles.empty() && schedule.shard_grid.empty() && schedule.local_shape_tiles.empty() &&
         schedule.custom.empty() && (!schedule.given || schedule.mode);
}

Partition Choose(const PrimFunc& func, const std::vector<TensorRecord>& tensors, const UserSchedule& schedule,
                 const std::string& mode, const Grid& grid, const std::vector<Core>& cores) {
  if (!schedule.custom.empty()) return Custom(schedule, grid, cores);
  if (mode == "local_shard") {
    if (grid.rows * grid.columns > kMaxListed)
      Refuse(schedule.span, "partition_mode local_shard for more than 2^20 blocks", "use larger blocks",
             Code::kSchedule);
    if (schedule.policy != "contiguous")
      Refuse(schedule.span, "annotate_tt_schedule: policy `" + schedule.policy + "` with local_shard",
             "leave the policy out: every core does the blocks of its shard", Code::kSchedule);
    Partition partition;
    const Span& span = schedule.given ? schedule.span : func->span;
    const TensorRecord* lead = schedule.shard_grid.empty() ? LeadingShards(tensors, span) : nullptr;
    if (lead) {
      partition = OwnBlocks(func, *lead, grid);
    } else {
      partition = LocalShards(schedule, grid, cores);
    }
    // The order within a core: the schedule's, or that in which the leading tensor asks to be walked.
    const std::string order = schedule.order                ? *schedule.order
                              : lead && !lead->walk.empty() ? lead->walk
                                                            : "match_shard";
    if (order != "match_shard") partition = Ordered(std::move(partition), OrderOf(order, schedule.span));
    partition.mode = mode;
    return partition;
  }
  std::string text = schedule.order.value_or("row_major");
  if (text == "match_shard") {
    if (schedule.local_shape_tiles.empty())
      Refuse(schedule.span, "annotate_tt_schedule: order `match_shard` without shards to match",
             "write match_shard(rows,columns) in blocks, or use partition_mode=\"local_shard\"", Code::kSchedule);
    text +=
        "(" + std::to_string(schedule.local_shape_tiles[0]) + "," + std::to_string(schedule.local_shape_tiles[1]) + ")";
  }
  const TileOrder order = OrderOf(text, schedule.span);
  return schedule.policy == "block_cyclic" ? PartitionCyclic(grid.rows, grid.columns, order, schedule.chunk, cores)
                                           : PartitionContiguous(grid.rows, grid.columns, order, cores);
}

// Where a tensor is annotated.
Span PlaceOf(const PrimFunc& func, const TensorRecord& tensor) {
  return tensor.span.defined() ? tensor.span : func->span;
}

// The cores that hold the shards of an L1 tensor, in the order of the shards that are not empty.
std::vector<Core> HoldersOf(const TensorRecord& tensor, const std::vector<Core>& cores, const Span& span) {
  const std::vector<int64_t> projected = tensor.ProjectedGrid();
  const std::vector<Core> places = ShardCores(projected[0], projected[1], cores, span, "tensor `" + tensor.name + "`");
  std::vector<int64_t> taken{0};  // places of shards, axis by axis
  for (size_t axis = 0; axis < tensor.shard_grid.size(); ++axis) {
    const int64_t shards = (tensor.tensor_pages[axis] - 1) / tensor.shard_pages[axis] + 1;
    std::vector<int64_t> next;
    for (int64_t place : taken)
      for (int64_t shard = 0; shard < shards; ++shard) next.push_back(place * tensor.shard_grid[axis] + shard);
    taken = std::move(next);
  }
  std::vector<Core> holders;
  for (int64_t place : taken) holders.push_back(places[static_cast<size_t>(place)]);
  return holders;
}

// Whether tile operations depend on numbers out of tensors (ReadDataScalars).
bool DependsOnData(const Stmt& body) {
  bool depends = false;
  PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
    const auto* node = ref.as<AttrStmtNode>();
    depends = depends || (node && AsRiscv(GetRef<Stmt>(node)) && RoleOfRiscv(node) == kEveryRole);
  });
  return depends;
}

// The cores of `partition` where they are a rectangle from (0, 0) on and do equally many blocks, `plane_rows` rows of
// which are a plane of the grid; null otherwise.
std::optional<BlockMap> CoresInStep(const Partition& partition, int64_t plane_rows) {
  const std::vector<CoreWork>& cores = partition.cores;
  const Core& corner = cores.back().core;
  const int64_t width = corner.x + 1, height = corner.y + 1, count = cores.front().count;
  if (width * height == 1 || static_cast<int64_t>(cores.size()) != width * height) return std::nullopt;
  BlockMap map{{width, height}, {0, 0, 0}};
  for (int64_t i = 0; i < count; ++i) {
    const auto at = [&](int64_t x, int64_t y) -> BlockIndex {
      const int64_t block = partition.BlockAt(cores[static_cast<size_t>(y * width + x)], i);
      const int64_t row = block / partition.columns;
      return {block % partition.columns, row % plane_rows, row / plane_rows};
    };
    for (int64_t y = 0; y < height; ++y) {
      for (int64_t x = 0; x < width; ++x) {
        const CoreWork& work = cores[static_cast<size_t>(y * width + x)];
        if (work.core != Core{static_cast<uint16_t>(x), static_cast<uint16_t>(y)} || work.count != count)
          return std::nullopt;
        const BlockIndex mine = at(x, y), first_of_row = at(0, y), first_of_column = at(x, 0);
        for (size_t axis = 0; axis < 3; ++axis) {
          if (mine[axis] != first_of_row[axis]) map.follows[axis] |= kFollowsX;
          if (mine[axis] != first_of_column[axis]) map.follows[axis] |= kFollowsY;
        }
      }
    }
  }
  return map;
}

PrimFunc PartitionWork(PrimFunc func) {
  Target target = TargetOf(func);
  const Chip& chip = ChipOf(target);
  int64_t width = GridOption(target, "grid_x", chip.grid.x), height = GridOption(target, "grid_y", chip.grid.y);
  auto attr_grid = func->GetAttr<Array<Integer>>(attr::kLaunchGrid);
  if (!attr_grid) BrokenContract("B1", "A1 has not run");
  int64_t gx = attr_grid.value()[0]->value, gy = attr_grid.value()[1]->value, gz = attr_grid.value()[2]->value;
  const int64_t blocks = gx * gy * gz;
  if (blocks < 1) Refuse(func->span, "the launch grid is empty", "launch at least one block", Code::kLaunchGrid);
  if (blocks > UINT32_MAX)
    Refuse(func->span, "the launch grid has more than 2^32 blocks", "use larger blocks", Code::kLaunchGrid);

  const UserSchedule schedule = UserScheduleOf(func);
  const Grid grid{gy * gz, gx};
  if (!schedule.grid_tiles.empty() && (schedule.grid_tiles[0] != grid.rows || schedule.grid_tiles[1] != grid.columns)) {
    Refuse(schedule.span,
           "annotate_tt_schedule: `grid_tiles` is [" + std::to_string(schedule.grid_tiles[0]) + ", " +
               std::to_string(schedule.grid_tiles[1]) + "], but the kernel launches " + std::to_string(grid.rows) +
               " x " + std::to_string(grid.columns) + " blocks",
           "leave `grid_tiles` out, or launch that many blocks", Code::kSchedule);
  }
  const std::vector<Core> cores = UsableCores(schedule, width, height);
  std::vector<TensorRecord> tensors = TensorsOf(func);
  const bool sharded = std::any_of(tensors.begin(), tensors.end(), IsL1Sharded);
  const std::string mode = ModeOf(schedule, sharded);
  RequireConsistent(schedule, mode);
  // With a global partition the cores that hold shards need not be those that work.
  const std::vector<Core> holders =
      mode == "local_shard" ? cores : CoresOf({{{0, 0}, static_cast<uint16_t>(width), static_cast<uint16_t>(height)}});
  for (TensorRecord& t : tensors) {
    if (!t.Sharded()) continue;
    if (t.memory == "L1") {
      t.banks = HoldersOf(t, holders, PlaceOf(func, t));
    } else {
      int64_t shards = 1;
      for (size_t axis = 0; axis < t.shard_pages.size(); ++axis)
        shards *= (t.tensor_pages[axis] - 1) / t.shard_pages[axis] + 1;
      for (int64_t bank = 0; bank < std::min<int64_t>(shards, chip.dram_banks); ++bank)
        t.banks.push_back({static_cast<uint16_t>(bank), 0});
    }
    func = WithAttr(std::move(func), attr::kBufferPrefix + t.name, ToMap(t));
  }
  std::optional<Placement> placement;
  // A core that waits for its turn cannot feed others; nor can cores whose data tell them to read different things.
  const bool apart = func->attrs->dict.count(attr::kTurns) > 0 || DependsOnData(func->body);
  if (LeavesCoresOpen(schedule) && mode == "global" && !apart)
    placement = PlaceBlocks(func->body, {gx, gy, gz}, target, {width, height});
  if (placement && placement->shared) {
    const BlockIndex& per_core = placement->blocks_per_core;
    const Core& corner = placement->partition.cores.back().core;
    func = WithAttr(std::move(func), attr::kBlockMap,
                    Map<String, Any>{{"cores", ToInts({corner.x + 1, corner.y + 1})},
                                     {"blocks", ToInts({per_core[0], per_core[1], per_core[2]})}});
    func = WithAttr(std::move(func), attr::kLaunchGrid,
                    ToInts({placement->grid[0], placement->grid[1], placement->grid[2]}));
  }
  const Partition partition = placement ? placement->partition : Choose(func, tensors, schedule, mode, grid, cores);
  if (mode == "local_shard" && !apart && OptionOf(target, "multicast")) {
    if (const std::optional<BlockMap> map = CoresInStep(partition, gy)) func = WithBlockMap(std::move(func), *map);
  }
  for (TensorRecord& t : tensors) {
    if (partition.mode != "local_shard" || !BlocksFollowShards(func, t, partition)) continue;
    t.in_place = true;
    func = WithAttr(std::move(func), attr::kBufferPrefix + t.name, ToMap(t));
  }
  for (const TensorRecord& t : tensors) {
    if (t.halo_before.empty() || t.access == "none") continue;
    if (partition.mode != "local_shard")
      Refuse(PlaceOf(func, t),
             "Halo metadata not supported for " + t.name + " with partition_mode " + partition.mode +
                 ": cores do not work on their own shards",
             "leave `halo` out, or use local_shard", Code::kSchedule);
    RequireHalo(func, t, partition, PlaceOf(func, t));
  }
  if (partition.NeedsTable()) {
    int64_t most = 0;
    for (const CoreWork& work : partition.cores) most = std::max(most, work.count);
    if (most > kMaxTable) {
      Refuse(schedule.span,
             "order " + partition.OrderName() + " gives a core " + std::to_string(most) +
                 " blocks, whose numbers are runtime arguments: a kernel can have " + std::to_string(kMaxTable),
             "use larger blocks, or block_linear(k), which is computed", Code::kNoRoom);
    }
  }
  if (partition.mode == "local_shard") {
    const TensorRecord* lead = schedule.shard_grid.empty() ? LeadingShards(tensors, func->span) : nullptr;
    const auto local =
        lead ? std::vector<int64_t>(lead->shard_pages.end() - 2, lead->shard_pages.end()) : schedule.local_shape_tiles;
    func = WithAttr(std::move(func), attr::kShardGrid, ToInts(lead ? lead->ProjectedGrid() : schedule.shard_grid));
    func = WithAttr(std::move(func), attr::kLocalShapeTiles, ToInts(local));
  }
  func = WithAttr(std::move(func), attr::kCoreGrid, ToInts({width, height}));
  func = WithWork(std::move(func), partition);
  return WithAttr(std::move(func), attr::kRuntimeConstants,
                  Map<String, Any>{{"Mt", Integer(partition.rows)}, {"Nt", Integer(partition.columns)}});
}

}  // namespace

Pass LayoutAwareWorkPartition() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return PartitionWork(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.LayoutAwareWorkPartition", {});
}

}  // namespace tltt::compiler

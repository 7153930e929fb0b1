#include "tltt/partition.h"

#include <algorithm>

namespace tltt {
namespace {

// The lists as contiguous runs of `order`, if they are that.
std::optional<std::vector<CoreWork>> AsRuns(const Partition& partition, const TileOrder& order) {
  std::vector<CoreWork> runs;
  for (const CoreWork& work : partition.cores) {
    CoreWork run{work.core, 0, work.count, {}};
    for (int64_t i = 0; i < work.count; ++i) {
      const int64_t block = work.blocks[static_cast<size_t>(i)];
      const int64_t rank =
          RankOf(order, {block / partition.columns, block % partition.columns}, partition.rows, partition.columns);
      if (i == 0) run.start = rank;
      if (rank != run.start + i) return std::nullopt;
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

// The rectangle that a list of blocks fills row by row, if it does.
std::optional<TileOrder> Rectangle(const CoreWork& work, int64_t columns) {
  int64_t width = 1;
  const std::vector<int64_t>& blocks = work.blocks;
  while (width < work.count && blocks[static_cast<size_t>(width)] == blocks[0] + width) ++width;
  if (work.count % width != 0 || blocks[0] % columns + width > columns) return std::nullopt;
  return TileOrder{TileOrder::Kind::kMatchShard, work.count / width, width};
}

}  // namespace

int64_t Partition::BlockAt(const CoreWork& work, int64_t i) const {
  if (!order) return work.blocks[static_cast<size_t>(i)];
  const int64_t rank = work.start + (chunk ? i / chunk * stride + i % chunk : i);
  const TilePosition at = TileAt(*order, rank, rows, columns);
  return at.m * columns + at.n;
}

bool Partition::NeedsTable() const {
  return !order || order->kind == TileOrder::Kind::kZOrder || order->kind == TileOrder::Kind::kHilbert;
}

std::vector<WorkItem> Partition::Items(const CoreWork& work) const {
  const auto item = [&](int64_t rank, int64_t count, const TileOrder& along) {
    const TilePosition at = TileAt(along, rank, rows, columns);
    WorkItem out;
    out.io = at.m, out.jo = at.n, out.count = count;
    out.tile_order = TileOrderName(along);
    return out;
  };
  std::vector<WorkItem> items;
  if (order) {
    items.push_back(item(work.start, work.count, *order));
    if (chunk && work.count > chunk) items.back().chunk = chunk, items.back().stride = stride;
    return items;
  }
  for (size_t i = 0; i < work.blocks.size();) {
    size_t end = i + 1;
    while (end < work.blocks.size() && work.blocks[end] == work.blocks[end - 1] + 1) ++end;
    items.push_back(item(work.blocks[i], static_cast<int64_t>(end - i), TileOrder{}));
    i = end;
  }
  return items;
}

Partition PartitionContiguous(int64_t rows, int64_t columns, const TileOrder& order, const std::vector<Core>& cores) {
  Partition partition{.rows = rows, .columns = columns, .order = order};
  const auto runs = SplitContiguous(rows * columns, static_cast<int64_t>(cores.size()));
  for (size_t i = 0; i < cores.size(); ++i) {
    if (runs[i].count > 0) partition.cores.push_back({cores[i], runs[i].start, runs[i].count, {}});
  }
  return partition;
}

Partition PartitionCyclic(int64_t rows, int64_t columns, const TileOrder& order, int64_t chunk,
                          const std::vector<Core>& cores) {
  if (chunk < 1 || cores.empty()) throw std::invalid_argument("PartitionCyclic needs chunk >= 1 and cores");
  const int64_t total = rows * columns;
  const auto count = static_cast<int64_t>(cores.size());
  Partition partition{.rows = rows, .columns = columns, .order = order, .chunk = chunk, .stride = chunk * count};
  for (int64_t i = 0; i < count; ++i) {
    const int64_t full = total / partition.stride, rest = total % partition.stride;
    const int64_t mine = full * chunk + std::clamp<int64_t>(rest - i * chunk, 0, chunk);
    if (mine > 0) partition.cores.push_back({cores[static_cast<size_t>(i)], i * chunk, mine, {}});
  }
  return partition;
}

Partition PartitionByLists(int64_t rows, int64_t columns, const std::vector<std::vector<int64_t>>& blocks,
                           const std::vector<Core>& cores) {
  if (blocks.size() != cores.size()) throw std::invalid_argument("PartitionByLists needs a list for every core");
  Partition partition{.rows = rows, .columns = columns, .order = std::nullopt};
  for (size_t i = 0; i < cores.size(); ++i) {
    if (blocks[i].empty()) continue;
    partition.cores.push_back({cores[i], 0, static_cast<int64_t>(blocks[i].size()), blocks[i]});
  }
  if (partition.cores.empty()) return partition;
  std::vector<TileOrder> candidates{{TileOrder::Kind::kRowMajor}};
  if (const auto shard = Rectangle(partition.cores.front(), columns)) candidates.push_back(*shard);
  candidates.push_back({TileOrder::Kind::kColumnMajor});
  for (const TileOrder& order : candidates) {
    if (auto runs = AsRuns(partition, order)) {
      partition.order = order;
      partition.cores = std::move(*runs);
      break;
    }
  }
  return partition;
}

std::vector<Core> CoresOf(const std::vector<CoreRange>& ranges) {
  std::vector<Core> cores;
  for (const CoreRange& range : ranges) {
    for (uint16_t y = 0; y < range.height; ++y) {
      for (uint16_t x = 0; x < range.width; ++x) {
        cores.push_back({static_cast<uint16_t>(range.start.x + x), static_cast<uint16_t>(range.start.y + y)});
      }
    }
  }
  return cores;
}

std::vector<CoreRange> RangesOf(std::vector<Core> cores) {
  std::sort(cores.begin(), cores.end(), [](Core a, Core b) { return std::pair(a.y, a.x) < std::pair(b.y, b.x); });
  std::vector<CoreRange> ranges;
  for (size_t i = 0; i < cores.size();) {
    size_t end = i + 1;
    while (end < cores.size() && cores[end].y == cores[i].y && cores[end].x == cores[end - 1].x + 1) ++end;
    const auto width = static_cast<uint16_t>(end - i);
    // A run continues the rectangle that ends right above it.
    const auto above = std::find_if(ranges.begin(), ranges.end(), [&](const CoreRange& r) {
      return r.start.x == cores[i].x && r.width == width && r.start.y + r.height == cores[i].y;
    });
    if (above != ranges.end()) {
      ++above->height;
    } else {
      ranges.push_back({cores[i], width, 1});
    }
    i = end;
  }
  return ranges;
}

}  // namespace tltt

// Every block of the grid is done exactly once, without listing the blocks where runs say enough.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "plan_keys.h"
#include "plan_parse.h"
#include "tltt/tile_order.h"

namespace tltt {
namespace {

// Blocks that may be looked at one by one, where runs of different orders have to be compared.
constexpr int64_t kExpansionLimit = int64_t{1} << 24;

struct Run {
  int64_t start = 0, count = 0;
  Core core;
  int64_t chunk = 0, stride = 0;  // of a block-cyclic run; 0: consecutive

  int64_t RankAt(int64_t i) const { return start + (chunk ? i / chunk * stride + i % chunk : i); }
};

std::string Block(const TilePosition& tile) { return fmt::format("(io {}, jo {})", tile.m, tile.n); }

void CheckPoints(const WorkPartition& work, Problems& problems) {
  std::set<std::pair<int64_t, int64_t>> seen;
  for (const auto& [core, items] : work.items) {
    for (const WorkItem& item : items) {
      if (item.count != 1) {
        problems.Add(fmt::format("work_partition {} has a run of {} blocks, but the plan has no grid", CoreKey(core),
                                 item.count));
        return;
      }
      if (!seen.emplace(item.io, item.jo).second) {
        problems.Add("work_partition covers block " + Block({item.io, item.jo}) + " more than once");
      }
    }
  }
}

// All runs are in `order`: sorted by rank they have to meet end to start.
void CheckRuns(std::vector<Run> runs, const TileOrder& order, int64_t mt, int64_t nt, Problems& problems) {
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.start < b.start; });
  int64_t next = 0;
  Core previous;
  const auto missing = [&](int64_t end) {
    problems.Add(fmt::format("work_partition leaves {} block(s) uncovered, the first is {}", end - next,
                             Block(TileAt(order, next, mt, nt))));
  };
  for (const Run& run : runs) {
    if (run.start > next) missing(run.start);
    if (run.start < next) {
      problems.Add(fmt::format("work_partition covers block {} more than once: cores {} and {}",
                               Block(TileAt(order, run.start, mt, nt)), CoreKey(previous), CoreKey(run.core)));
    }
    if (run.start + run.count > next) {
      next = run.start + run.count;
      previous = run.core;
    }
  }
  if (next < mt * nt) missing(mt * nt);
}

void CheckMixed(const std::map<std::string, std::vector<Run>>& runs_by_order, int64_t mt, int64_t nt,
                Problems& problems) {
  int64_t listed = 0;
  for (const auto& [name, runs] : runs_by_order) {
    for (const Run& run : runs) listed += std::min(run.count, kExpansionLimit);
    listed = std::min(listed, kExpansionLimit + 1);
  }
  if (mt * nt > kExpansionLimit || listed > kExpansionLimit) {
    problems.Add(fmt::format(
        "work_partition mixes tile orders or is block-cyclic; its coverage can be checked up to {} blocks only",
        kExpansionLimit));
    return;
  }
  std::vector<bool> covered(static_cast<size_t>(mt * nt));
  int64_t count = 0;
  for (const auto& [name, runs] : runs_by_order) {
    const TileOrder order = *ParseTileOrder(name);
    for (const Run& run : runs) {
      for (int64_t i = 0; i < run.count; ++i) {
        const TilePosition tile = TileAt(order, run.RankAt(i), mt, nt);
        auto bit = covered[static_cast<size_t>(tile.m * nt + tile.n)];
        if (bit) {
          problems.Add("work_partition covers block " + Block(tile) + " more than once");
          return;
        }
        bit = true;
        ++count;
      }
    }
  }
  if (count == mt * nt) return;
  const auto gap = std::find(covered.begin(), covered.end(), false) - covered.begin();
  problems.Add(fmt::format("work_partition leaves {} block(s) uncovered, the first is {}", mt * nt - count,
                           Block({gap / nt, gap % nt})));
}

}  // namespace

void CheckCoverage(const WorkPartition& work, Problems& problems) {
  if (work.grid_blocks.empty()) {
    CheckPoints(work, problems);
    return;
  }
  const int64_t nt = work.grid_blocks[0];
  int64_t mt = 1;
  for (size_t axis = 1; axis < work.grid_blocks.size(); ++axis) mt *= work.grid_blocks[axis];
  std::map<std::string, std::vector<Run>> runs_by_order;
  bool comparable = true, cyclic = false;
  for (const auto& [core, items] : work.items) {
    for (const WorkItem& item : items) {
      auto order = ParseTileOrder(item.tile_order.empty() ? "row_major" : item.tile_order);
      // A single block stands where it stands in any order, also in one whose geometry the plan does not give.
      if (!order && item.count == 1) order = TileOrder{};
      if (!order) {
        problems.Add(fmt::format("work_partition {} has a run in \"{}\", which fixes no order of blocks", CoreKey(core),
                                 item.tile_order));
        comparable = false;
        continue;
      }
      if (item.io >= mt || item.jo >= nt) {
        problems.Add(fmt::format("work_partition {} has block {} outside the grid of {} x {} blocks", CoreKey(core),
                                 Block({item.io, item.jo}), mt, nt));
        comparable = false;
        continue;
      }
      const Run run{RankOf(*order, {item.io, item.jo}, mt, nt), item.count, core, item.chunk, item.stride};
      const int64_t turns = run.chunk ? (run.count - 1) / run.chunk : 0;
      if (run.count > mt * nt - run.start || (turns > 0 && run.stride > mt * nt / turns) ||
          run.RankAt(run.count - 1) >= mt * nt) {
        problems.Add(fmt::format("work_partition {} has a run of {} blocks from {} on, beyond the end of the grid",
                                 CoreKey(core), item.count, Block({item.io, item.jo})));
        comparable = false;
        continue;
      }
      cyclic = cyclic || run.chunk;
      runs_by_order[TileOrderName(*order)].push_back(run);
    }
  }
  if (!comparable) return;
  if (runs_by_order.size() <= 1 && !cyclic) {
    const bool none = runs_by_order.empty();
    CheckRuns(none ? std::vector<Run>{} : runs_by_order.begin()->second,
              none ? TileOrder{} : *ParseTileOrder(runs_by_order.begin()->first), mt, nt, problems);
  } else {
    CheckMixed(runs_by_order, mt, nt, problems);
  }
}

}  // namespace tltt

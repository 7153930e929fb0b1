// What users annotate with annotate_tt_layout and annotate_tt_schedule: attributes tt.user_layout (one map per tensor)
// and tt.user_schedule, read into structures. Unknown keys, wrong types and unknown tensors are refused with the line
// of the annotation and the nearest known name.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ir/tvm.h"
#include "tltt/partition.h"

namespace tltt::compiler {

// Keys of an annotation's map that the Python helpers add beside the user's.
inline constexpr char kAnnotationLine[] = "line";  // "file:line" of the call

struct NdShard {
  std::vector<std::string> axes;     // one name for each axis of the tensor, or "M" and "N" alone
  std::vector<int64_t> grid;         // shards along each
  std::vector<int64_t> shard_shape;  // elements along each; empty: the extent over the grid, rounded up to tiles
  std::string order = "row_major";   // a hint for traversal
  bool align_tiles = true;
};

struct UserLayout {
  Span span;
  std::string memory = "DRAM", layout = "interleaved";
  std::optional<NdShard> nd_shard;
  std::vector<int64_t> tile_shape = {kTileHeight, kTileWidth};
  std::string data_format;  // "" : the dtype's own
  int64_t cb_depth = 0;     // 0: chosen by the compiler
  // By axis of nd_shard: elements that blocks may reach before and behind the shard of their core.
  std::map<std::string, std::pair<int64_t, int64_t>> halo;
};

// One run of a custom partition, as the plan's work items have it.
struct UserRun {
  Core core;
  WorkItem item;
};

struct UserSchedule {
  Span span;
  bool given = false;
  std::optional<std::string> mode;   // "global", "local_shard"
  std::optional<std::string> order;  // "z_order", ...; "match_shard" without extents takes them from the shards
  std::string policy = "contiguous";
  int64_t chunk = 1;
  std::vector<int64_t> grid;                           // [columns, rows] of cores to use
  std::vector<CoreRange> ranges;                       // cores to use, in this order
  std::vector<int64_t> grid_tiles;                     // [Mt, Nt]: has to agree with the launch grid
  std::vector<int64_t> shard_grid, local_shape_tiles;  // [Gy, Gx], [Sm, Sn] in blocks, where no tensor gives them
  std::vector<UserRun> custom;
};

// By tensor; `tensors` are the names that may be annotated.
std::map<std::string, UserLayout> UserLayoutsOf(const PrimFunc& func, const std::vector<std::string>& tensors);
UserSchedule UserScheduleOf(const PrimFunc& func);

// "; did you mean `x`?" for the candidate nearest to `word`, or "" when none is near.
std::string DidYouMean(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace tltt::compiler

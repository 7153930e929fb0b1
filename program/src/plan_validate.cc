// The canonical keys of tt.plan.json, and ValidatePlan.
#include <fmt/format.h>

#include "json_node.h"
#include "plan_keys.h"
#include "plan_parse.h"
#include "tltt/plan.h"
#include "tltt/tile_order.h"

namespace tltt {
namespace {

constexpr int64_t kMaxCoreGrid = 256;             // cores along one axis; beyond any chip
constexpr int64_t kMaxBlocks = int64_t{1} << 53;  // blocks of a grid; exact in every JSON reader
constexpr int64_t kMaxExtent = int64_t{1} << 40;

bool IsIntegerIn(const Json& value, int64_t minimum, int64_t maximum) {
  if (!value.is_number_integer()) return false;
  if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(maximum)) return false;
  const int64_t number = value.get<int64_t>();
  return number >= minimum && number <= maximum;
}

bool IsIntegerPair(const Json& value) {
  return value.is_array() && value.size() == 2 && value[0].is_number_integer() && value[1].is_number_integer();
}

void CheckVersions(const Json& plan, Problems& problems) {
  if (plan.contains("schema_version")) {
    const Json& version = plan["schema_version"];
    if (!version.is_number_integer()) {
      problems.Add("schema_version must be an integer");
    } else if (!IsIntegerIn(version, 1, INT64_MAX)) {
      problems.Add("schema_version must be >= 1");
    } else if (version.get<int64_t>() > kSchemaVersion) {
      problems.Add(
          fmt::format("schema_version {} is newer than the supported {}", version.get<int64_t>(), kSchemaVersion));
    }
  }
  if (plan.contains("backend_version") && !plan["backend_version"].is_string()) {
    problems.Add("backend_version must be a string when present");
  }
}

bool ParseCoreGrid(const Json& value, Core& grid, Problems& problems) {
  if (!IsIntegerPair(value)) {
    problems.Add("core_grid must be a list of 2 integers");
    return false;
  }
  if (!IsIntegerIn(value[0], 1, kMaxCoreGrid) || !IsIntegerIn(value[1], 1, kMaxCoreGrid)) {
    problems.Add(fmt::format("core_grid must be from 1 to {} cores each way", kMaxCoreGrid));
    return false;
  }
  grid = {value[0].get<uint16_t>(), value[1].get<uint16_t>()};
  return true;
}

void ParseCoreRanges(const Json& list, std::optional<Core> grid, CanonicalPlan& plan, Problems& problems) {
  if (!list.is_array()) {
    problems.Add("core_ranges must be a list");
    return;
  }
  std::map<Core, size_t> owner;
  for (size_t i = 0; i < list.size(); ++i) {
    const Json& range = list[i];
    const std::string name = fmt::format("core_ranges[{}]", i);
    if (!range.is_object() || !range.contains("start") || !range.contains("extent")) {
      problems.Add(name + " missing start or extent");
      continue;
    }
    const Json &start = range["start"], &extent = range["extent"];
    if (!IsIntegerPair(start) || !IsIntegerPair(extent)) {
      problems.Add(name + " start and extent must be lists of 2 integers");
      continue;
    }
    if (!IsIntegerIn(start[0], 0, INT64_MAX) || !IsIntegerIn(start[1], 0, INT64_MAX)) {
      // An unsigned number beyond 63 bits is not negative, but no core either.
      const bool negative = (!start[0].is_number_unsigned() && start[0].get<int64_t>() < 0) ||
                            (!start[1].is_number_unsigned() && start[1].get<int64_t>() < 0);
      problems.Add(name + (negative ? " has negative start" : " exceeds grid bounds"));
      continue;
    }
    if (!IsIntegerIn(extent[0], 1, INT64_MAX) || !IsIntegerIn(extent[1], 1, INT64_MAX)) {
      problems.Add(name + " extent must be positive");
      continue;
    }
    const Core limit = grid.value_or(Core{kMaxCoreGrid, kMaxCoreGrid});
    const auto inside = [](const Json& first, const Json& length, int64_t size) {
      return IsIntegerIn(first, 0, size - 1) && IsIntegerIn(length, 1, size - first.get<int64_t>());
    };
    if (!inside(start[0], extent[0], limit.x) || !inside(start[1], extent[1], limit.y)) {
      problems.Add(name + " exceeds grid bounds");
      continue;
    }
    const CoreRange parsed{
        {start[0].get<uint16_t>(), start[1].get<uint16_t>()}, extent[0].get<uint16_t>(), extent[1].get<uint16_t>()};
    const auto overlap = [&]() -> std::optional<size_t> {
      for (uint16_t y = 0; y < parsed.height; ++y) {
        for (uint16_t x = 0; x < parsed.width; ++x) {
          const Core core{static_cast<uint16_t>(parsed.start.x + x), static_cast<uint16_t>(parsed.start.y + y)};
          const auto [known, added] = owner.emplace(core, i);
          if (!added) return known->second;
        }
      }
      return std::nullopt;
    }();
    if (overlap) problems.Add(fmt::format("{} overlaps core_ranges[{}]", name, *overlap));
    plan.core_ranges.push_back(parsed);
  }
}

WorkItem ParseItem(const JsonNode& node) {
  node.OnlyKeys({"io", "jo", "count", "chunk", "stride", "len_k", "tile_order"});
  WorkItem item;
  item.io = node["io"].Integer(0, kMaxExtent);
  item.jo = node["jo"].Integer(0, kMaxExtent);
  if (node.Has("count")) item.count = node["count"].Integer(1, kMaxBlocks);
  if (node.Has("chunk") || node.Has("stride")) {
    item.chunk = node["chunk"].Integer(1, kMaxBlocks);
    item.stride = node["stride"].Integer(1, kMaxBlocks);
    if (item.stride < item.chunk) node["stride"].Fail("must not be smaller than chunk");
  }
  if (node.Has("len_k") && !node.IsNull("len_k")) item.len_k = node["len_k"].Integer(0, kMaxExtent);
  if (node.Has("tile_order") && !node.IsNull("tile_order")) {
    item.tile_order = node["tile_order"].Text();
    if (!item.tile_order.empty() && item.tile_order != "match_shard" && !ParseTileOrder(item.tile_order)) {
      node["tile_order"].Fail(
          "must be row_major, column_major, match_shard, match_shard(rows,columns), block_linear(k), z_order or "
          "hilbert");
    }
  }
  return item;
}

void ParsePartition(const Json& partition, CanonicalPlan& plan, Problems& problems) {
  if (!partition.is_object()) {
    problems.Add("work_partition must be an object");
    return;
  }
  for (const auto& [key, list] : partition.items()) {
    const auto core = ParseCoreKey(key);
    if (!core) {
      problems.Add("Invalid work_partition key format: " + key);
      continue;
    }
    bool launched = false;
    for (const CoreRange& range : plan.core_ranges) launched = launched || range.Contains(*core);
    if (!launched) problems.Add(fmt::format("work_partition key {} lies in no core range", key));
    const auto [items, added] = plan.work.items.emplace(*core, std::vector<WorkItem>());
    if (!added) problems.Add(fmt::format("work_partition names core {} more than once", CoreKey(*core)));
    JsonNode(&list, "work_partition" + key, &problems).ForEach([&items = items->second](const JsonNode& node) {
      items.push_back(ParseItem(node));
    });
  }
}

void CheckLayouts(const Json& layouts, Problems& problems) {
  JsonNode(&layouts, "layouts", &problems).ForEachMember([](const std::string&, const JsonNode& layout) {
    for (const char* key : {"memory", "shard"}) {
      if (layout.Has(key)) layout[key].OneOf(kMemories);
    }
    layout.ForEachMember([](const std::string&, const JsonNode&) {});
  });
}

// The grid of blocks: the legacy block, which is the only place that a plan without `program` has for it.
void ParseBlockGrid(const Json& plan, WorkPartition& work, Problems& problems) {
  const JsonNode grid(&plan["grid"], "grid", &problems);
  const int64_t x = grid["x"].Integer(1, kMaxExtent), y = grid["y"].Integer(1, kMaxExtent);
  const int64_t z = grid.Has("z") ? grid["z"].Integer(1, kMaxExtent) : 1;
  if (!problems.empty()) return;
  if (x > kMaxBlocks / y || x * y > kMaxBlocks / z) {
    grid.Fail(fmt::format("has more than {} blocks", kMaxBlocks));
    return;
  }
  if (grid["total_tiles"].Integer(1, kMaxBlocks) != x * y * z)
    grid["total_tiles"].Fail("is not the product of the extents");
  work.grid_blocks = {x, y};
  if (grid.Has("z")) work.grid_blocks.push_back(z);
}

}  // namespace

CanonicalPlan ParseCanonical(const Json& plan, Problems& problems) {
  CanonicalPlan canonical;
  if (!plan.is_object()) {
    problems.Add("tt.plan.json must be an object");
    return canonical;
  }
  for (const char* field : {"core_grid", "core_ranges", "work_partition", "layouts", "schema_version"}) {
    if (!plan.contains(field)) problems.Add(fmt::format("Missing required field: {}", field));
  }
  CheckVersions(plan, problems);
  const bool grid_known = plan.contains("core_grid") && ParseCoreGrid(plan["core_grid"], canonical.grid, problems);
  if (plan.contains("core_ranges")) {
    ParseCoreRanges(plan["core_ranges"], grid_known ? std::optional(canonical.grid) : std::nullopt, canonical,
                    problems);
  }
  if (plan.contains("work_partition")) ParsePartition(plan["work_partition"], canonical, problems);
  if (plan.contains("layouts")) CheckLayouts(plan["layouts"], problems);
  if (plan.contains("grid")) ParseBlockGrid(plan, canonical.work, problems);
  if (problems.empty()) CheckCoverage(canonical.work, problems);
  return canonical;
}

std::vector<std::string> ValidatePlan(const std::string& json) {
  Problems problems;
  try {
    if (const auto plan = ParseJson(json, problems)) {
      const CanonicalPlan canonical = ParseCanonical(*plan, problems);
      if (problems.empty() && plan->contains("program")) ParseProgram(*plan, canonical, problems);
    }
  } catch (const std::exception& error) {
    problems.Add(fmt::format("tt.plan.json can't be checked: {}", error.what()));
  }
  return problems.Take();
}

}  // namespace tltt

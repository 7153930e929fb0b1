// Program -> tt.plan.json.
#include <algorithm>

#include "json_text.h"
#include "host_source.h"
#include "plan_keys.h"
#include "plan_parse.h"
#include "tltt/plan.h"
#include "tltt/shards.h"
#include "tltt/tile_order.h"

namespace tltt {
namespace {

// The entries of a table by core, row by row: the order of core ids.
template <typename Value>
std::vector<std::pair<Core, const Value*>> ByRows(const std::map<Core, Value>& table) {
  std::vector<std::pair<Core, const Value*>> entries;
  for (const auto& [core, value] : table) entries.emplace_back(core, &value);
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.y, a.first.x) < std::pair(b.first.y, b.first.x);
  });
  return entries;
}

Json RangesJson(const std::vector<CoreRange>& ranges) {
  Json list = Json::array();
  for (const CoreRange& range : ranges) {
    list.push_back({{"start", {range.start.x, range.start.y}}, {"extent", {range.width, range.height}}});
  }
  return list;
}

Json ItemJson(const WorkItem& item) {
  Json json = {{"io", item.io}, {"jo", item.jo}};
  if (item.count != 1) json["count"] = item.count;
  if (item.chunk) json["chunk"] = item.chunk, json["stride"] = item.stride;
  if (item.len_k) json["len_k"] = *item.len_k;
  if (!item.tile_order.empty()) json["tile_order"] = item.tile_order;
  return json;
}

Json PartitionJson(const WorkPartition& work) {
  Json partition = Json::object();
  for (const auto& [core, items] : ByRows(work.items)) {
    Json list = Json::array();
    for (const WorkItem& item : *items) list.push_back(ItemJson(item));
    partition[CoreKey(core)] = std::move(list);
  }
  return partition;
}

// The tensor's elements with those that fill its tiles up: rows and columns in whole tiles, a vector as the first row
// of tiles of its own.
std::vector<int64_t> PaddedShape(const Tensor& tensor) {
  std::vector<int64_t> shape = tensor.shape;
  if (tensor.vector > 0) {
    const int64_t rows = tensor.vector / kTileWidth;
    if (rows % kTileHeight != 0)
      shape.back() = shape.back() / rows * ((rows + kTileHeight - 1) / kTileHeight * kTileHeight);
    return shape;
  }
  const int rank = static_cast<int>(shape.size());
  int row = rank >= 2 ? rank - 2 : -1, col = rank - 1;
  if (tensor.tile_axes.size() == 2) row = tensor.tile_axes[0], col = tensor.tile_axes[1];
  const auto whole = [&](int axis, int64_t tile) {
    int64_t& extent = shape[static_cast<size_t>(axis)];
    extent = (extent + tile - 1) / tile * tile;
  };
  if (col >= 0) whole(col, kTileWidth);
  if (row >= 0) {
    whole(row, kTileHeight);
  } else {
    shape.insert(shape.begin() + std::max(col, 0), kTileHeight);
    if (col < 0) shape.push_back(kTileWidth);
  }
  return shape;
}

Json LayoutsJson(const std::vector<Tensor>& tensors) {
  Json layouts = Json::object();
  for (const Tensor& tensor : tensors) {
    const char* memory = NameIn(kMemories, tensor.memory);
    const bool sharded = tensor.shards.has_value();
    Json layout = {{"memory", memory},
                   {"layout", sharded ? "sharded" : "interleaved"},
                   {"shard", memory},
                   {"interleave", !sharded}};
    if (tensor.layout == TensorLayout::kTile) {
      layout["tile_shape"] = {kTileHeight, kTileWidth};
      layout["tile_id_order"] = sharded ? "match_shard" : "row_major";
      const std::vector<int64_t> padded = PaddedShape(tensor);
      layout["needs_padding"] = padded != tensor.shape;
      if (padded != tensor.shape) layout["padded_shape"] = padded;
    }
    if (sharded) {
      layout["nd_shard"] = {{"grid", ShardGrid(*tensor.shards)}, {"shard_shape_pages", tensor.shards->shard_pages}};
    }
    layout["dtype"] = tensor.dtype;
    layout["data_format"] = DataFormatName(tensor.format);
    layouts[tensor.name] = std::move(layout);
  }
  return layouts;
}

int64_t BlockExtent(const WorkPartition& work, size_t axis) {
  return axis < work.grid_blocks.size() ? work.grid_blocks[axis] : 1;
}

Json GridJson(const WorkPartition& work) {
  const int64_t x = BlockExtent(work, 0), y = BlockExtent(work, 1), z = BlockExtent(work, 2);
  Json grid = {{"x", x}, {"y", y}};
  if (work.grid_blocks.size() > 2) grid["z"] = z;
  grid["total_tiles"] = x * y * z;
  return grid;
}

// The legacy view of the partition: every run by its first linear id in its own order.
Json CoresJson(const Program& program) {
  const WorkPartition& work = program.work;
  const int64_t nt = BlockExtent(work, 0), mt = BlockExtent(work, 1) * BlockExtent(work, 2);
  Json assignments = Json::array();
  for (const auto& [core, items] : ByRows(work.items)) {
    for (const WorkItem& item : *items) {
      const TileOrder order = ParseTileOrder(item.tile_order).value_or(TileOrder{});
      assignments.push_back({{"core_id", core.y * program.grid.x + core.x},
                             {"start_tile", RankOf(order, {item.io, item.jo}, mt, nt)},
                             {"count", item.count}});
    }
  }
  size_t launched = 0;
  for (const CoreRange& range : program.core_ranges) launched += size_t{range.width} * range.height;
  return {{"num_cores", launched}, {"topology", "grid"}, {"assignments", std::move(assignments)}};
}

Json ComputeJson(const ComputeConfig& compute) {
  return {{"math_fidelity", NameIn(kFidelities, compute.math_fidelity)},
          {"fp32_dest_acc_en", compute.fp32_dest_acc_en},
          {"dst_full_sync_en", compute.dst_full_sync_en},
          {"math_approx_mode", compute.math_approx_mode},
          {"unpack_to_dest_fp32", compute.unpack_to_dest_fp32}};
}

// Tables of per-core rows, each written once however many kernels use it.
class CoreArgTables {
 public:
  size_t IndexOf(const std::map<Core, std::vector<uint32_t>>& table) {
    const auto found = std::find_if(tables_.begin(), tables_.end(), [&](const auto* known) { return *known == table; });
    if (found != tables_.end()) return static_cast<size_t>(found - tables_.begin());
    tables_.push_back(&table);
    return tables_.size() - 1;
  }

  Json ToJson() const {
    Json list = Json::array();
    for (const auto* table : tables_) {
      Json rows = Json::object();
      for (const auto& [core, row] : ByRows(*table)) rows[CoreKey(core)] = *row;
      list.push_back(std::move(rows));
    }
    return list;
  }

 private:
  std::vector<const std::map<Core, std::vector<uint32_t>>*> tables_;
};

Json KernelJson(const Kernel& kernel, CoreArgTables& tables) {
  Json json = {{"name", kernel.name}, {"role", NameIn(kRoles, kernel.role)}, {"path", kernel.path}};
  json["cores"] = RangesJson(kernel.cores);
  json["compile_time_args"] = kernel.compile_time_args;
  if (!kernel.accessors.empty()) json["accessors"] = kernel.accessors;
  json["named_compile_time_args"] = Json::object();
  for (const auto& [name, value] : kernel.named_compile_time_args) json["named_compile_time_args"][name] = value;
  json["defines"] = Json::object();
  for (const auto& [name, value] : kernel.defines) json["defines"][name] = value;
  json["args"] = Json::array();
  for (const RuntimeArg& arg : kernel.args) {
    json["args"].push_back({{"name", arg.name}, {"kind", NameIn(kArgKinds, arg.kind)}, {"value", arg.value}});
  }
  json["common_args"] = kernel.common_args;
  if (!kernel.core_args.empty()) json["core_args"] = tables.IndexOf(kernel.core_args);
  if (kernel.role == Role::kCompute) json["compute"] = ComputeJson(kernel.compute);
  for (const LineOrigin& o : kernel.origins) json["origins"].push_back({o.line, o.count, o.file, o.origin});
  return json;
}

Json CircularBufferJson(const CircularBuffer& buffer) {
  Json json = {{"name", buffer.name}, {"total_size", buffer.total_size}, {"cores", RangesJson(buffer.cores)}};
  json["formats"] = Json::array();
  for (const CircularBufferFormat& format : buffer.formats) {
    json["formats"].push_back(
        {{"index", format.index}, {"format", DataFormatName(format.format)}, {"page_size", format.page_size}});
  }
  if (buffer.tensor) json["tensor"] = *buffer.tensor;
  if (buffer.read_in_parts) json["read_in_parts"] = true;
  return json;
}

Json TensorJson(const Tensor& tensor) {
  Json json = {{"name", tensor.name}, {"dtype", tensor.dtype}, {"shape", tensor.shape}};
  if (!tensor.packed.empty()) json["packed"] = tensor.packed;
  json["format"] = DataFormatName(tensor.format);
  json["memory"] = NameIn(kMemories, tensor.memory);
  json["layout"] = NameIn(kTensorLayouts, tensor.layout);
  json["access"] = NameIn(kAccesses, tensor.access);
  json["page_size"] = tensor.page_size;
  if (!tensor.tile_axes.empty()) json["tile_axes"] = tensor.tile_axes;
  if (tensor.vector > 0) json["vector"] = tensor.vector;
  if (tensor.shards) {
    Json banks = Json::array();
    for (const Core& bank : tensor.shards->banks) banks.push_back({bank.x, bank.y});
    json["shards"] = {{"tensor_pages", tensor.shards->tensor_pages},
                      {"shard_pages", tensor.shards->shard_pages},
                      {"banks", std::move(banks)}};
  }
  return json;
}

Json ProgramJson(const Program& program) {
  Json json = {{"name", program.name}, {"arch", program.arch}, {"chip", program.chip}};
  json["grid_blocks"] = program.work.grid_blocks;
  CoreArgTables tables;
  json["kernels"] = Json::array();
  for (const Kernel& kernel : program.kernels) json["kernels"].push_back(KernelJson(kernel, tables));
  json["core_args"] = tables.ToJson();
  json["circular_buffers"] = Json::array();
  for (const auto& buffer : program.circular_buffers) json["circular_buffers"].push_back(CircularBufferJson(buffer));
  json["semaphores"] = Json::array();
  for (const Semaphore& semaphore : program.semaphores) {
    json["semaphores"].push_back(
        {{"id", semaphore.id}, {"cores", RangesJson(semaphore.cores)}, {"initial_value", semaphore.initial_value}});
  }
  json["tensors"] = Json::array();
  for (const Tensor& tensor : program.tensors) json["tensors"].push_back(TensorJson(tensor));
  if (!program.source_files.empty()) json["source_files"] = program.source_files;
  return json;
}

}  // namespace

std::string WritePlan(const Program& program) {
  Json plan = {{"schema_version", kSchemaVersion},
               {"backend_version", TLTT_VERSION},
               {"version", "5.0"},
               {"target", "tenstorrent"},
               {"generator", "tilelang_tenstorrent"}};
  plan["core_grid"] = {program.grid.x, program.grid.y};
  plan["core_ranges"] = RangesJson(program.core_ranges);
  plan["partition_mode"] = program.work.mode;
  plan["work_partition"] = PartitionJson(program.work);
  plan["layouts"] = LayoutsJson(program.tensors);
  if (!program.work.grid_blocks.empty()) plan["grid"] = GridJson(program.work);
  plan["cores"] = CoresJson(program);
  plan["schedule"] = {{"policy", program.work.policy}, {"order", program.work.order}};
  plan["program"] = ProgramJson(program);
  return DumpJson(plan);
}

FileMap WriteArtifacts(const Program& program) {
  FileMap files = {
      {kHostFile, WriteHostProgram(program)}, {kBuildFile, WriteHostBuild(program)}, {kPlanFile, WritePlan(program)}};
  for (const Kernel& kernel : program.kernels) {
    if (!IsPlainFileName(kernel.path)) throw PlanError("\"" + kernel.path + "\" is not the plain name of a file");
    const auto [file, added] = files.emplace(kernel.path, kernel.source);
    if (!added && file->second != kernel.source) {
      throw PlanError("two files of the program are called " + kernel.path);
    }
  }
  return files;
}

}  // namespace tltt

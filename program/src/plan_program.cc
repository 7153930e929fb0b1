// The `program` block of tt.plan.json -> Program, as strictly as if it came from an enemy.
#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "json_node.h"
#include "plan_keys.h"
#include "plan_parse.h"
#include "tltt/chip.h"

namespace tltt {
namespace {

using CoreArgTable = std::map<Core, std::vector<uint32_t>>;

constexpr uint32_t kMaxCircularBuffers = 32;
constexpr uint32_t kMaxSemaphores = 16;

bool IsIdentifier(const std::string& text) {
  const auto part = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), part);
}

// Defines end up on a compiler's command line or in generated source: one line, nothing unprintable.
bool IsPrintableLine(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
}

bool Overlap(const std::vector<CoreRange>& a, const std::vector<CoreRange>& b) {
  for (const CoreRange& p : a) {
    for (const CoreRange& q : b) {
      if (p.start.x < q.start.x + q.width && q.start.x < p.start.x + p.width && p.start.y < q.start.y + q.height &&
          q.start.y < p.start.y + p.height) {
        return true;
      }
    }
  }
  return false;
}

class ProgramParser {
 public:
  explicit ProgramParser(const CanonicalPlan& canonical) {
    program_.grid = canonical.grid;
    program_.core_ranges = canonical.core_ranges;
    program_.work = canonical.work;
  }

  Program Parse(const Json& plan, Problems& problems) {
    const JsonNode root(&plan, "plan", &problems);
    if (root.Has("partition_mode")) program_.work.mode = root["partition_mode"].Text();
    if (root.Has("schedule")) {
      program_.work.policy = root["schedule"]["policy"].Text();
      program_.work.order = root["schedule"]["order"].Text();
    }
    const JsonNode node(&plan.at("program"), "program", &problems);
    node.OnlyKeys({"name", "arch", "chip", "grid_blocks", "kernels", "core_args", "circular_buffers", "semaphores",
                   "tensors", "source_files"});
    program_.name = node["name"].Text();
    ParseChip(node);
    if (!problems.empty()) return {};  // the chip bounds the size of everything that follows
    ParseGridBlocks(node["grid_blocks"]);
    node["tensors"].ForEach([this](const JsonNode& item) { ParseTensor(item); });
    node["core_args"].ForEach([this](const JsonNode& item) { ParseTable(item); });
    if (node.Has("source_files")) {
      node["source_files"].ForEach([this](const JsonNode& item) { program_.source_files.push_back(item.Text()); });
    }
    node["kernels"].ForEach([this](const JsonNode& item) { ParseKernel(item); });
    node["circular_buffers"].ForEach([this](const JsonNode& item) { ParseCircularBuffer(item); });
    node["semaphores"].ForEach([this](const JsonNode& item) { ParseSemaphore(item); });
    if (program_.kernels.empty()) node.Fail("has no kernels");
    CheckLayoutNames(root["layouts"]);
    return std::move(program_);
  }

 private:
  void ParseChip(const JsonNode& node) {
    program_.arch = node["arch"].Text();
    program_.chip = node["chip"].Text();
    const std::vector<std::string> known = ChipNames();
    if (std::find(known.begin(), known.end(), program_.chip) == known.end()) {
      node["chip"].Fail(fmt::format("must be one of {}", fmt::join(known, ", ")));
      return;
    }
    const Chip& chip = ChipByName(program_.chip);
    if (chip.arch != program_.arch) node["arch"].Fail(fmt::format("must be {}, that of the {}", chip.arch, chip.name));
    if (program_.grid.x > chip.grid.x || program_.grid.y > chip.grid.y) {
      node["chip"].Fail(fmt::format("has {}x{} cores, fewer than core_grid", chip.grid.x, chip.grid.y));
    }
  }

  void ParseGridBlocks(const JsonNode& node) {
    std::vector<int64_t> blocks;
    node.ForEach([&blocks](const JsonNode& extent) { blocks.push_back(extent.Integer(1, int64_t{1} << 40)); });
    std::vector<int64_t> padded = blocks;
    if (padded.size() == 1) padded.push_back(1);
    if (padded != program_.work.grid_blocks) node.Fail("does not agree with grid");
    program_.work.grid_blocks = std::move(blocks);
  }

  std::vector<CoreRange> ParseRanges(const JsonNode& node) const {
    std::vector<CoreRange> ranges;
    node.ForEach([&](const JsonNode& item) {
      item.OnlyKeys({"start", "extent"});
      const auto pair = [](const JsonNode& list) {
        std::vector<uint16_t> values;
        list.ForEach(
            [&values](const JsonNode& v) { values.push_back(static_cast<uint16_t>(v.Integer(0, UINT16_MAX))); });
        if (values.size() != 2) {
          list.Fail("must have 2 entries");
          values.assign(2, 0);
        }
        return values;
      };
      const std::vector<uint16_t> start = pair(item["start"]), extent = pair(item["extent"]);
      CoreRange range{{start[0], start[1]}, extent[0], extent[1]};
      if (range.width == 0 || range.height == 0 || start[0] + extent[0] > program_.grid.x ||
          start[1] + extent[1] > program_.grid.y) {
        item.Fail("must be a rectangle of cores inside core_grid");
        return;
      }
      if (Overlap(ranges, {range})) item.Fail("overlaps another range of its list");
      // A list of ranges can't be longer than the grid has cores once they are disjoint; stop a hostile one early.
      if (ranges.size() < size_t{program_.grid.x} * program_.grid.y) ranges.push_back(range);
    });
    if (ranges.empty()) node.Fail("must name at least one range of cores");
    return ranges;
  }

  void ParseTensor(const JsonNode& node) {
    node.OnlyKeys({"name", "dtype", "packed", "shape", "format", "memory", "layout", "access", "page_size", "tile_axes",
                   "vector", "shards"});
    Tensor tensor;
    tensor.name = node["name"].Text();
    if (tensor.name.empty()) node["name"].Fail("must not be empty");
    for (const Tensor& other : program_.tensors) {
      if (other.name == tensor.name) node["name"].Fail("is used twice");
    }
    tensor.dtype = node["dtype"].Text();
    if (node.Has("packed")) {
      tensor.packed = node["packed"].Text();
      if (tensor.dtype != "uint8") node["packed"].Fail("is for tensors of uint8");
    }
    double elements = 1;
    node["shape"].ForEach([&](const JsonNode& extent) {
      tensor.shape.push_back(extent.Integer(1, int64_t{1} << 40));
      elements *= static_cast<double>(tensor.shape.back());
    });
    if (elements > 1e15) node["shape"].Fail("has more elements than any memory holds");
    tensor.format = ParseFormat(node["format"]);
    tensor.memory = node["memory"].OneOf(kMemories);
    tensor.layout = node["layout"].OneOf(kTensorLayouts);
    tensor.access = node["access"].OneOf(kAccesses);
    tensor.page_size = static_cast<uint32_t>(node["page_size"].Integer(1, UINT32_MAX));
    if (tensor.layout == TensorLayout::kTile && tensor.page_size % TileBytes(tensor.format) != 0) {
      node["page_size"].Fail(fmt::format("must be a multiple of the {} bytes of a tile", TileBytes(tensor.format)));
    }
    if (node.Has("tile_axes")) {
      const int rank = static_cast<int>(tensor.shape.size());
      node["tile_axes"].ForEach(
          [&](const JsonNode& axis) { tensor.tile_axes.push_back(static_cast<int>(axis.Integer(-1, rank - 1))); });
      const bool pair = tensor.tile_axes.size() == 2;
      if (!pair || (tensor.tile_axes[0] == tensor.tile_axes[1] && tensor.tile_axes[0] != -1)) {
        node["tile_axes"].Fail("must be two different axes");
      }
    }
    if (node.Has("vector")) {
      tensor.vector = node["vector"].Integer(kTileWidth, int64_t{1} << 40);
      if (tensor.layout != TensorLayout::kTile || !tensor.tile_axes.empty())
        node["vector"].Fail("is for tensors in tiles without tile_axes");
      if (tensor.vector % kTileWidth != 0 || tensor.shape.empty() || tensor.shape.back() % tensor.vector != 0)
        node["vector"].Fail("must be a multiple of 32 that divides the last axis");
    }
    if (node.Has("shards")) tensor.shards = ParseShards(node["shards"], tensor.memory);
    program_.tensors.push_back(std::move(tensor));
  }

  ShardSpec ParseShards(const JsonNode& node, Memory memory) const {
    node.OnlyKeys({"tensor_pages", "shard_pages", "banks"});
    const auto extents = [](const JsonNode& list) {
      std::vector<uint32_t> values;
      list.ForEach([&values](const JsonNode& v) { values.push_back(static_cast<uint32_t>(v.Integer(1, INT32_MAX))); });
      return values;
    };
    const Chip& chip = ChipByName(program_.chip);
    ShardSpec spec{extents(node["tensor_pages"]), extents(node["shard_pages"]), {}};
    if (spec.tensor_pages.empty() || spec.tensor_pages.size() > 8 ||
        spec.tensor_pages.size() != spec.shard_pages.size()) {
      node.Fail("must have from 1 to 8 axes, as many in shard_pages as in tensor_pages");
    }
    std::set<Core> seen;
    node["banks"].ForEach([&](const JsonNode& item) {
      std::vector<int64_t> pair;
      item.ForEach([&pair](const JsonNode& v) { pair.push_back(v.Integer(0, UINT16_MAX)); });
      const bool dram = memory == Memory::kDram;
      if (pair.size() != 2 || pair[0] >= (dram ? chip.dram_banks : chip.grid.x) ||
          pair[1] >= (dram ? 1 : chip.grid.y)) {
        item.Fail(dram ? "must be [number of a DRAM bank, 0]" : "must be a worker core [x, y] of the chip");
      } else if (!seen.insert({static_cast<uint16_t>(pair[0]), static_cast<uint16_t>(pair[1])}).second) {
        item.Fail("stands in the list twice");
      } else {
        spec.banks.push_back({static_cast<uint16_t>(pair[0]), static_cast<uint16_t>(pair[1])});
      }
    });
    if (spec.banks.empty()) node["banks"].Fail("must name at least one bank");
    return spec;
  }

  static DataFormat ParseFormat(const JsonNode& node) {
    const std::string name = node.Text();
    const auto format = DataFormatFromName(name);
    if (!format && !name.empty()) node.Fail("names no data format");
    return format.value_or(DataFormat::kFloat16_b);
  }

  void ParseTable(const JsonNode& node) {
    CoreArgTable table;
    node.ForEachMember([&](const std::string& key, const JsonNode& row) {
      const auto core = ParseCoreKey(key);
      if (!core || core->x >= program_.grid.x || core->y >= program_.grid.y) {
        row.Fail("does not name a core of the grid");
      } else if (!table.emplace(*core, row.Words()).second) {
        row.Fail("repeats its core");
      }
    });
    tables_.push_back(std::move(table));
  }

  void ParseKernel(const JsonNode& node) {
    node.OnlyKeys({"name", "role", "path", "cores", "compile_time_args", "accessors", "named_compile_time_args",
                   "defines", "args", "common_args", "core_args", "compute", "origins"});
    Kernel kernel;
    kernel.name = node["name"].Text();
    kernel.role = node["role"].OneOf(kRoles);
    kernel.path = node["path"].Text();
    if (!IsPlainFileName(kernel.path) || kernel.path == kPlanFile || kernel.path == kHostFile ||
        kernel.path == kBuildFile) {
      node["path"].Fail("must be the plain name of a kernel's file");
    }
    kernel.cores = ParseRanges(node["cores"]);
    for (const Kernel& other : program_.kernels) {
      if (other.role == kernel.role && Overlap(other.cores, kernel.cores)) {
        node["cores"].Fail(fmt::format("overlap those of kernel {}, which has the same role", other.name));
        return;
      }
    }
    kernel.compile_time_args = node["compile_time_args"].Words();
    if (node.Has("accessors")) ParseAccessors(node["accessors"], kernel);
    node["named_compile_time_args"].ForEachMember([&](const std::string& name, const JsonNode& value) {
      if (!IsPrintableLine(name) || name.find('"') != std::string::npos) value.Fail("has an unusable name");
      kernel.named_compile_time_args[name] = value.Word();
    });
    node["defines"].ForEachMember([&](const std::string& name, const JsonNode& value) {
      kernel.defines[name] = value.Text();
      if (!IsIdentifier(name)) value.Fail("is not the name of a macro");
      if (!IsPrintableLine(kernel.defines[name])) value.Fail("must be one line of printable text");
    });
    kernel.common_args = node["common_args"].Words();
    if (node.Has("core_args")) {
      const int64_t index = node["core_args"].Integer(0, INT32_MAX);
      if (static_cast<size_t>(index) >= tables_.size()) {
        node["core_args"].Fail("names no table");
      } else {
        kernel.core_args = tables_[static_cast<size_t>(index)];
      }
    }
    ParseArgs(node["args"], kernel);
    if (kernel.role == Role::kCompute) ParseCompute(node["compute"], kernel.compute);
    if (node.Has("origins")) ParseOrigins(node["origins"], kernel);
    program_.kernels.push_back(std::move(kernel));
  }

  void ParseAccessors(const JsonNode& node, Kernel& kernel) const {
    std::vector<uint32_t> expected;
    node.ForEach([&](const JsonNode& item) {
      kernel.accessors.push_back(item.Word());
      if (kernel.accessors.back() >= program_.tensors.size()) {
        item.Fail("names no tensor");
        return;
      }
      const std::vector<uint32_t> words = AccessorArgs(program_.tensors[kernel.accessors.back()]);
      expected.insert(expected.end(), words.begin(), words.end());
    });
    const std::vector<uint32_t>& args = kernel.compile_time_args;
    if (args.size() < expected.size() || !std::equal(expected.begin(), expected.end(), args.begin())) {
      node.Fail(fmt::format("call for compile_time_args that begin with {}", fmt::join(expected, ", ")));
    }
  }

  void ParseOrigins(const JsonNode& node, Kernel& kernel) const {
    uint64_t next = 1;
    node.ForEach([&](const JsonNode& item) {
      std::vector<uint32_t> words = item.Words();
      if (words.size() != 4) {
        item.Fail("must be [line, count, file, origin]");
        return;
      }
      if (words[0] < next || words[1] == 0) item.Fail("must have lines behind those before it");
      if (words[2] >= program_.source_files.size()) item.Fail("names no file of source_files");
      next = uint64_t{words[0]} + words[1];
      kernel.origins.push_back({words[0], words[1], words[2], words[3]});
    });
  }

  void ParseArgs(const JsonNode& node, Kernel& kernel) const {
    size_t columns = 0;
    node.ForEach([&](const JsonNode& item) {
      item.OnlyKeys({"name", "kind", "value"});
      RuntimeArg arg{item["name"].Text(), item["kind"].OneOf(kArgKinds), item["value"].Word()};
      if (arg.kind == RuntimeArg::Kind::kTensorAddress && arg.value >= program_.tensors.size()) {
        item["value"].Fail("names no tensor");
      }
      if (arg.kind == RuntimeArg::Kind::kPerCore) columns = std::max(columns, size_t{arg.value} + 1);
      if (arg.kind == RuntimeArg::Kind::kNocX || arg.kind == RuntimeArg::Kind::kNocY)
        columns = std::max(columns, size_t{arg.value} + 2);
      kernel.args.push_back(std::move(arg));
    });
    if (columns == 0) return;
    for (const CoreRange& range : kernel.cores) {
      for (uint32_t y = range.start.y; y < uint32_t{range.start.y} + range.height; ++y) {
        for (uint32_t x = range.start.x; x < uint32_t{range.start.x} + range.width; ++x) {
          const Core core{static_cast<uint16_t>(x), static_cast<uint16_t>(y)};
          const auto row = kernel.core_args.find(core);
          if (row == kernel.core_args.end() || row->second.size() < columns) {
            node.Fail(fmt::format("need {} per-core values, but the row of core {} has {}", columns, CoreKey(core),
                                  row == kernel.core_args.end() ? 0 : row->second.size()));
            return;
          }
        }
      }
    }
  }

  static void ParseCompute(const JsonNode& node, ComputeConfig& compute) {
    node.OnlyKeys({"math_fidelity", "fp32_dest_acc_en", "dst_full_sync_en", "math_approx_mode", "unpack_to_dest_fp32"});
    compute.math_fidelity = node["math_fidelity"].OneOf(kFidelities);
    compute.fp32_dest_acc_en = node["fp32_dest_acc_en"].Boolean();
    compute.dst_full_sync_en = node["dst_full_sync_en"].Boolean();
    compute.math_approx_mode = node["math_approx_mode"].Boolean();
    node["unpack_to_dest_fp32"].ForEach([&](const JsonNode& index) {
      compute.unpack_to_dest_fp32.push_back(static_cast<uint32_t>(index.Integer(0, kMaxCircularBuffers - 1)));
    });
  }

  void ParseCircularBuffer(const JsonNode& node) {
    node.OnlyKeys({"name", "total_size", "cores", "formats", "tensor", "read_in_parts"});
    CircularBuffer buffer;
    buffer.name = node["name"].Text();
    buffer.total_size = static_cast<uint32_t>(node["total_size"].Integer(1, UINT32_MAX));
    buffer.cores = ParseRanges(node["cores"]);
    node["formats"].ForEach([&](const JsonNode& item) {
      item.OnlyKeys({"index", "format", "page_size"});
      CircularBufferFormat format;
      format.index = static_cast<uint32_t>(item["index"].Integer(0, kMaxCircularBuffers - 1));
      format.format = ParseFormat(item["format"]);
      format.page_size = static_cast<uint32_t>(item["page_size"].Integer(1, UINT32_MAX));
      if (buffer.total_size % format.page_size != 0) item["page_size"].Fail("must divide total_size");
      const auto same_index = [&](const CircularBufferFormat& other) { return other.index == format.index; };
      bool taken = std::any_of(buffer.formats.begin(), buffer.formats.end(), same_index);
      for (const CircularBuffer& other : program_.circular_buffers) {
        taken = taken || (std::any_of(other.formats.begin(), other.formats.end(), same_index) &&
                          Overlap(other.cores, buffer.cores));
      }
      if (taken) item["index"].Fail("is used twice on a core");
      if (buffer.formats.size() < kMaxCircularBuffers) buffer.formats.push_back(format);
    });
    if (buffer.formats.empty()) node["formats"].Fail("must name at least one index");
    if (node.Has("tensor")) {
      buffer.tensor = node["tensor"].Word();
      if (*buffer.tensor >= program_.tensors.size()) node["tensor"].Fail("names no tensor");
    }
    if (node.Has("read_in_parts")) buffer.read_in_parts = node["read_in_parts"].Boolean();
    // Indices repeat only over disjoint cores: more buffers than this are wrong, and reported above.
    if (program_.circular_buffers.size() < kMaxCircularBuffers * size_t{program_.grid.x} * program_.grid.y) {
      program_.circular_buffers.push_back(std::move(buffer));
    }
  }

  void ParseSemaphore(const JsonNode& node) {
    node.OnlyKeys({"id", "cores", "initial_value"});
    Semaphore semaphore;
    semaphore.id = static_cast<uint32_t>(node["id"].Integer(0, kMaxSemaphores - 1));
    semaphore.cores = ParseRanges(node["cores"]);
    semaphore.initial_value = node["initial_value"].Word();
    for (const Semaphore& other : program_.semaphores) {
      if (other.id == semaphore.id && Overlap(other.cores, semaphore.cores)) node["id"].Fail("is used twice on a core");
    }
    program_.semaphores.push_back(std::move(semaphore));
  }

  void CheckLayoutNames(const JsonNode& layouts) const {
    std::set<std::string> names;
    for (const Tensor& tensor : program_.tensors) names.insert(tensor.name);
    layouts.ForEachMember([&names](const std::string& name, const JsonNode& layout) {
      if (!names.contains(name)) layout.Fail("is not the name of a tensor");
    });
  }

  Program program_;
  std::vector<CoreArgTable> tables_;
};

}  // namespace

bool IsPlainFileName(const std::string& name) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '.'; };
  return !name.empty() && name.size() <= 200 && name[0] != '.' && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), plain);
}

Program ParseProgram(const Json& plan, const CanonicalPlan& canonical, Problems& problems) {
  return ProgramParser(canonical).Parse(plan, problems);
}

}  // namespace tltt

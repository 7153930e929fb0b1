#include "description.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

namespace tltt {
namespace {

using nlohmann::json;

constexpr uint32_t kDramAlignment = 32;  // bytes

std::vector<CoreRange> Ranges(const json& list) {
  std::vector<CoreRange> ranges;
  for (const json& entry : list) {
    ranges.push_back({{entry.at("x").get<uint16_t>(), entry.at("y").get<uint16_t>()},
                      entry.at("width").get<uint16_t>(),
                      entry.at("height").get<uint16_t>()});
  }
  return ranges;
}

MathFidelity ParseFidelity(const std::string& name) {
  if (name == "LoFi") return MathFidelity::kLoFi;
  if (name == "HiFi2") return MathFidelity::kHiFi2;
  if (name == "HiFi3") return MathFidelity::kHiFi3;
  if (name == "HiFi4") return MathFidelity::kHiFi4;
  throw std::invalid_argument("math_fidelity " + name + " is unknown; known are LoFi, HiFi2, HiFi3, HiFi4");
}

Role ParseRole(const std::string& name) {
  for (Role role : {Role::kReader, Role::kCompute, Role::kWriter}) {
    if (name == RoleName(role)) return role;
  }
  throw std::invalid_argument("role " + name + " is unknown");
}

DataFormat ParseFormat(const std::string& name) {
  if (auto format = DataFormatFromName(name)) return *format;
  if (auto format = DataFormatOfDtype(name)) return *format;
  throw std::invalid_argument("data format " + name + " is unknown; write e.g. Float16_b or bfloat16");
}

// Slots are numbers or {"tensor": i}; a slot that is a tensor's address on one core must be it on every core.
void ParseRuntimeArgs(const json& per_core, size_t tensor_count, Kernel& kernel) {
  for (const json& entry : per_core) {
    const Core core{entry.at("x").get<uint16_t>(), entry.at("y").get<uint16_t>()};
    const json& args = entry.at("args");
    const bool first = kernel.core_args.empty();
    if (!first && args.size() != kernel.args.size()) {
      throw std::invalid_argument(kernel.name + ": cores have different numbers of runtime arguments");
    }
    std::vector<uint32_t> row;
    for (size_t i = 0; i < args.size(); ++i) {
      RuntimeArg arg;
      arg.name = "arg" + std::to_string(i);
      arg.value = static_cast<uint32_t>(i);
      if (args[i].is_object()) {
        arg.kind = RuntimeArg::Kind::kTensorAddress;
        arg.value = args[i].at("tensor").get<uint32_t>();
        if (arg.value >= tensor_count) {
          throw std::invalid_argument(kernel.name + ": runtime argument " + std::to_string(i) + " names tensor " +
                                      std::to_string(arg.value) + " of " + std::to_string(tensor_count));
        }
      }
      row.push_back(args[i].is_object() ? 0 : static_cast<uint32_t>(args[i].get<int64_t>()));
      if (first) {
        kernel.args.push_back(arg);
      } else if (kernel.args[i].kind != arg.kind || kernel.args[i].value != arg.value) {
        throw std::invalid_argument(kernel.name + ": runtime argument " + std::to_string(i) +
                                    " is a tensor's address on some cores only");
      }
    }
    kernel.core_args[core] = std::move(row);
  }
}

Kernel ParseKernel(const json& entry, size_t tensor_count) {
  Kernel kernel;
  kernel.name = entry.at("name");
  kernel.role = ParseRole(entry.at("role"));
  kernel.path = entry.at("path");
  kernel.source = entry.at("source");
  kernel.cores = Ranges(entry.at("cores"));
  kernel.compile_time_args = entry.at("compile_time_args").get<std::vector<uint32_t>>();
  kernel.named_compile_time_args = entry.at("named_compile_time_args").get<std::map<std::string, uint32_t>>();
  kernel.defines = entry.at("defines").get<std::map<std::string, std::string>>();
  kernel.common_args = entry.at("common_runtime_args").get<std::vector<uint32_t>>();
  ParseRuntimeArgs(entry.at("runtime_args"), tensor_count, kernel);
  if (kernel.role == Role::kCompute) {
    const json& config = entry.at("compute");
    kernel.compute.math_fidelity = ParseFidelity(config.at("math_fidelity"));
    kernel.compute.fp32_dest_acc_en = config.at("fp32_dest_acc_en");
    kernel.compute.dst_full_sync_en = config.at("dst_full_sync_en");
    kernel.compute.math_approx_mode = config.at("math_approx_mode");
    kernel.compute.unpack_to_dest_fp32 = config.at("unpack_to_dest_fp32").get<std::vector<uint32_t>>();
  }
  return kernel;
}

Tensor ParseTensor(const json& entry) {
  Tensor tensor;
  tensor.name = entry.at("name");
  tensor.dtype = entry.at("dtype");
  tensor.shape = entry.at("shape").get<std::vector<int64_t>>();
  const auto format = DataFormatOfDtype(tensor.dtype);
  if (!format) throw std::invalid_argument(tensor.name + ": dtype " + tensor.dtype + " has no format on the chip");
  tensor.format = *format;
  const std::string layout = entry.at("layout");
  if (layout != "tile" && layout != "row_major") {
    throw std::invalid_argument(tensor.name + ": layout " + layout + " is unknown; known are tile, row_major");
  }
  tensor.layout = layout == "tile" ? TensorLayout::kTile : TensorLayout::kRowMajor;
  tensor.access = entry.at("access") == "in" ? Access::kIn : Access::kInOut;
  if (entry.contains("shards")) {
    const std::string memory = entry.at("memory");
    if (memory != "DRAM" && memory != "L1")
      throw std::invalid_argument(tensor.name + ": memory " + memory + " is unknown; known are DRAM, L1");
    tensor.memory = memory == "DRAM" ? Memory::kDram : Memory::kL1;
    const json& shards = entry.at("shards");
    ShardSpec spec{shards.at("tensor_pages").get<std::vector<uint32_t>>(),
                   shards.at("shard_pages").get<std::vector<uint32_t>>(),
                   {}};
    for (const json& bank : shards.at("banks"))
      spec.banks.push_back({bank.at(0).get<uint16_t>(), bank.at(1).get<uint16_t>()});
    for (const auto* extents : {&spec.tensor_pages, &spec.shard_pages})
      if (std::count(extents->begin(), extents->end(), 0u))
        throw std::invalid_argument(tensor.name + ": a shard without pages");
    tensor.shards = std::move(spec);
  }
  const uint32_t element = ElementBytesOfDtype(tensor.dtype);
  // A row-major page is a row, padded as DRAM wants it.
  const auto columns = static_cast<uint32_t>(tensor.shape.empty() ? 1 : tensor.shape.back());
  const uint32_t row = (columns * element + kDramAlignment - 1) / kDramAlignment * kDramAlignment;
  tensor.page_size = tensor.layout == TensorLayout::kTile ? TileBytes(tensor.format) : row;
  return tensor;
}

}  // namespace

Program ParseDescription(const std::string& text) try {
  const json root = json::parse(text);
  Program program;
  program.name = root.at("name");
  program.arch = root.at("arch");
  program.chip = root.at("chip");
  program.grid = {root.at("grid").at(0).get<uint16_t>(), root.at("grid").at(1).get<uint16_t>()};
  for (const json& entry : root.at("tensors")) program.tensors.push_back(ParseTensor(entry));
  std::set<Core> cores;
  for (const json& entry : root.at("kernels")) {
    program.kernels.push_back(ParseKernel(entry, program.tensors.size()));
    for (const CoreRange& range : program.kernels.back().cores) {
      for (uint16_t y = 0; y < range.height; ++y) {
        for (uint16_t x = 0; x < range.width; ++x) {
          cores.insert({static_cast<uint16_t>(range.start.x + x), static_cast<uint16_t>(range.start.y + y)});
        }
      }
    }
  }
  for (const Core& core : cores) program.core_ranges.push_back({core, 1, 1});
  for (const json& entry : root.at("cbs")) {
    CircularBuffer buffer;
    buffer.total_size = entry.at("total_size");
    buffer.cores = Ranges(entry.at("cores"));
    for (const json& format : entry.at("formats")) {
      buffer.formats.push_back({format.at("index"), ParseFormat(format.at("format")), format.at("page_size")});
    }
    buffer.name = "cb" + std::to_string(buffer.formats.empty() ? 0 : buffer.formats.front().index);
    program.circular_buffers.push_back(std::move(buffer));
  }
  for (const json& entry : root.at("semaphores")) {
    program.semaphores.push_back({entry.at("id"), Ranges(entry.at("cores")), entry.at("initial_value")});
  }
  return program;
} catch (const json::exception& error) {
  throw std::invalid_argument(std::string("program description: ") + error.what());
}

std::string ProgramInfo(const Program& program) {
  constexpr const char* kAccess[] = {"in", "out", "inout"};
  nlohmann::ordered_json info{{"name", program.name},
                              {"arch", program.arch},
                              {"chip", program.chip},
                              {"grid", {program.grid.x, program.grid.y}},
                              {"grid_blocks", program.work.grid_blocks}};
  size_t cores = 0;
  for (const CoreRange& range : program.core_ranges) cores += static_cast<size_t>(range.width) * range.height;
  info["cores"] = cores;
  auto& tensors = info["tensors"] = nlohmann::ordered_json::array();
  for (const Tensor& tensor : program.tensors) {
    tensors.push_back({{"name", tensor.name},
                       {"dtype", tensor.dtype},
                       {"shape", tensor.shape},
                       {"access", kAccess[static_cast<size_t>(tensor.access)]}});
  }
  return info.dump();
}

}  // namespace tltt

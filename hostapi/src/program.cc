// Programs in the making, and what the emulator gets of them.
#include <tt-metalium/program.hpp>

#include <algorithm>
#include <filesystem>

#include <tt-metalium/host_api.hpp>

#include "state.h"

namespace tltt::host {
namespace {

using tt::tt_metal::ComputeConfig;
using tt::tt_metal::DataMovementConfig;
using tt::tt_metal::DataMovementProcessor;
using tt::tt_metal::UnpackToDestMode;

std::vector<CoreRange> Ranges(const ::CoreRangeSet& set) {
  std::vector<CoreRange> ranges;
  for (const ::CoreRange& range : set.ranges()) {
    const CoreCoord extent = range.grid_size();
    ranges.push_back({{static_cast<uint16_t>(range.start_coord.x), static_cast<uint16_t>(range.start_coord.y)},
                      static_cast<uint16_t>(extent.x),
                      static_cast<uint16_t>(extent.y)});
  }
  return ranges;
}

template <typename Config>
void CopyArgs(const Config& config, Kernel* kernel) {
  kernel->compile_time_args = config.compile_args;
  kernel->defines = config.defines;
  kernel->named_compile_time_args.insert(config.named_compile_args.begin(), config.named_compile_args.end());
}

void Configure(const DataMovementConfig& config, Kernel* kernel) {
  kernel->role = config.processor == DataMovementProcessor::RISCV_1 ? Role::kReader : Role::kWriter;
  CopyArgs(config, kernel);
}

void Configure(const ComputeConfig& config, Kernel* kernel) {
  kernel->role = Role::kCompute;
  kernel->compute.math_fidelity = static_cast<tltt::MathFidelity>(config.math_fidelity);
  kernel->compute.fp32_dest_acc_en = config.fp32_dest_acc_en;
  kernel->compute.dst_full_sync_en = config.dst_full_sync_en;
  kernel->compute.math_approx_mode = config.math_approx_mode;
  TT_FATAL(!config.bfp8_pack_precise, "bfp8_pack_precise is not emulated");
  for (uint32_t cb = 0; cb < config.unpack_to_dest_mode.size(); ++cb) {
    if (config.unpack_to_dest_mode[cb] == UnpackToDestMode::UnpackToDestFp32)
      kernel->compute.unpack_to_dest_fp32.push_back(cb);
  }
  CopyArgs(config, kernel);
}

void Configure(const tt::tt_metal::EthernetConfig&, Kernel* kernel) {
  TT_THROW("kernel {}: Ethernet cores are not emulated", kernel->name);
}

// A kernel may be given to more cores than it gets arguments for; it then has none there.
std::map<Core, std::vector<uint32_t>> ArgsByCore(const KernelState& kernel) {
  std::map<Core, std::vector<uint32_t>> rows;
  for (size_t x = 0; x < kernel.args.size(); ++x) {
    for (size_t y = 0; y < kernel.args[x].size(); ++y) {
      const std::vector<uint32_t>& values = kernel.args[x][y].values;
      if (!values.empty()) rows[{static_cast<uint16_t>(x), static_cast<uint16_t>(y)}] = values;
    }
  }
  return rows;
}

tltt::CircularBuffer LowerCircularBuffer(const CircularBufferState& state, size_t index,
                                         std::vector<emu::Buffer>* buffers, Program* program) {
  tltt::CircularBuffer lowered;
  const tt::tt_metal::CircularBufferConfig& config = state.config;
  lowered.total_size = config.total_size();
  lowered.cores = Ranges(state.cores);
  for (uint32_t cb = 0; cb < NUM_CIRCULAR_BUFFERS; ++cb) {
    if (!config.data_formats()[cb]) continue;
    TT_FATAL(config.page_sizes()[cb].has_value(), "circular buffer {} has no page size: call set_page_size({}, ...)",
             cb, cb);
    const auto format = static_cast<tltt::DataFormat>(*config.data_formats()[cb]);
    TT_FATAL(tltt::TileBytes(format) != 0, "circular buffer {}: data format {} is not emulated", cb,
             static_cast<int>(format));
    lowered.formats.push_back({cb, format, *config.page_sizes()[cb]});
    lowered.name += (lowered.name.empty() ? "cb" : "_") + std::to_string(cb);
  }
  TT_FATAL(!lowered.formats.empty(), "circular buffer number {} of the program has no index", index);
  if (const tt::tt_metal::Buffer* buffer = config.global_buffer()) {
    lowered.tensor = static_cast<uint32_t>(buffers->size());
    buffers->push_back(buffer->state().buffer);
    Tensor& tensor = program->tensors.emplace_back();
    tensor.name = lowered.name;
    tensor.memory = Memory::kL1;
    tensor.page_size = buffer->state().buffer.page_size;
  }
  return lowered;
}

}  // namespace

Program Lower(const ProgramState& state, const Chip& chip, std::vector<emu::Buffer>* buffers) {
  Program program;
  program.name = "program";
  program.arch = chip.arch;
  program.chip = chip.name;
  program.grid = chip.grid;
  for (const KernelState& kernel : state.kernels) {
    Kernel& lowered = program.kernels.emplace_back(kernel.kernel);
    lowered.cores = Ranges(kernel.cores);
    lowered.core_args = ArgsByCore(kernel);
    lowered.common_args = kernel.common_args.values;
    program.core_ranges.insert(program.core_ranges.end(), lowered.cores.begin(), lowered.cores.end());
  }
  for (size_t i = 0; i < state.circular_buffers.size(); ++i) {
    program.circular_buffers.push_back(LowerCircularBuffer(state.circular_buffers[i], i, buffers, &program));
  }
  for (const SemaphoreState& semaphore : state.semaphores) {
    program.semaphores.push_back({semaphore.id, Ranges(semaphore.cores), semaphore.initial_value});
  }
  return program;
}

}  // namespace tltt::host

namespace tt::tt_metal {

using tltt::host::KernelState;
using tltt::host::ProgramState;

Program::Program() : state_(std::make_unique<ProgramState>()) {}
Program::~Program() = default;
Program::Program(Program&& other) noexcept = default;
Program& Program::operator=(Program&& other) noexcept = default;

Program CreateProgram() { return {}; }

namespace {

CoreRangeSet SetOf(const tltt::host::CoreSpec& cores) {
  if (const auto* core = std::get_if<CoreCoord>(&cores)) return CoreRangeSet(CoreRange(*core));
  if (const auto* range = std::get_if<CoreRange>(&cores)) return CoreRangeSet(*range);
  return std::get<CoreRangeSet>(cores);
}

KernelHandle AddKernel(Program& program, const std::string& path, std::string source, const tltt::host::CoreSpec& cores,
                       const tltt::host::KernelConfig& config) {
  KernelState state;
  state.kernel.name = std::filesystem::path(path).stem().string();
  state.kernel.path = path;
  state.kernel.source = std::move(source);
  std::visit([&](const auto& c) { tltt::host::Configure(c, &state.kernel); }, config);
  state.cores = SetOf(cores);
  TT_FATAL(!state.cores.empty(), "kernel {} is given to no core", state.kernel.name);
  const CoreCoord last = state.cores.bounding_box().end_coord;
  state.args.assign(last.x + 1, std::vector<RuntimeArgsData>(last.y + 1));
  program.state().kernels.push_back(std::move(state));
  return static_cast<KernelHandle>(program.state().kernels.size() - 1);
}

KernelState& KernelOf(const Program& program, KernelHandle handle) {
  TT_FATAL(handle < program.state().kernels.size(), "the program has no kernel {}", handle);
  return program.state().kernels[handle];
}

tltt::host::CircularBufferState& CircularBufferOf(const Program& program, CBHandle handle) {
  TT_FATAL(handle < program.state().circular_buffers.size(), "the program has no circular buffer {}", handle);
  return program.state().circular_buffers[handle];
}

void SetArgs(KernelState& kernel, const CoreCoord& core, ttsl::Span<const uint32_t> args) {
  TT_FATAL(kernel.cores.contains(core), "runtime arguments for core {}, which kernel {} is not on: it is on {}",
           core.str(), kernel.kernel.name, kernel.cores.str());
  TT_FATAL(args.size() <= max_runtime_args, "{} runtime arguments; at most {} are possible", args.size(),
           max_runtime_args);
  kernel.args[core.x][core.y].values.assign(args.begin(), args.end());
}

}  // namespace

KernelHandle CreateKernel(Program& program, const std::string& file, const tltt::host::CoreSpec& cores,
                          const tltt::host::KernelConfig& config) {
  return AddKernel(program, file, tltt::host::ReadKernel(file), cores, config);
}

KernelHandle CreateKernelFromString(Program& program, const std::string& source, const tltt::host::CoreSpec& cores,
                                    const tltt::host::KernelConfig& config) {
  const std::string name = "kernel_" + std::to_string(program.state().kernels.size()) + ".cpp";
  return AddKernel(program, name, source, cores, config);
}

CBHandle CreateCircularBuffer(Program& program, const tltt::host::CoreSpec& cores, const CircularBufferConfig& config) {
  program.state().circular_buffers.push_back({config, SetOf(cores)});
  return program.state().circular_buffers.size() - 1;
}

const CircularBufferConfig& GetCircularBufferConfig(Program& program, CBHandle handle) {
  return CircularBufferOf(program, handle).config;
}
void UpdateCircularBufferTotalSize(Program& program, CBHandle handle, uint32_t total_size) {
  CircularBufferOf(program, handle).config.set_total_size(total_size);
}
void UpdateCircularBufferPageSize(Program& program, CBHandle handle, uint8_t index, uint32_t page_size) {
  CircularBufferOf(program, handle).config.set_page_size(index, page_size);
}
void UpdateDynamicCircularBufferAddress(Program& program, CBHandle handle, const Buffer& buffer) {
  CircularBufferOf(program, handle).config.set_globally_allocated_address(buffer);
}
void UpdateDynamicCircularBufferAddressAndTotalSize(Program& program, CBHandle handle, const Buffer& buffer,
                                                    uint32_t total_size) {
  CircularBufferOf(program, handle).config.set_globally_allocated_address_and_total_size(buffer, total_size);
}

uint32_t CreateSemaphore(Program& program, const std::variant<CoreRange, CoreRangeSet>& cores, uint32_t initial_value,
                         CoreType type) {
  TT_FATAL(type == CoreType::WORKER || type == CoreType::TENSIX, "semaphores are on worker cores");
  const CoreRangeSet set = std::visit([](const auto& c) { return CoreRangeSet(c); }, cores);
  auto& semaphores = program.state().semaphores;
  uint32_t id = 0;
  const auto taken = [&](uint32_t candidate) {
    return std::any_of(semaphores.begin(), semaphores.end(),
                       [&](const auto& s) { return s.id == candidate && s.cores.intersects(set); });
  };
  while (taken(id)) ++id;
  semaphores.push_back({id, initial_value, set});
  return id;
}

void SetRuntimeArgs(const Program& program, KernelHandle kernel, const tltt::host::CoreSpec& cores,
                    ttsl::Span<const uint32_t> args) {
  KernelState& state = KernelOf(program, kernel);
  for (const CoreCoord& core : corerange_to_cores(SetOf(cores))) SetArgs(state, core, args);
}
void SetRuntimeArgs(const Program& program, KernelHandle kernel, const tltt::host::CoreSpec& cores,
                    std::initializer_list<uint32_t> args) {
  SetRuntimeArgs(program, kernel, cores, ttsl::Span<const uint32_t>(args.begin(), args.size()));
}
void SetRuntimeArgs(const Program& program, KernelHandle kernel, const std::vector<CoreCoord>& cores,
                    const std::vector<std::vector<uint32_t>>& args) {
  TT_FATAL(cores.size() == args.size(), "{} cores, but arguments for {}", cores.size(), args.size());
  for (size_t i = 0; i < cores.size(); ++i) SetArgs(KernelOf(program, kernel), cores[i], args[i]);
}
void SetCommonRuntimeArgs(const Program& program, KernelHandle kernel, ttsl::Span<const uint32_t> args) {
  KernelOf(program, kernel).common_args.values.assign(args.begin(), args.end());
}
void SetCommonRuntimeArgs(const Program& program, KernelHandle kernel, std::initializer_list<uint32_t> args) {
  SetCommonRuntimeArgs(program, kernel, ttsl::Span<const uint32_t>(args.begin(), args.size()));
}
RuntimeArgsData& GetRuntimeArgs(const Program& program, KernelHandle kernel, const CoreCoord& core) {
  KernelState& state = KernelOf(program, kernel);
  TT_FATAL(state.cores.contains(core), "kernel {} is not on core {}", state.kernel.name, core.str());
  return state.args[core.x][core.y];
}
std::vector<std::vector<RuntimeArgsData>>& GetRuntimeArgs(const Program& program, KernelHandle kernel) {
  return KernelOf(program, kernel).args;
}
RuntimeArgsData& GetCommonRuntimeArgs(const Program& program, KernelHandle kernel) {
  return KernelOf(program, kernel).common_args;
}

}  // namespace tt::tt_metal

#include "codegen/program_builder.h"

#include <algorithm>
#include <map>
#include <set>

#include "codegen/printer.h"
#include "ir/diagnostics.h"
#include "ir/multicast_args.h"
#include "ir/records.h"
#include "ir/turns.h"
#include "ir/work.h"

namespace tltt::compiler {
namespace {

MathFidelity FidelityOf(const std::string& name) {
  if (name == "LoFi") return MathFidelity::kLoFi;
  if (name == "HiFi2") return MathFidelity::kHiFi2;
  if (name == "HiFi3") return MathFidelity::kHiFi3;
  return MathFidelity::kHiFi4;
}

Access AccessOfTensor(const std::string& access) {
  if (access == "out") return Access::kOut;
  if (access == "inout") return Access::kInOut;
  return Access::kIn;
}

Kernel MakeKernel(const PrimFunc& func, const std::vector<Tensor>& tensors,
                  const std::map<std::string, uint32_t>& tensor_index, std::vector<std::string>* source_files,
                  SourceText* source_text) {
  const std::vector<std::string> columns = WorkArgNames(WorkOf(func));
  Kernel kernel;
  const std::string role = func->GetAttr<String>(attr::kKernelRole).value();
  kernel.name = role;
  kernel.role = role == "reader" ? Role::kReader : role == "compute" ? Role::kCompute : Role::kWriter;
  kernel.path = role + ".cpp";
  PrintedKernel printed = PrintKernel(func, source_text);
  kernel.source = std::move(printed.source);
  for (const PrintedLines& lines : printed.origins) {
    // The folder is the user's own affair: what is emitted does not depend on it.
    const std::string name = lines.file.substr(lines.file.rfind('/') + 1);
    auto file = std::find(source_files->begin(), source_files->end(), name);
    if (file == source_files->end()) file = source_files->insert(file, name);
    kernel.origins.push_back(
        {lines.line, lines.count, static_cast<uint32_t>(file - source_files->begin()), lines.origin});
  }
  for (const Var& param : func->params) {
    const uint32_t index = tensor_index.at(func->buffer_map.at(param)->name);
    kernel.accessors.push_back(index);
    for (uint32_t word : AccessorArgs(tensors[index])) kernel.compile_time_args.push_back(word);
  }
  for (const String& arg : func->GetAttr<Array<String>>(attr::kRuntimeArgs).value()) {
    const std::string name = arg;
    RuntimeArg slot;
    slot.name = name;
    if (auto column = std::find(columns.begin(), columns.end(), name); column != columns.end()) {
      slot.kind = RuntimeArg::Kind::kPerCore;
      slot.value = static_cast<uint32_t>(column - columns.begin());
    } else if (IsMulticastArg(name) || IsTurnArg(name)) {
      slot.kind = RuntimeArg::Kind::kPerCore;  // AddMulticastArgs or AddTurnArgs finds its column
    } else {
      slot.kind = RuntimeArg::Kind::kTensorAddress;
      slot.value = tensor_index.at(name.substr(0, name.size() - std::string("_addr").size()));
    }
    kernel.args.push_back(slot);
  }
  if (kernel.role == Role::kCompute) {
    const ComputeRecord compute = ComputeOf(func);
    kernel.compute.math_fidelity = FidelityOf(compute.math_fidelity);
    kernel.compute.fp32_dest_acc_en = compute.fp32_dest_acc;
    kernel.compute.dst_full_sync_en = compute.dst_full_sync;
    CbTable cbs = CbTable::FromFunc(func);
    for (const auto& name : compute.unpack_to_dest)
      kernel.compute.unpack_to_dest_fp32.push_back(static_cast<uint32_t>(cbs.at(name).index));
  }
  return kernel;
}

// Gives the kernel's multicast arguments their columns. The sender of row y is core (y, y), that of column x core
// (x, x + 1), around the corner where there are fewer: the senders lie apart, and none sends for both.
void AddMulticastArgs(Kernel* kernel, const CoreRange& cores) {
  for (const std::string& axis : MulticastAxes()) {
    const MulticastArgs names(axis);
    auto find = [&](const std::string& name) {
      return std::find_if(kernel->args.begin(), kernel->args.end(),
                          [&](const RuntimeArg& arg) { return arg.name == name; });
    };
    if (find(names.sends) == kernel->args.end()) continue;
    const auto first = static_cast<uint32_t>(kernel->core_args.begin()->second.size());
    auto place = [&](const std::string& name, RuntimeArg::Kind kind, uint32_t column) {
      *find(name) = {name, kind, first + column};
    };
    place(names.sends, RuntimeArg::Kind::kPerCore, 0);
    place(names.sender_x, RuntimeArg::Kind::kNocX, 1);
    place(names.sender_y, RuntimeArg::Kind::kNocY, 1);
    place(names.start_x, RuntimeArg::Kind::kNocX, 3);
    place(names.start_y, RuntimeArg::Kind::kNocY, 3);
    place(names.end_x, RuntimeArg::Kind::kNocX, 5);
    place(names.end_y, RuntimeArg::Kind::kNocY, 5);
    const bool row = axis == "row";
    for (auto& [core, args] : kernel->core_args) {
      Core sender = core, start = core, end = core;
      if (row) {
        sender.x = core.y % cores.width;
        start.x = 0, end.x = cores.width - 1;
      } else {
        sender.y = (core.x + 1) % cores.height;
        start.y = 0, end.y = cores.height - 1;
      }
      // NoC 1 runs the other way, and so does the rectangle.
      if (kernel->role == Role::kWriter) std::swap(start, end);
      args.push_back(sender == core ? 1 : 0);
      for (const Core& c : {sender, start, end}) args.insert(args.end(), {c.x, c.y});
    }
  }
}

// Gives the kernel's turn arguments (ir/turns.h) their columns. Cores with more blocks come first, so that the turn
// goes around those that still have one.
void AddTurnArgs(Kernel* kernel, const Partition& work) {
  auto slot = [&](const std::string& name) {
    return std::find_if(kernel->args.begin(), kernel->args.end(),
                        [&](const RuntimeArg& arg) { return arg.name == name; });
  };
  if (slot(TurnArgs()[0]) == kernel->args.end()) return;
  std::vector<CoreWork> order = work.cores;
  std::stable_sort(order.begin(), order.end(), [](const CoreWork& a, const CoreWork& b) { return a.count > b.count; });
  const auto column = static_cast<uint32_t>(kernel->core_args.begin()->second.size());
  using Kind = RuntimeArg::Kind;
  const Kind kinds[] = {Kind::kPerCore, Kind::kNocX, Kind::kNocY,   Kind::kPerCore,
                        Kind::kNocX,    Kind::kNocY, Kind::kPerCore};
  const uint32_t columns[] = {0, 1, 1, 3, 4, 4, 6};  // a NoC coordinate is that of the core in two columns
  for (size_t i = 0; i < TurnArgs().size(); ++i) *slot(TurnArgs()[i]) = {TurnArgs()[i], kinds[i], column + columns[i]};
  for (size_t i = 0; i < order.size(); ++i) {
    const CoreWork& first = order[0];
    const bool last = i + 1 == order.size();
    const CoreWork& next = last ? first : order[i + 1];
    std::vector<uint32_t>& args = kernel->core_args.at(order[i].core);
    args.insert(args.end(), {i == 0 ? 1u : 0u, next.core.x, next.core.y, last ? 0u : static_cast<uint32_t>(next.count),
                             first.core.x, first.core.y, static_cast<uint32_t>(first.count)});
  }
}

}  // namespace

Program BuildProgram(const IRModule& mod) {
  std::map<std::string, PrimFunc> roles;
  for (const auto& [var, base] : mod->functions) {
    PrimFunc func = GetRef<PrimFunc>(base.as<PrimFuncNode>());
    roles.emplace(std::string(func->GetAttr<String>(attr::kKernelRole).value()), func);
  }
  const PrimFunc& any = roles.at("compute");
  const Chip& chip = ChipOf(any->GetAttr<Target>(tvm::attr::kTarget).value());

  Program program;
  program.name = any->GetAttr<String>(attr::kKernelName).value_or("main");
  program.arch = chip.arch;
  program.chip = chip.name;
  auto grid = any->GetAttr<Array<Integer>>(attr::kCoreGrid).value();
  program.grid = {static_cast<uint16_t>(grid[0]->value), static_cast<uint16_t>(grid[1]->value)};

  // Tensors in the user's order: each role's function carries only the parameters that it touches, the records carry
  // all.
  std::map<std::string, uint32_t> tensor_index;
  for (const String& name : any->GetAttr<Array<String>>(attr::kTensorOrder).value()) {
    const TensorRecord t =
        TensorFromMap(any->GetAttr<Map<String, Any>>(attr::kBufferPrefix + std::string(name)).value());
    Tensor tensor;
    tensor.name = name;
    tensor.dtype = t.dtype;
    tensor.packed = t.packed;
    tensor.shape = t.shape;
    tensor.format = t.Format();
    tensor.memory = t.memory == "DRAM" ? Memory::kDram : Memory::kL1;
    tensor.access = AccessOfTensor(t.access);
    tensor.page_size = static_cast<uint32_t>(t.PageBytes());
    if (t.Sharded()) {
      ShardSpec spec;
      for (int64_t pages : t.tensor_pages) spec.tensor_pages.push_back(static_cast<uint32_t>(pages));
      for (int64_t pages : t.shard_pages) spec.shard_pages.push_back(static_cast<uint32_t>(pages));
      spec.banks = t.banks;
      tensor.shards = std::move(spec);
    }
    if (t.row_page > 0) {
      tensor.layout = TensorLayout::kRowMajor;
    } else if (t.vector > 0) {
      const int64_t extent = t.shape[t.shape.size() - 3] * t.vector;
      tensor.shape.resize(t.shape.size() - 3);
      tensor.shape.push_back(extent);
      tensor.vector = t.vector;
    } else {
      tensor.tile_axes = {t.row_axis, t.col_axis};
    }
    tensor_index.emplace(name, static_cast<uint32_t>(program.tensors.size()));
    program.tensors.push_back(std::move(tensor));
  }

  std::map<Core, std::vector<uint32_t>> core_args;
  auto launch = any->GetAttr<Array<Integer>>(attr::kLaunchGrid).value();
  for (const Integer& extent : launch) program.work.grid_blocks.push_back(extent->value);
  const Partition work = WorkOf(any);
  program.work.mode = work.mode;
  program.work.policy = work.Policy();
  program.work.order = work.OrderName();
  std::vector<Core> cores;
  for (const CoreWork& core : work.cores) {
    cores.push_back(core.core);
    core_args[core.core] = WorkArgs(work, core);
    program.work.items[core.core] = work.Items(core);
  }
  program.core_ranges = RangesOf(cores);
  if (auto multicast = any->GetAttr<Map<String, Any>>(attr::kMulticast)) {
    for (const auto& [cb, record] : multicast.value())
      for (int i : {1, 2})
        program.semaphores.push_back(
            {static_cast<uint32_t>(record.cast<Array<Any>>()[i].cast<Integer>()->value), program.core_ranges, 0});
    std::sort(program.semaphores.begin(), program.semaphores.end(),
              [](const Semaphore& a, const Semaphore& b) { return a.id < b.id; });
  }

  if (auto turns = any->GetAttr<Integer>(attr::kTurns))
    program.semaphores.push_back({static_cast<uint32_t>(turns.value()->value), program.core_ranges, 0});

  SourceText source_text;
  for (const char* role : {"reader", "compute", "writer"}) {
    Kernel kernel = MakeKernel(roles.at(role), program.tensors, tensor_index, &program.source_files, &source_text);
    kernel.cores = program.core_ranges;
    kernel.core_args = core_args;
    AddMulticastArgs(&kernel, program.core_ranges[0]);
    AddTurnArgs(&kernel, work);
    program.kernels.push_back(std::move(kernel));
  }
  const CbTable cbs = CbTable::FromFunc(any);
  std::set<std::string> used;  // by some role
  for (const auto& [role, func] : roles)
    for (const auto& [cb, index] : func->GetAttr<Map<String, Any>>(attr::kCbIndices).value()) used.insert(cb);
  for (const CbRecord& cb : cbs.records()) {
    if (!used.count(cb.name)) continue;
    CircularBuffer buffer;
    buffer.name = cb.name;
    buffer.total_size = static_cast<uint32_t>(cb.Bytes());
    buffer.cores = program.core_ranges;
    buffer.formats = {{static_cast<uint32_t>(cb.index), cb.Format(), static_cast<uint32_t>(cb.PageBytes())}};
    if (!cb.shard.empty()) buffer.tensor = tensor_index.at(cb.shard);
    buffer.read_in_parts = cb.read_in_parts;
    program.circular_buffers.push_back(std::move(buffer));
  }
  return program;
}

}  // namespace tltt::compiler

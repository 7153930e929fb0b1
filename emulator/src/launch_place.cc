// Where a Program's parts lie on their cores before it runs: semaphores, circular buffers, arguments, kernels.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "compute/compute_unit.h"
#include "compute/core_port.h"
#include "kernel_compiler.h"
#include "l1_layout.h"
#include "strand.h"

namespace tltt::emu {

namespace {

constexpr uint32_t kCbAlignment = 64;  // suits the DRAM alignment of every chip

}  // namespace

void Launch::PlaceSemaphores() {
  for (uint32_t index = 0; index < memory_->cores(); ++index) {
    regions_[index].push_back({kZerosBase, kZerosBase + kZerosBytes, "zeros"});
  }
  for (uint32_t index : active_) {
    TensixCore& core = *cores_[index];
    if (core.data()) {
      std::memset(core.l1() + kZerosBase, 0, kZerosBytes);
      core.MarkWritten(core.l1() + kZerosBase, kZerosBytes);
    }
  }
  for (const Semaphore& s : program_->semaphores) {
    if (s.id >= kMaxSemaphores) BadProgram(fmt::format("semaphore {}: a core has {}", s.id, kMaxSemaphores));
    uint32_t offset = kSemaphoreBase + s.id * kSemaphoreStride;
    for (uint32_t index = 0; index < memory_->cores(); ++index) {
      Core c{static_cast<uint16_t>(index % chip_->grid.x), static_cast<uint16_t>(index / chip_->grid.x)};
      if (std::none_of(s.cores.begin(), s.cores.end(), [&](const CoreRange& r) { return r.Contains(c); })) continue;
      std::byte* p = memory_->L1(index) + offset;
      std::memcpy(p, &s.initial_value, sizeof s.initial_value);
      regions_[index].push_back({offset, offset + kSemaphoreStride, fmt::format("semaphore {}", s.id)});
      if (cores_[index]) cores_[index]->MarkWritten(p, kSemaphoreStride);
    }
  }
}

void Launch::PlaceCircularBuffers(std::span<const Buffer> tensors) {
  // L1 buffers lie above the circular buffers, at the same address in every core.
  auto limit = static_cast<uint32_t>(memory_->lowest_l1_buffer());
  for (const auto& [address, state] : memory_->l1_buffers()) {
    for (auto& regions : regions_) {
      regions.push_back(
          {static_cast<uint32_t>(address), static_cast<uint32_t>(address + state->extent()), "L1 buffer"});
    }
  }
  std::vector<uint32_t> top(cores_.size(), FirstFreeL1(*chip_));
  std::vector<std::string> map(cores_.size());
  for (const tltt::CircularBuffer& spec : program_->circular_buffers) {
    std::vector<uint32_t> on;
    for (uint32_t index : active_) {
      Core c = cores_[index]->coordinates();
      if (std::any_of(spec.cores.begin(), spec.cores.end(), [&](const CoreRange& r) { return r.Contains(c); }))
        on.push_back(index);
    }
    if (spec.total_size == 0 || spec.formats.empty())
      BadProgram(fmt::format("circular buffer {} has no bytes or no format", spec.name));
    uint32_t address = 0;
    if (spec.tensor) {
      if (*spec.tensor >= tensors.size() || tensors[*spec.tensor].memory != Memory::kL1) {
        BadProgram(fmt::format("circular buffer {} lies on tensor {}, which is not in L1", spec.name, *spec.tensor));
      }
      address = tensors[*spec.tensor].address;
    } else {
      for (uint32_t index : on) address = std::max(address, top[index]);
    }
    for (uint32_t index : on) {
      if (!spec.tensor) {
        map[index] += fmt::format("    {:#8x} {:8} B  {}\n", address, spec.total_size, spec.name);
        if (uint64_t{address} + spec.total_size > limit) {
          Core c = cores_[index]->coordinates();
          BadProgram(
              fmt::format("the circular buffers do not fit L1 of core ({}, {}): {} bytes are free from {:#x} on\n{}"
                          "  to fix: smaller blocks or fewer pages; {} ends {} bytes too far",
                          c.x, c.y, limit - FirstFreeL1(*chip_), FirstFreeL1(*chip_), map[index], spec.name,
                          address + spec.total_size - limit));
        }
        regions_[index].push_back({address, address + spec.total_size, "CB " + spec.name});
        poison_[index].push_back({address, address + spec.total_size});
        top[index] = (address + spec.total_size + kCbAlignment - 1) / kCbAlignment * kCbAlignment;
      }
      for (const CircularBufferFormat& f : spec.formats) {
        if (f.index >= std::min(chip_->num_circular_buffers, TensixCore::kCircularBuffers)) {
          BadProgram(fmt::format("circular buffer index {} of {}: {} has {}", f.index, spec.name, chip_->name,
                                 chip_->num_circular_buffers));
        }
        if (f.page_size == 0 || spec.total_size % f.page_size != 0) {
          BadProgram(fmt::format("circular buffer {}: its {} bytes are no multiple of the page size {}", spec.name,
                                 spec.total_size, f.page_size));
        }
        TensixCore& core = *cores_[index];
        if (core.cbs_[f.index].configured())
          BadProgram(fmt::format("circular buffer index {} is given twice ({})", f.index, spec.name));
        core.cbs_[f.index].Configure(&core, f.index, spec, f, core.l1() + address);
        clock_->AddCircularBuffer(index, f.index, core.cbs_[f.index].num_pages());
      }
    }
  }
}

void Launch::PlaceArgs(TensixCore& core, RoleContext& role, const Kernel& kernel, std::span<const Buffer> tensors) {
  Core c = core.coordinates();
  auto row = kernel.core_args.find(c);
  std::vector<uint32_t> args;
  if (kernel.args.empty()) {
    if (row != kernel.core_args.end()) args = row->second;
  }
  for (const RuntimeArg& a : kernel.args) {
    switch (a.kind) {
      case RuntimeArg::Kind::kTensorAddress:
        if (a.value >= tensors.size())
          BadProgram(fmt::format("argument {} of kernel {}: there is no tensor {}", a.name, kernel.name, a.value));
        args.push_back(tensors[a.value].address);
        break;
      case RuntimeArg::Kind::kCommon:
        args.push_back(a.value);
        break;
      case RuntimeArg::Kind::kPerCore:
      case RuntimeArg::Kind::kNocX:
      case RuntimeArg::Kind::kNocY: {
        // Coordinates on the emulated NoC are the logical ones.
        const size_t column = a.value + (a.kind == RuntimeArg::Kind::kNocY ? 1 : 0);
        if (row == kernel.core_args.end() || column >= row->second.size()) {
          BadProgram(fmt::format("argument {} of kernel {}: core ({}, {}) has no value {}", a.name, kernel.name, c.x,
                                 c.y, column));
        }
        args.push_back(row->second[column]);
        break;
      }
    }
  }
  if (args.size() > kMaxArgs || kernel.common_args.size() > kMaxArgs) {
    BadProgram(fmt::format("kernel {} has {} runtime arguments, {} common ones; at most {} are possible", kernel.name,
                           args.size(), kernel.common_args.size(), kMaxArgs));
  }
  auto place = [&](const std::vector<uint32_t>& values, uint32_t slot) {
    auto* p = reinterpret_cast<uint32_t*>(core.l1() + kArgsBase + slot * kArgsStride);
    std::copy(values.begin(), values.end(), p);
    return p;
  };
  auto index = static_cast<uint32_t>(role.role());
  role.args_ = place(args, index);
  role.num_args_ = static_cast<uint32_t>(args.size());
  role.common_args_ = place(kernel.common_args, 3 + index);
  role.num_common_args_ = static_cast<uint32_t>(kernel.common_args.size());
}

void Launch::PlaceKernels(std::span<const RoleKernel> kernels, std::span<const Buffer> tensors) {
  for (size_t a = 0; a < active_.size(); ++a) {
    TensixCore& core = *cores_[active_[a]];
    for (const RoleKernel& k : kernels) {
      const Kernel& kernel = *k.kernel;
      Core c = core.coordinates();
      if (std::none_of(kernel.cores.begin(), kernel.cores.end(), [&](const CoreRange& r) { return r.Contains(c); }))
        continue;
      auto r = static_cast<size_t>(kernel.role);
      if (core.roles_[r]) {
        BadProgram(fmt::format("kernels {} and {} are both the {} of core ({}, {})",
                               core.roles_[r]->kernel().kernel->name, kernel.name, RoleName(kernel.role), c.x, c.y));
      }
      core.roles_[r] = std::make_unique<RoleContext>(&core, kernel.role);
      RoleContext& role = *core.roles_[r];
      role.kernel_ = &k;
      role.checker_ = checker_.get();
      role.schedule_ = schedule_.get();
      role.next_stop_ = std::min(RoleContext::kYieldBlocks, options_->block_budget);
      PlaceArgs(core, role, kernel, tensors);
      if (kernel.role == Role::kCompute) {
        core.compute_config_ = kernel.compute;
        core.compute_ = NewComputeUnit(core);
      }
      strands_[a * 3 + r] = std::make_unique<Strand>();
      Strand& strand = *strands_[a * 3 + r];
      strand.role = &role;
      strand.entry = k.entry;
      const auto number = static_cast<uint32_t>(&k - kernels.data());
      if (kernel.role == Role::kCompute) {
        const bool full_sync = kernel.compute.dst_full_sync_en;
        strand.clock_threads = {clock_->AddMath(active_[a], number, full_sync, &role.traces_[0]),
                                clock_->AddPack(active_[a], number, &role.traces_[1])};
      } else {
        const bool reader = kernel.role == Role::kReader;
        strand.clock_threads = {clock_->AddDataMover(active_[a], reader ? Unit::kReader : Unit::kWriter, reader ? 0 : 1,
                                                     number, &role.traces_[0])};
      }
      if (!k.private_object.empty()) strand.object = LoadPrivately(k.private_object, kernel, &strand.entry);
    }
  }
}

void Launch::PrepareL1(TensixCore& core) {
  if (!core.data()) return;
  uint32_t index = CoreIndex(core.coordinates().x, core.coordinates().y);
  for (auto [begin, end] : poison_[index]) core.Poison(core.l1() + begin, end - begin);
  for (const auto& [address, state] : memory_->l1_buffers()) {
    for (uint64_t cell = index; cell < state->cells(); cell += memory_->cores()) {
      std::byte* p = core.l1() + address + cell / memory_->cores() * state->stride();
      if (state->Written(cell, 0, state->buffer().page_size)) {
        core.MarkWritten(p, state->buffer().page_size);
      } else {
        core.Poison(p, state->stride());
      }
    }
  }
}

void Launch::KeepL1Tensors() {
  for (const auto& [address, state] : memory_->l1_buffers()) {
    for (uint64_t cell = 0; cell < state->cells(); ++cell) {
      const TensixCore* core = cores_[cell % memory_->cores()].get();
      if (!core || !core->data()) continue;  // a core that runs nothing: marked as others wrote to it
      if (core->IsWritten(core->l1() + address + cell / memory_->cores() * state->stride(),
                          state->buffer().page_size)) {
        state->Mark(cell, 0, state->buffer().page_size);
      }
    }
  }
}

const L1Region* Launch::FindRegion(uint32_t core, uint32_t offset, uint32_t bytes) const {
  const std::vector<L1Region>& regions = regions_[core];
  auto it = std::upper_bound(regions.begin(), regions.end(), offset,
                             [](uint32_t o, const L1Region& r) { return o < r.begin; });
  if (it == regions.begin()) return nullptr;
  --it;
  return uint64_t{offset} + bytes <= it->end ? &*it : nullptr;
}

bool Launch::Unallocated(uint32_t core, uint32_t offset, uint32_t bytes) const {
  const uint64_t end = uint64_t{offset} + bytes;
  return end <= chip_->l1_bytes && std::none_of(regions_[core].begin(), regions_[core].end(),
                                                [&](const L1Region& r) { return offset < r.end && r.begin < end; });
}

std::string Launch::DescribeRegions(uint32_t core) const {
  std::string text;
  for (const L1Region& r : regions_[core]) text += fmt::format("  {:#x} up to {:#x}: {}\n", r.begin, r.end, r.name);
  return text;
}

}  // namespace tltt::emu

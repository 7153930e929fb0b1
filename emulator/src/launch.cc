#include "launch.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <map>

#include "compute/compute_unit.h"
#include "compute/core_port.h"
#include "current_role.h"
#include "kernel_compiler.h"
#include "l1_layout.h"

namespace tltt::emu {

namespace {

constexpr size_t kStackBytes = 256 << 10;

constexpr uint32_t kCbAlignment = 64;  // suits the DRAM alignment of every chip

std::string ListCores(const std::vector<Core>& cores) {
  constexpr size_t kShown = 6;
  std::string text;
  for (size_t i = 0; i < std::min(cores.size(), kShown); ++i) {
    text += fmt::format("{}({}, {})", i ? ", " : "", cores[i].x, cores[i].y);
  }
  if (cores.size() > kShown) text += fmt::format(" and {} more", cores.size() - kShown);
  return text;
}

[[noreturn]] void BadProgram(const std::string& text) {
  throw Error(ErrorCategory::kBadProgram, fmt::format("{}: {}", ErrorCategoryName(ErrorCategory::kBadProgram), text));
}

}  // namespace

struct Launch::Strand {
  RoleContext* role = nullptr;
  Fiber* fiber = nullptr;
  std::shared_ptr<void> object;  // this core's own copy of the kernel, where it needs one
  KernelEntry entry = nullptr;
  bool done = false;
  bool clocked = false;  // the clock knows that it is done
  std::vector<uint32_t> clock_threads;
  std::optional<Error> error;
};

Fiber* FiberPool::Take() {
  if (used_ == fibers_.size()) fibers_.push_back(std::make_unique<Fiber>(std::make_unique<FiberStack>(kStackBytes)));
  return fibers_[used_++].get();
}

Launch::Launch(const Chip& chip, const Options& options, DeviceMemory& memory, const Program& program,
               std::span<const RoleKernel> kernels, std::span<const Buffer> tensors)
    : chip_(&chip), options_(&options), memory_(&memory), program_(&program) {
  cores_.resize(memory.cores());
  outboxes_.resize(memory.cores());
  inboxes_.resize(memory.cores());
  regions_.resize(memory.cores());
  poison_.resize(memory.cores());
  if (tensors.size() != program.tensors.size()) {
    BadProgram(
        fmt::format("the program has {} tensors, but {} buffers were given", program.tensors.size(), tensors.size()));
  }
  for (const Buffer& b : tensors) memory.State(b);  // throws for a buffer of another device

  for (const Kernel& k : program.kernels) {
    for (const CoreRange& r : k.cores) {
      if (r.start.x + r.width > chip.grid.x || r.start.y + r.height > chip.grid.y) {
        BadProgram(fmt::format("kernel {} runs on cores ({}, {}) to ({}, {}), but {} has a grid of {}x{} worker cores",
                               k.name, r.start.x, r.start.y, r.start.x + r.width - 1, r.start.y + r.height - 1,
                               chip.name, chip.grid.x, chip.grid.y));
      }
      for (uint16_t y = r.start.y; y < r.start.y + r.height; ++y) {
        for (uint16_t x = r.start.x; x < r.start.x + r.width; ++x) {
          auto& core = cores_[CoreIndex(x, y)];
          if (!core) core = std::make_unique<TensixCore>(this, chip, options, Core{x, y}, memory.L1(CoreIndex(x, y)));
        }
      }
    }
  }
  for (uint32_t i = 0; i < cores_.size(); ++i) {
    if (cores_[i]) active_.push_back(i);
  }
  if (active_.empty()) BadProgram("no kernel runs on any core");
  clock_.emplace(chip, options.timeline);
  strands_.resize(active_.size() * 3);

  PlaceSemaphores();
  PlaceCircularBuffers(tensors);
  PlaceKernels(kernels, tensors);
  for (auto& regions : regions_) {
    std::sort(regions.begin(), regions.end(), [](const L1Region& a, const L1Region& b) { return a.begin < b.begin; });
  }
}

Launch::~Launch() = default;

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
      clock_->SetWord(index, offset, s.initial_value);
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

std::string Launch::DescribeRegions(uint32_t core) const {
  std::string text;
  for (const L1Region& r : regions_[core]) text += fmt::format("  {:#x} up to {:#x}: {}\n", r.begin, r.end, r.name);
  return text;
}

void Launch::Apply(const RemoteEffect& effect, const std::byte* payload, uint32_t core) {
  std::byte* p = memory_->L1(core) + effect.offset;
  TensixCore* target = cores_[core].get();
  if (effect.kind == RemoteEffect::Kind::kIncrement) {
    uint32_t value;
    std::memcpy(&value, p, 4);
    value += static_cast<uint32_t>(effect.payload);
    std::memcpy(p, &value, 4);
  } else if (options_->data || effect.bytes == 4) {
    std::memmove(p, payload, effect.bytes);
    if (target) {
      target->MarkWritten(p, effect.bytes);
    } else if (BufferState* state = memory_->Find(Memory::kL1, effect.offset, effect.bytes)) {
      const uint64_t at = effect.offset - state->buffer().address;
      const uint64_t cell = at / state->stride() * memory_->cores() + core;
      const auto in_page = static_cast<uint32_t>(at % state->stride());
      if (cell < state->cells() && in_page + effect.bytes <= state->stride()) state->Mark(cell, in_page, effect.bytes);
    }
  }
}

void Launch::RunStrand(void* argument) {
  auto* strand = static_cast<Strand*>(argument);
  RoleContext& role = *strand->role;
  try {
    strand->entry();
    role.FlushPrint();
    role.noc().CheckExit(role);
    if (role.role() == Role::kCompute) role.core().compute().Finish();
  } catch (const Error& error) {
    strand->error = error;
  }
  strand->done = true;
}

void Launch::OnFault(RoleContext& role, const Fault& fault) {
  Strand* mine = nullptr;
  for (const auto& strand : role.launch().strands_) {
    if (strand && strand->role == &role) mine = strand.get();
  }
  try {
    if (fault.signal == kSpinSignal) {
      role.Fail(ErrorCategory::kBudget,
                "the kernel does not end: after this device call it runs in an empty loop\n"
                "look for a loop whose condition nothing changes, as while (true) {}",
                true);
    }
    if (fault.signal == SIGFPE) role.Fail(ErrorCategory::kAssert, "a division by zero after this device call");
    if (fault.signal == SIGILL)
      role.Fail(ErrorCategory::kAssert, "the kernel runs into code that must not be reached, after this device call");
    if (role.fiber()->stack().InGuard(fault.address)) {
      role.Fail(ErrorCategory::kOutOfRange,
                fmt::format("the kernel's stack of {} KB is used up after this device call\n"
                            "look for recursion without end; large arrays belong into a circular buffer",
                            kStackBytes >> 10));
    }
    role.Fail(
        ErrorCategory::kOutOfRange,
        fmt::format("the kernel {} where there is no memory, after this device call: no memory at {:#x}\n"
                    "only pointers made from get_write_ptr, get_read_ptr, get_semaphore and get_arg_addr can be used",
                    fault.write ? "writes" : "reads", reinterpret_cast<uintptr_t>(fault.address)));
  } catch (const Error& error) {
    mine->error = error;
  }
  mine->done = true;
  role.fiber()->Abandon();
}

// All strands of the core until each is done, blocked, or computing without end in sight.
void Launch::RunCore(size_t a, Watchdog::Watched& watched) {
  bool progress;
  do {
    progress = false;
    for (size_t r = 0; r < 3; ++r) {
      Strand* strand = strands_[a * 3 + r].get();
      if (!strand || strand->done || !strand->role->WaitSatisfied()) continue;
      strand->role->yielded_ = false;
      RoleContext* previous = SetCurrentRole(strand->role);
      watched.Set(strand->role);
      strand->fiber->Resume();
      watched.Set(nullptr);
      SetCurrentRole(previous);
      if (strand->error) return;
      if (!strand->role->yielded_) progress = true;
    }
  } while (progress);
}

// Each host thread takes the next piece of work until none is left. The clock, which is one piece, goes first.
void Launch::RunRound(WorkerPool& pool, Watchdog& watchdog, const std::vector<size_t>& active_indices, bool first) {
  const size_t pieces = active_indices.size() + (first ? 0 : 1);
  std::atomic<size_t> next{0};
  pool.ForEach(std::min<size_t>(pieces, static_cast<size_t>(pool.threads())), [&](size_t) {
    FaultGuard::PrepareThread();
    Watchdog::Watched watched(watchdog);
    for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < pieces;) {
      if (!first && i-- == 0) {
        AdvanceClock();
        continue;
      }
      size_t a = active_indices[i];
      if (first) PrepareL1(*cores_[active_[a]]);
      RunCore(a, watched);
    }
  });
}

bool Launch::CoreRunnable(size_t a) const {
  for (size_t r = 0; r < 3; ++r) {
    const Strand* strand = strands_[a * 3 + r].get();
    if (strand && !strand->done && strand->role->WaitSatisfied()) return true;
  }
  return false;
}

void Launch::Deliver(WorkerPool& pool) {
  std::vector<uint32_t> targets;
  for (uint32_t source : active_) {
    const Outbox& out = outboxes_[source];
    for (const RemoteEffect& effect : out.effects) {
      for (uint16_t y = effect.cores.y0; y <= effect.cores.y1; ++y) {
        for (uint16_t x = effect.cores.x0; x <= effect.cores.x1; ++x) {
          uint32_t target = CoreIndex(x, y);
          if (target == source && !effect.include_source) continue;
          if (inboxes_[target].empty()) targets.push_back(target);
          const std::byte* payload =
              effect.kind == RemoteEffect::Kind::kWrite ? out.payload.data() + effect.payload : nullptr;
          inboxes_[target].push_back({&effect, payload});
        }
      }
    }
  }
  auto apply = [&](size_t i) {
    for (auto [effect, payload] : inboxes_[targets[i]]) Apply(*effect, payload, targets[i]);
    inboxes_[targets[i]].clear();
  };
  pool.ForEach(targets.size(), apply);
  for (uint32_t source : active_) {
    for (const RemoteRead& read : outboxes_[source].reads) {
      if (options_->data) {
        std::memcpy(read.destination, memory_->L1(read.source_core) + read.source_offset, read.bytes);
        read.role->core().MarkWritten(read.destination, read.bytes);
      }
      read.role->noc().remote_reads_pending = 0;
    }
    outboxes_[source].Clear();
  }
}

void Launch::ThrowFirstError() {
  for (const auto& strand : strands_) {
    if (strand && strand->error) throw *strand->error;
  }
}

void Launch::Run(WorkerPool& pool, FiberPool& fibers) {
  FaultGuard guard(&Launch::OnFault);
  Watchdog watchdog;
  fibers.GiveAllBack();
  for (auto& strand : strands_) {
    if (!strand) continue;
    strand->fiber = fibers.Take();
    strand->role->fiber_ = strand->fiber;
    strand->fiber->Start(&Launch::RunStrand, strand.get());
  }
  std::vector<size_t> runnable(active_.size());
  for (size_t a = 0; a < active_.size(); ++a) runnable[a] = a;
  RunRound(pool, watchdog, runnable, true);
  for (;;) {
    ThrowFirstError();
    ThrowClockError();
    Deliver(pool);
    runnable.clear();
    for (size_t a = 0; a < active_.size(); ++a) {
      if (CoreRunnable(a)) runnable.push_back(a);
    }
    CollectTraces();
    if (runnable.empty()) break;
    RunRound(pool, watchdog, runnable, false);
  }
  RequireAllDone();  // else the clock has nothing to go on with
  AdvanceClock();
  ThrowClockError();
  CheckExit();
  KeepL1Tensors();
}

void Launch::RequireAllDone() {
  for (const auto& strand : strands_) {
    if (strand && !strand->done) ThrowDeadlock();
  }
}

void Launch::CollectTraces() {
  for (auto& strand : strands_) {
    if (!strand || !strand->done || strand->clocked) continue;
    strand->clocked = true;
    for (uint32_t thread : strand->clock_threads) clock_->SetFinished(thread);
  }
  clock_->Collect();
}

void Launch::AdvanceClock() noexcept {
  const auto start = std::chrono::steady_clock::now();
  try {
    clock_->Advance();
  } catch (...) {
    clock_error_ = std::current_exception();
  }
  clock_seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Launch::ThrowClockError() {
  if (clock_error_) std::rethrow_exception(clock_error_);
}

void Launch::ThrowDeadlock() {
  // One paragraph per distinct situation, with the cores that are in it.
  std::vector<std::pair<std::string, std::vector<Core>>> groups;
  std::map<std::string, size_t> by_text;
  for (size_t a = 0; a < active_.size(); ++a) {
    const TensixCore& core = *cores_[active_[a]];
    std::string text;
    bool blocked = false;
    for (size_t r = 0; r < 3; ++r) {
      const Strand* strand = strands_[a * 3 + r].get();
      if (!strand) continue;
      if (strand->done) {
        text += fmt::format("    {} has returned\n", RoleName(static_cast<Role>(r)));
        continue;
      }
      blocked = true;
      std::string position = strand->role->DescribePosition();
      // The core is named in the paragraph's head.
      position.erase(0, position.find("), ") + 3);
      text += fmt::format("    {}\n      {}\n", position, strand->role->DescribeWait());
    }
    if (!blocked) continue;
    text += "    circular buffers:\n";
    std::string cbs = core.DescribeCbs();
    for (size_t at = 0, end; (end = cbs.find('\n', at)) != std::string::npos; at = end + 1) {
      text += "      " + cbs.substr(at, end - at + 1);
    }
    auto [it, fresh] = by_text.emplace(text, groups.size());
    if (fresh) groups.push_back({text, {}});
    groups[it->second].second.push_back(core.coordinates());
  }
  std::string message = fmt::format("{}: no role can go on\n", ErrorCategoryName(ErrorCategory::kDeadlock));
  for (const auto& [text, cores] : groups) {
    message += fmt::format("  core{} {}:\n{}", cores.size() == 1 ? "" : "s", ListCores(cores), text);
  }
  message +=
      "  to fix: for every page or signal waited for, find who should push, pop or set it, and compare the counts";
  throw Error(ErrorCategory::kDeadlock, std::move(message));
}

void Launch::WarnOnce(const std::string& place, const std::string& text) {
  const std::lock_guard lock(warnings_mutex_);
  if (!warned_.insert(place).second) return;
  const std::string line = "warning: " + text;
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void Launch::CheckExit() {
  for (uint32_t index : active_) {
    const TensixCore& core = *cores_[index];
    for (uint32_t i = 0; i < TensixCore::kCircularBuffers; ++i) {
      const CircularBuffer* cb = core.FindCb(i);
      // Pages that the consumer waited for and kept are constants; the next program starts with empty buffers anyway.
      if (!cb || cb->on_tensor() || cb->available() <= cb->waited()) continue;
      Core c = core.coordinates();
      const std::string problem = fmt::format(
          "{}: all kernels have returned, but {} pages of CB {} {} were pushed and never waited for\n  core ({}, {})\n",
          ErrorCategoryName(ErrorCategory::kUnbalanced), cb->available() - cb->waited(), cb->index(), cb->name(), c.x,
          c.y);
      if (options_->tolerant) {
        WarnOnce(fmt::format("CB {}", cb->index()), problem);
        continue;
      }
      throw Error(ErrorCategory::kUnbalanced,
                  fmt::format("{}  circular buffers of this core:\n    {}\n"
                              "  to fix: consume as many pages as are produced: {} were pushed, {} popped",
                              problem, cb->Describe(), cb->pushed(), cb->popped()));
    }
  }
}

void Launch::Report(RunReport* report) const {
  for (size_t a = 0; a < active_.size(); ++a) {
    const TensixCore& core = *cores_[active_[a]];
    CoreReport& out = report->cores.emplace_back();
    out.core = core.coordinates();
    report->matmul_tiles += core.matmul_tiles;
    for (const auto& role : core.roles_) {
      if (!role) continue;
      report->dram_read_bytes += role->noc().dram_read_bytes;
      report->dram_write_bytes += role->noc().dram_write_bytes;
      report->noc_bytes += role->noc().noc_bytes;
    }
  }
  clock_->Report(report);
  report->clock_seconds = clock_seconds_;
  if (options_->timeline) {
    for (const L1Region& region : regions_[active_[0]])
      report->timeline.l1.push_back({region.name, region.begin, region.end});
  }
}

}  // namespace tltt::emu

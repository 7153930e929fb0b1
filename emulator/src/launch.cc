#include "launch.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <map>

#include "check/checker.h"
#include "check/schedule.h"
#include "compute/compute_unit.h"
#include "compute/core_port.h"
#include "current_role.h"
#include "kernel_compiler.h"
#include "strand.h"

namespace tltt::emu {

namespace {

constexpr size_t kStackBytes = 256 << 10;

std::string ListCores(const std::vector<Core>& cores) {
  constexpr size_t kShown = 6;
  std::string text;
  for (size_t i = 0; i < std::min(cores.size(), kShown); ++i) {
    text += fmt::format("{}({}, {})", i ? ", " : "", cores[i].x, cores[i].y);
  }
  if (cores.size() > kShown) text += fmt::format(" and {} more", cores.size() - kShown);
  return text;
}

}  // namespace

void BadProgram(const std::string& text) {
  throw Error(ErrorCategory::kBadProgram, fmt::format("{}: {}", ErrorCategoryName(ErrorCategory::kBadProgram), text));
}

Fiber* FiberPool::Take() {
  if (used_ == fibers_.size()) fibers_.push_back(std::make_unique<Fiber>(std::make_unique<FiberStack>(kStackBytes)));
  return fibers_[used_++].get();
}

Launch::Launch(const Chip& chip, const Options& options, DeviceMemory& memory, const Program& program,
               std::span<const RoleKernel> kernels, std::span<const Buffer> tensors, uint64_t seed)
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
  if (seed != 0) schedule_ = std::make_unique<Schedule>(seed);
  if (options.check && options.data) checker_ = std::make_unique<Checker>(*this);
  clock_.emplace(chip, options.timeline, options.speedup.math);
  strands_.resize(active_.size() * 3);

  PlaceSemaphores();
  PlaceCircularBuffers(tensors);
  PlaceKernels(kernels, tensors);
  for (auto& regions : regions_) {
    std::sort(regions.begin(), regions.end(), [](const L1Region& a, const L1Region& b) { return a.begin < b.begin; });
  }
}

Launch::~Launch() = default;

void Launch::Apply(const RemoteEffect& effect, const std::byte* payload, uint32_t core) {
  std::byte* p = memory_->L1(core) + effect.offset;
  if (checker_ && effect.signal != 0)
    checker_->OnArrival(effect.signal, core, effect.offset, effect.kind == RemoteEffect::Kind::kIncrement);
  TensixCore* target = cores_[core].get();
  if (effect.kind == RemoteEffect::Kind::kIncrement) {
    if (target) target->Word(effect.offset).value += static_cast<uint32_t>(effect.payload);
    uint32_t value;
    std::memcpy(&value, p, 4);
    value += static_cast<uint32_t>(effect.payload);
    std::memcpy(p, &value, 4);
  } else if (options_->data || effect.bytes == 4) {
    if (target && effect.bytes == 4) std::memcpy(&target->Word(effect.offset).value, payload, 4);
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
    if (role.schedule()) role.noc().Land(role.launch().outbox(role.core()));
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
void Launch::RunCore(size_t a, Watchdog::Watched& watched, UnpackedTiles& unpacked) {
  cores_[active_[a]]->unpacked = &unpacked;
  bool progress;
  do {
    progress = false;
    const std::array<uint8_t, 3> order = schedule_ ? schedule_->RoleOrder() : std::array<uint8_t, 3>{0, 1, 2};
    for (size_t r : order) {
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
  pool.ForEach(std::min(pieces, Threads(pool)), [&](size_t thread) {
    FaultGuard::PrepareThread();
    Watchdog::Watched watched(watchdog);
    for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < pieces;) {
      if (!first && i-- == 0) {
        AdvanceClock();
        continue;
      }
      size_t a = active_indices[i];
      if (first) PrepareL1(*cores_[active_[a]]);
      RunCore(a, watched, unpacked_[thread]);
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

size_t Launch::Threads(const WorkerPool& pool) const {
  return schedule_ || checker_ ? 1 : static_cast<size_t>(pool.threads());
}

void Launch::FindRunnable(std::vector<size_t>* runnable) const {
  runnable->clear();
  for (size_t a = 0; a < active_.size(); ++a) {
    if (CoreRunnable(a)) runnable->push_back(a);
  }
}

void Launch::Deliver(WorkerPool& pool, bool all) {
  std::vector<uint32_t> targets, arrived;
  for (uint32_t source : active_) {
    if (!all && schedule_->OneIn(2)) continue;
    arrived.push_back(source);
    Outbox& out = outboxes_[source];
    if (schedule_) {
      for (const auto& role : cores_[source]->roles_) {
        if (role) role->noc().TakePayloads(out);
      }
    }
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
  if (checker_) {
    for (size_t i = 0; i < targets.size(); ++i) apply(i);
  } else {
    pool.ForEach(targets.size(), apply);
  }
  for (uint32_t source : arrived) {
    for (const RemoteRead& read : outboxes_[source].reads) {
      if (options_->data) {
        std::memcpy(read.destination, memory_->L1(read.source_core) + read.source_offset, read.bytes);
        read.role->core().MarkWritten(read.destination, read.bytes);
      }
      read.role->noc().remote_reads_pending = 0;
    }
    outboxes_[source].Clear();
  }
  if (checker_ && all) checker_->OnRoundEnd();
}

void Launch::ThrowFirstError() {
  for (const auto& strand : strands_) {
    if (strand && strand->error) throw *strand->error;
  }
}

void Launch::Run(WorkerPool& pool, FiberPool& fibers) {
  FaultGuard guard(&Launch::OnFault);
  unpacked_.resize(Threads(pool));
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
    Deliver(pool, !schedule_);
    FindRunnable(&runnable);
    if (runnable.empty() && schedule_) {
      Deliver(pool, true);
      FindRunnable(&runnable);
    }
    CollectTraces();
    if (runnable.empty()) break;
    RunRound(pool, watchdog, runnable, false);
  }
  RequireAllDone();  // else the clock has nothing to go on with
  AdvanceClock();
  ThrowClockError();
  CheckExit();
  if (checker_) checker_->OnExit();
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
  for (uint32_t index : active_) {
    for (auto& [offset, word] : cores_[index]->words_) {
      if (!word.announced) clock_->SetWord(index, offset, word.initial);
      word.announced = true;
    }
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

// One run of one Program: its kernels on their cores, in deterministic rounds.
//
// In a round every core runs until all of its roles block or end, on any host thread and without seeing any effect of
// another core's round; then the effects are delivered in order of source core and issue. So the result does not depend
// on the number of host threads. (DRAM is written at once: cores that communicate through it must synchronise, as on
// the chip.)
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "clock/clock.h"
#include "compute/unpacked_tiles.h"
#include "core.h"
#include "fault_guard.h"
#include "fiber.h"
#include "memory.h"
#include "noc.h"
#include "tltt/emulator.h"
#include "watchdog.h"
#include "worker_pool.h"

namespace tltt::emu {

class Checker;   // check/checker.h
class Schedule;  // check/schedule.h

using KernelEntry = void (*)();

// A kernel of the program, compiled.
struct RoleKernel {
  const Kernel* kernel = nullptr;
  KernelEntry entry = nullptr;
  // Path of the code, if the kernel has variables of its own that outlive a call: on the chip each core has them for
  // itself, fresh at every launch. Empty: all cores may share `entry`.
  std::string private_object;
};

// An allocated piece of a core's L1, for range checks and messages.
struct L1Region {
  uint32_t begin = 0, end = 0;
  std::string name;
};

// Fibers outlive launches: their stacks are reused.
class FiberPool {
 public:
  Fiber* Take();
  void GiveAllBack() { used_ = 0; }

 private:
  std::vector<std::unique_ptr<Fiber>> fibers_;
  size_t used_ = 0;
};

class Launch {
 public:
  // `kernels[i]` is program.kernels[i], compiled. Throws Error(kBadProgram) for a program that can't start.
  Launch(const Chip& chip, const Options& options, DeviceMemory& memory, const Program& program,
         std::span<const RoleKernel> kernels, std::span<const Buffer> tensors, uint64_t seed = 0);
  ~Launch();
  Launch(const Launch&) = delete;

  void Run(WorkerPool& pool, FiberPool& fibers);  // throws Error
  void Report(RunReport* report) const;

  const Chip& chip() const { return *chip_; }
  const std::vector<uint32_t>& active() const { return active_; }  // indices of launched cores, ascending
  const Program& program() const { return *program_; }
  DeviceMemory& memory() { return *memory_; }
  uint32_t CoreIndex(uint16_t x, uint16_t y) const { return uint32_t{y} * chip_->grid.x + x; }
  TensixCore* core(uint32_t index) const { return cores_[index].get(); }  // null: not launched
  Outbox& outbox(const TensixCore& core) { return outboxes_[CoreIndex(core.coordinates().x, core.coordinates().y)]; }
  // The allocated region of `core` (by index; launched or not) that holds [offset, offset + bytes), or null.
  const L1Region* FindRegion(uint32_t core, uint32_t offset, uint32_t bytes) const;
  // Whether none of these bytes belong to anybody.
  bool Unallocated(uint32_t core, uint32_t offset, uint32_t bytes) const;
  std::string DescribeRegions(uint32_t core) const;
  // To standard error, unless there was a warning of this place in this run.
  void WarnOnce(const std::string& place, const std::string& text);
  // Effect of `role`'s core on a core in its own round, or at delivery.
  void Apply(const RemoteEffect& effect, const std::byte* payload, uint32_t core);

 private:
  struct Strand;  // a role, its fiber, its state

  void PlaceKernels(std::span<const RoleKernel> kernels, std::span<const Buffer> tensors);
  void PlaceCircularBuffers(std::span<const Buffer> tensors);
  void PlaceSemaphores();
  void PlaceArgs(TensixCore& core, RoleContext& role, const Kernel& kernel, std::span<const Buffer> tensors);
  void RunCore(size_t active_index, Watchdog::Watched& watched, UnpackedTiles& unpacked);
  // Runs the cores, and beside them the clock on what they did before.
  void RunRound(WorkerPool& pool, Watchdog& watchdog, const std::vector<size_t>& active_indices, bool first);
  bool CoreRunnable(size_t active_index) const;
  size_t Threads(const WorkerPool& pool) const;  // a drawn schedule and the checker run on one
  // What is under way; without `all` a drawn schedule may leave some of it under way.
  void Deliver(WorkerPool& pool, bool all);
  void FindRunnable(std::vector<size_t>* runnable) const;
  void ThrowFirstError();
  void PrepareL1(TensixCore& core);
  void KeepL1Tensors();
  void CheckExit();
  [[noreturn]] void ThrowDeadlock();
  void RequireAllDone();  // or a deadlock is told
  void CollectTraces();
  void AdvanceClock() noexcept;
  void ThrowClockError();
  static void RunStrand(void* strand);
  static void OnFault(RoleContext& role, const Fault& fault);

  const Chip* chip_;
  const Options* options_;
  DeviceMemory* memory_;
  const Program* program_;
  std::unique_ptr<Schedule> schedule_;
  std::unique_ptr<Checker> checker_;
  std::optional<Clock> clock_;
  double clock_seconds_ = 0;
  std::exception_ptr clock_error_;
  std::vector<UnpackedTiles> unpacked_;             // by host thread
  std::vector<std::unique_ptr<TensixCore>> cores_;  // by index; null where nothing runs
  std::vector<uint32_t> active_;                    // indices of launched cores, ascending
  std::vector<std::unique_ptr<Strand>> strands_;    // 3 per active core; null where a role has no kernel
  std::vector<Outbox> outboxes_;                    // by core index
  std::vector<std::vector<std::pair<const RemoteEffect*, const std::byte*>>> inboxes_;  // by core index
  std::vector<std::vector<L1Region>> regions_;                                          // by core index, sorted
  std::mutex warnings_mutex_;
  std::set<std::string> warned_;                                    // places
  std::vector<std::vector<std::pair<uint32_t, uint32_t>>> poison_;  // by core index: L1 ranges that start unwritten
};

}  // namespace tltt::emu

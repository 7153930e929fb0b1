// One Tensix core and its three roles (reader, compute, writer), as the device API's implementation sees them.
//
// A role runs as a fiber on some host thread. Anything that blocks may resume on another thread: fetch CurrentRole()
// again after it, and hold no thread-local address over it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "circular_buffer.h"
#include "clock/trace.h"
#include "tltt/chip.h"
#include "tltt/emulator.h"
#include "tltt/program.h"

namespace tltt::emu {

class Checker;        // check/checker.h
class ComputeUnit;    // compute/compute_unit.h
class Fiber;          // fiber.h
class Launch;         // launch.h: the run of one Program
class UnpackedTiles;  // compute/unpacked_tiles.h
class Schedule;       // check/schedule.h
class NocPort;        // noc.h: the role's transfers under way
class TensixCore;
struct RoleKernel;  // launch.h

// What a blocked role waits for; one kind per blocking call of the device API.
enum class WaitKind : uint8_t { kNone, kCbSpace, kCbPages, kSemaphoreEqual, kSemaphoreMin, kRemoteRead };

struct Wait {
  WaitKind kind = WaitKind::kNone;
  uint32_t cb = 0;      // kCbSpace, kCbPages
  uint32_t wanted = 0;  // pages or semaphore value
  const volatile uint32_t* semaphore = nullptr;
};

// One RISC-V role of one core: its trace for the clock, its position in the source, its way to fail and to block.
class RoleContext {
 public:
  RoleContext(TensixCore* core, Role role);
  ~RoleContext();

  TensixCore& core() const { return *core_; }
  Role role() const { return role_; }
  Launch& launch() const;
  const RoleKernel& kernel() const { return *kernel_; }

  // RISC-V work so far, in cycles: what the role has executed, without any waiting.
  uint64_t work() const { return work_; }
  void Work(double cycles) { work_ += static_cast<uint64_t>(cycles); }

  // Appends an event to the role's trace. The compute role has two: reserving, pushing and packing belong to the
  // packer's (Record with `pack`), all else to math's.
  TraceEvent& Record(TraceKind kind, bool pack = false) { return traces_[pack].Add(kind, line_, work_); }
  // Equal steps of a unit; joined to the event before where that is the same.
  void RecordSteps(TraceKind kind, bool pack, uint32_t a, uint32_t b, uint32_t steps) {
    if (TraceEvent* same = traces_[pack].Same(kind, line_, work_, a, b)) {
      same->c += steps;
      return;
    }
    TraceEvent& event = Record(kind, pack);
    event.a = a;
    event.b = b;
    event.c = steps;
  }
  void RecordCb(TraceKind kind, uint32_t cb, uint32_t pages) {
    const bool back = kind == TraceKind::kCbReserve || kind == TraceKind::kCbPush;
    TraceEvent& event = Record(kind, role_ == Role::kCompute && back);
    event.a = cb;
    event.b = pages;
  }

  // The line of the kernel's source in which the current device API call stands (0: unknown).
  void SetLine(uint32_t line) { line_ = line; }
  uint32_t line() const { return line_; }

  // Ends the run with an Error that names category, core, role, source line and, where asked, the core's CB levels.
  // `text`: what is wrong, then a newline and the way out. Unwinds the fiber by a C++ exception (kernels are built so
  // that it passes through them): call it only below a device API function.
  // `details`: whole lines, shown after the position.
  [[noreturn]] void Fail(ErrorCategory category, const std::string& text, bool show_cbs = false,
                         const std::string& details = {});

  // The same for what does no harm on the chip: with Options::tolerant a warning, once for each place of the kernel.
  void Object(ErrorCategory category, const std::string& text, bool show_cbs = false);

  // Suspends the fiber until `wait` is satisfied.
  void Block(const Wait& wait);
  const Wait& wait() const { return wait_; }
  bool WaitSatisfied() const;

  NocPort& noc() { return *noc_; }
  Fiber* fiber() const { return fiber_; }

  // Pointers to runtime argument `index` in L1; fail when the kernel was given fewer.
  const uint32_t* Arg(uint32_t index);
  const uint32_t* CommonArg(uint32_t index);

  // DPRINT output, passed to standard error by whole lines.
  void Print(std::string_view text);
  void FlushPrint();
  int print_base = 10;

  // Called at the start of every basic block of the kernel.
  void CountBlock() {
    work_ += block_cycles_;
    if (++blocks_ >= next_stop_) [[unlikely]]
      StopBlock();
  }
  // Grows whenever the kernel does anything that is counted; the watchdog's thread reads it.
  uint64_t Progress() const {
    return __atomic_load_n(&blocks_, __ATOMIC_RELAXED) + __atomic_load_n(&work_, __ATOMIC_RELAXED);
  }

  // Where the role is, for messages: "core (0, 1), reader, at reader.cpp:12:" and the line's text.
  std::string DescribePosition() const;
  std::string DescribeWait() const;
  std::string DescribeLine(uint32_t line) const;  // "reader.cpp:12: cb_push_back(0, 1);"; empty for line 0

  Checker* checker() const { return checker_; }     // null in plain runs
  Schedule* schedule() const { return schedule_; }  // null: everything happens as early as it can
  void Pause();                                     // a device call of a drawn schedule begins

 private:
  friend class Launch;

  TensixCore* core_;
  Role role_;
  uint32_t line_ = 0;
  uint64_t work_ = 0;
  std::array<Trace, 2> traces_;
  // A kernel that computes for long hands over to its neighbours now and then: one of them may wait in a loop of its
  // own.
  static constexpr uint64_t kYieldBlocks = 1 << 16;

  void StopBlock();  // yields, or ends a kernel that is over its budget

  uint64_t blocks_ = 0, next_stop_ = kYieldBlocks;
  uint32_t block_cycles_ = 0;
  Wait wait_;
  const RoleKernel* kernel_ = nullptr;
  Fiber* fiber_ = nullptr;
  Checker* checker_ = nullptr;
  Schedule* schedule_ = nullptr;
  bool yielded_ = false;  // suspended in the middle of a computation, not waiting for anything
  const uint32_t *args_ = nullptr, *common_args_ = nullptr;  // in L1
  std::string printed_;                                      // of the line so far
  uint32_t num_args_ = 0, num_common_args_ = 0;
  std::unique_ptr<NocPort> noc_;
};

// The role that runs on this host thread. Out of line on purpose: a fiber may change threads whenever it blocks.
RoleContext& CurrentRole();

class TensixCore {
 public:
  static constexpr uint32_t kCircularBuffers = 32;
  static constexpr uint32_t kGranule = 32;          // bytes per bit of the written-shadow
  static constexpr uint32_t kPoison = 0xDEADF00Du;  // unwritten L1 holds this word

  TensixCore(Launch* launch, const Chip& chip, const Options& options, Core coordinates, std::byte* l1);
  ~TensixCore();
  TensixCore(const TensixCore&) = delete;

  Core coordinates() const { return coordinates_; }
  const Chip& chip() const { return *chip_; }
  const Options& options() const { return *options_; }
  bool data() const { return options_->data; }  // false: move and compute nothing, keep time alone
  CircularBuffer& cb(uint32_t index);           // Fails (kBadProgram) if the program has no such CB here
  const CircularBuffer* FindCb(uint32_t index) const {
    return index < kCircularBuffers && cbs_[index].configured() ? &cbs_[index] : nullptr;
  }
  ComputeUnit& compute() { return *compute_; }
  const ComputeConfig& compute_config() const { return compute_config_; }
  Launch& launch() const { return *launch_; }
  const RoleContext* role(Role role) const { return roles_[static_cast<size_t>(role)].get(); }

  // The L1 image lies in the low 4 GiB of the process, so that a 32-bit "address" which a kernel casts to a pointer is
  // one.
  std::byte* l1() const { return l1_; }
  uint32_t l1_bytes() const { return chip_->l1_bytes; }
  // Core-relative offset of an address as kernels hold it (a host address of any core's image, or an offset already).
  uint32_t Offset(uint32_t address) const;

  // Shadow of written memory, in granules of 32 bytes. IsWritten also accepts memory whose poison is gone: kernels
  // store through plain pointers, which the shadow can't see.
  void MarkWritten(const std::byte* p, size_t bytes);
  bool IsWritten(const std::byte* p, size_t bytes) const;
  // Poisons [p, p + bytes) and marks it unwritten.
  void Poison(std::byte* p, size_t bytes);

  // A word of L1 that roles wait for or that others write to, as the traces know it.
  struct SharedWord {
    uint32_t value = 0;
    uint32_t initial = 0;    // before the first trace event about it
    bool announced = false;  // to the clock
  };
  SharedWord& Word(uint32_t offset);

  UnpackedTiles* unpacked = nullptr;  // of the host thread that runs the core
  uint64_t matmul_tiles = 0;          // counted by the compute unit, for RunReport
  std::string DescribeCbs() const;    // one line per configured CB

 private:
  friend class Launch;
  friend class RoleContext;

  const Chip* chip_;
  const Options* options_;
  Core coordinates_;
  std::byte* l1_;
  Launch* launch_;
  std::array<CircularBuffer, kCircularBuffers> cbs_;
  ComputeConfig compute_config_;
  std::unique_ptr<ComputeUnit> compute_;            // where the core has a compute kernel
  std::vector<uint64_t> written_;                   // 1 bit per granule
  std::unordered_map<uint32_t, SharedWord> words_;  // by offset
  std::array<std::unique_ptr<RoleContext>, 3> roles_;
};

}  // namespace tltt::emu

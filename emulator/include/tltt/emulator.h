// The emulated chip: allocate buffers, fill them, run Programs on it. No TVM, no Python.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "tltt/chip.h"
#include "tltt/program.h"

namespace tltt::emu {

enum class Numerics : uint8_t { kFast, kFaithful };

// How many times faster than on the chip its parts work in the clock: for the question what bounds a kernel.
struct Speedup {
  double math = 1, unpack = 1, pack = 1;
  double issue = 1;          // RISC-V cores
  double noc = 1, dram = 1;  // bandwidths
  double latency = 1;        // of transfers and signals, however little else is under way
};

struct Options {
  int host_threads = 0;  // 0: all that the process may use. The result does not depend on it.
  Numerics numerics = Numerics::kFast;
  bool data = true;                       // false: time alone, no tile data is moved or computed
  uint64_t block_budget = 2'000'000'000;  // basic blocks a RISC-V role may execute before it counts as spinning
  bool timeline = false;                  // RunReport::timeline
  // What is against the protocol and yet harmless on the chip is a warning on standard error and no error: pages that
  // are packed or pushed without cb_reserve_back though they are free, pages that nobody consumes.
  bool tolerant = false;
  std::string cache_dir;  // compiled kernels; empty: the user's cache folder
  bool check = false;     // also find races and what a run happens to survive; slower, one thread
  Speedup speedup;
};

enum class ErrorCategory : uint8_t {
  kDeadlock,
  kCbOverflow,
  kCbUnderflow,
  kMissingBarrier,
  kMissingInit,
  kUnwrittenRead,
  kOutOfRange,
  kAlignment,
  kDstMisuse,
  kUnbalanced,
  kBudget,
  kBadProgram,
  kKernelCompile,
  kUnsupported,
  kAssert,
  // With Options::check.
  kRace,
  kStaleRead,
  kUnused,
  kUnseenSignal,
  kOrderDependence,
};
const char* ErrorCategoryName(ErrorCategory category);  // "deadlock"

// What went wrong in a kernel: what() is the whole explanation (core, role, source line, CB levels, a way out).
class Error : public std::runtime_error {
 public:
  Error(ErrorCategory category, std::string text) : std::runtime_error(std::move(text)), category(category) {}
  ErrorCategory category;
};

// A region of device memory: `pages` pages of page_size bytes, interleaved over the banks of `memory` or sharded.
struct Buffer {
  uint32_t address = 0;  // the same in every bank; what kernels get as their *_addr argument
  uint32_t page_size = 0;
  uint64_t pages = 0;
  Memory memory = Memory::kDram;
  std::optional<ShardSpec> shards = {};
};

// The parts of a core that have a time of their own.
enum class Unit : uint8_t { kReader, kUnpack, kMath, kPack, kWriter };
inline constexpr size_t kUnits = 5;
const char* UnitName(Unit unit);  // "unpack"

// What a unit spends its time on: work, or waiting for something.
enum class Cause : uint8_t {
  kBusy,       // RISC-V code of a data mover, unpacking, math, packing
  kCbSpace,    // free pages of a circular buffer
  kCbPages,    // filled pages of a circular buffer
  kSemaphore,  // a semaphore's value
  kReads,      // noc_async_read_barrier
  kWrites,     // barriers and flushes of writes and of atomics
  kNocQueue,   // the write before has not left yet
  kDst,        // math: a free section of DST; pack: a full one; unpack: a free bank of the source registers
  kOperands,   // math: the unpackers
};
inline constexpr size_t kCauses = 9;
const char* CauseName(Cause cause);  // "cb_pages"

struct UnitReport {
  uint64_t end = 0;               // cycle at which it was done; 0: the core has no such kernel
  uint64_t cycles[kCauses] = {};  // by Cause
  uint64_t busy() const { return cycles[0]; }
};

struct CoreReport {
  Core core;
  UnitReport units[kUnits];  // by Unit
};

// Where in the sources the time goes: a unit's cycles in a line of its kernel, summed over the cores.
struct LineReport {
  uint32_t kernel = 0;  // index into Program::kernels
  Unit unit = Unit::kReader;
  uint32_t line = 0;
  uint64_t cycles[kCauses] = {};  // by Cause
};

struct TimelineEvent {
  Core core;
  Unit unit = Unit::kReader;
  Cause cause = Cause::kBusy;
  uint32_t kernel = 0;  // index into Program::kernels
  uint32_t line = 0;
  uint64_t begin = 0, end = 0;  // cycles
};

// Pages of a circular buffer that were pushed (> 0) or popped.
struct PageEvent {
  Core core;
  Unit unit = Unit::kReader;  // that pushed or popped
  uint32_t buffer = 0;        // index of the circular buffer
  int32_t change = 0;
  uint64_t cycle = 0;
};

enum class TransferKind : uint8_t { kRead, kWrite, kMulticast, kSignal };
const char* TransferKindName(TransferKind kind);  // "read"

struct TransferEvent {
  Core core;  // that issued it
  Unit unit = Unit::kReader;
  TransferKind kind = TransferKind::kRead;
  bool dram = false;
  Core target;  // the other side: a worker core (of a multicast the first one), or the bank x of DRAM
  uint32_t bytes = 0;
  uint64_t begin = 0, end = 0;  // cycles: from its issue until its last byte is there
};

// How long a part of the NoC was at work.
struct NocLoad {
  enum class Part : uint8_t {
    kLinkX,
    kLinkY,
    kOut,
    kIn
  };  // the link that leaves a place of the NoC along x or y; a
      // worker's way out and in
  uint32_t noc = 0;
  Part part = Part::kLinkX;
  Core place;         // links: on the NoC's physical grid; kOut, kIn: the logical worker core
  uint64_t busy = 0;  // cycles
};

// A piece of a core's L1.
struct L1Use {
  std::string name;
  uint32_t begin = 0, end = 0;  // bytes
};

struct Timeline {
  std::vector<TimelineEvent> events;  // by core and unit in order of time
  std::vector<PageEvent> pages;       // by buffer and direction in order of time
  std::vector<TransferEvent> transfers;
  std::vector<NocLoad> noc;         // parts that did anything
  std::vector<uint64_t> dram_busy;  // cycles, by bank
  std::vector<L1Use> l1;            // of the first core, by address
};

struct RunReport {
  uint64_t cycles = 0;             // from the kernels' start to the end of the slowest core
  double microseconds = 0;         // cycles over the chip's clock
  double launch_microseconds = 0;  // what a launch costs beside that, from one program to the next
  double math_busy_share = 0;      // of the cycles of all cores with a compute kernel
  double compile_seconds = 0;      // host time to build kernels; 0 when all came from the cache
  double run_seconds = 0;          // host time of the emulation
  double clock_seconds = 0;        // ... and of the clock in it
  uint64_t dram_read_bytes = 0, dram_write_bytes = 0, noc_bytes = 0;
  uint64_t matmul_tiles = 0;  // 32x32x32 products
  std::vector<CoreReport> cores;
  std::vector<LineReport> lines;  // by kernel, unit and line
  Timeline timeline;              // with Options::timeline
};

// What a buffer held at some time, for Device::Restore.
struct Contents {
  std::vector<std::byte> bytes;   // page by page
  std::vector<uint64_t> written;  // a bit for each granule of its memory that counts as written; none where all do
};

class Device {
 public:
  explicit Device(const Chip& chip, Options options = {});
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const Chip& chip() const;
  // Contents count as unwritten. `shards`: of pages in all; throws Error for banks that the chip does not have.
  Buffer Allocate(uint64_t pages, uint32_t page_size, Memory memory = Memory::kDram,
                  const std::optional<ShardSpec>& shards = std::nullopt);
  void Free(const Buffer& buffer);
  // Host view of one page, for tilizing straight into the banks and back.
  std::byte* Page(const Buffer& buffer, uint64_t page);
  void MarkWritten(const Buffer& buffer);  // the host has filled it
  bool Written(const Buffer& buffer, uint64_t page) const;
  // A buffer's bytes and which of them count as written, and the way back to them.
  Contents Save(const Buffer& buffer) const;
  void Restore(const Buffer& buffer, const Contents& contents);

  // Compiles the kernels (or takes them from the cache) and runs them to the end. tensors[i] is Program::tensors[i].
  // Throws Error; the device stays usable. A `seed` other than 0 draws a schedule: roles pause at device calls,
  // transfers arrive as late as they may. Results of a right program do not depend on it; the same seed gives the
  // same run.
  RunReport Run(const Program& program, std::span<const Buffer> tensors, uint64_t seed = 0);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tltt::emu

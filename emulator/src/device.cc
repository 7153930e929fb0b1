#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <mutex>

#include "core.h"
#include "kernel_compiler.h"
#include "l1_layout.h"
#include "launch.h"
#include "memory.h"
#include "tltt/emulator.h"
#include "worker_pool.h"

namespace tltt::emu {

namespace {

int UsableProcessors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace

const char* ErrorCategoryName(ErrorCategory category) {
  switch (category) {
    case ErrorCategory::kDeadlock:
      return "deadlock";
    case ErrorCategory::kCbOverflow:
      return "circular buffer overflow";
    case ErrorCategory::kCbUnderflow:
      return "circular buffer underflow";
    case ErrorCategory::kMissingBarrier:
      return "missing barrier";
    case ErrorCategory::kMissingInit:
      return "missing init";
    case ErrorCategory::kUnwrittenRead:
      return "read of unwritten data";
    case ErrorCategory::kOutOfRange:
      return "out of range";
    case ErrorCategory::kAlignment:
      return "alignment";
    case ErrorCategory::kDstMisuse:
      return "DST misuse";
    case ErrorCategory::kUnbalanced:
      return "unbalanced";
    case ErrorCategory::kBudget:
      return "budget exceeded";
    case ErrorCategory::kBadProgram:
      return "bad program";
    case ErrorCategory::kKernelCompile:
      return "kernel compile error";
    case ErrorCategory::kUnsupported:
      return "unsupported";
    case ErrorCategory::kAssert:
      return "assertion";
    case ErrorCategory::kRace:
      return "data race";
    case ErrorCategory::kStaleRead:
      return "stale read";
    case ErrorCategory::kUnused:
      return "unused data";
    case ErrorCategory::kUnseenSignal:
      return "unseen signal";
    case ErrorCategory::kOrderDependence:
      return "order dependence";
  }
  return "error";
}

const char* UnitName(Unit unit) {
  static constexpr const char* kNames[kUnits] = {"reader", "unpack", "math", "pack", "writer"};
  return kNames[static_cast<size_t>(unit)];
}

const char* CauseName(Cause cause) {
  static constexpr const char* kNames[kCauses] = {"busy",   "cb_space",  "cb_pages", "semaphore", "reads",
                                                  "writes", "noc_queue", "dst",      "operands"};
  return kNames[static_cast<size_t>(cause)];
}

const char* TransferKindName(TransferKind kind) {
  static constexpr const char* kNames[] = {"read", "write", "multicast", "signal"};
  return kNames[static_cast<size_t>(kind)];
}

namespace {

Chip Faster(Chip chip, const Speedup& speedup) {
  for (double* rate : {&chip.srca_bytes_per_cycle, &chip.srcb_bytes_per_cycle, &chip.unpack_bytes_per_cycle})
    *rate *= speedup.unpack;
  chip.pack_bytes_per_cycle *= speedup.pack, chip.pack_overhead /= speedup.pack;
  for (uint32_t* cycles : {&chip.tilize[0], &chip.untilize[0]})
    *cycles = static_cast<uint32_t>(*cycles / speedup.unpack);
  for (uint32_t* cycles : {&chip.tilize[1], &chip.untilize[1]}) *cycles = static_cast<uint32_t>(*cycles / speedup.pack);
  for (double* cycles :
       {&chip.riscv_block, &chip.riscv_cb_op, &chip.riscv_noc_read, &chip.riscv_noc_write, &chip.riscv_barrier,
        &chip.riscv_semaphore, &chip.riscv_poll, &chip.riscv_tile_call, &chip.riscv_dst_op, &chip.riscv_configure})
    *cycles /= speedup.issue;
  for (double* rate : {&chip.noc_bytes_per_cycle, &chip.noc_l1_read_bytes_per_cycle,
                       &chip.noc_dram_read_bytes_per_cycle, &chip.noc_dram_write_bytes_per_cycle})
    *rate *= speedup.noc;
  chip.noc_multicast_flit /= speedup.noc;
  chip.dram_bytes_per_cycle *= speedup.dram;
  for (double* cycles : {&chip.dram_request, &chip.dram_small_write}) *cycles /= speedup.dram;
  for (double* cycles : {&chip.noc_base_latency, &chip.noc_multicast_packet, &chip.noc_multicast_reserve,
                         &chip.noc_multicast_ack, &chip.dram_latency, &chip.riscv_cb_latency})
    *cycles /= speedup.latency;
  chip.noc_hop = static_cast<uint32_t>(chip.noc_hop / speedup.latency);
  return chip;
}

}  // namespace

struct Device::Impl {
  Impl(const Chip& c, Options o)
      : chip(Faster(c, o.speedup)),
        options(std::move(o)),
        memory(chip, FirstFreeL1(chip), options.check),
        compiler(chip, options.cache_dir, options.check),
        pool(options.host_threads > 0 ? options.host_threads : UsableProcessors()) {}

  Chip chip;
  Options options;
  DeviceMemory memory;
  KernelCompiler compiler;
  FiberPool fibers;
  WorkerPool pool;
  std::mutex running;  // one program at a time
};

Device::Device(const Chip& chip, Options options) {
  if (chip.grid.x == 0 || chip.grid.y == 0 || chip.grid.x > 63 || chip.grid.y > 63 ||
      chip.l1_bytes <= FirstFreeL1(chip) || chip.dram_banks == 0 || chip.dram_banks > 63) {
    throw Error(ErrorCategory::kBadProgram,
                fmt::format("bad program: the description of chip \"{}\" has no worker grid, L1 or DRAM", chip.name));
  }
  impl_ = std::make_unique<Impl>(chip, std::move(options));
}

Device::~Device() = default;

const Chip& Device::chip() const { return impl_->chip; }

Buffer Device::Allocate(uint64_t pages, uint32_t page_size, Memory memory, const std::optional<ShardSpec>& shards) {
  return impl_->memory.Allocate(pages, page_size, memory, shards);
}

void Device::Free(const Buffer& buffer) { impl_->memory.Free(buffer); }

std::byte* Device::Page(const Buffer& buffer, uint64_t page) { return impl_->memory.Page(buffer, page); }

void Device::MarkWritten(const Buffer& buffer) { impl_->memory.State(buffer).MarkAll(); }

bool Device::Written(const Buffer& buffer, uint64_t page) const {
  const BufferState& state = impl_->memory.State(buffer);
  return page < buffer.pages && state.Written(state.Cell(page), 0, buffer.page_size);
}

Contents Device::Save(const Buffer& buffer) const {
  Contents contents{{}, impl_->memory.State(buffer).Marks()};
  contents.bytes.reserve(buffer.pages * buffer.page_size);
  for (uint64_t page = 0; page < buffer.pages; ++page) {
    const std::byte* data = impl_->memory.Page(buffer, page);
    contents.bytes.insert(contents.bytes.end(), data, data + buffer.page_size);
  }
  return contents;
}

void Device::Restore(const Buffer& buffer, const Contents& contents) {
  for (uint64_t page = 0; page < buffer.pages; ++page)
    std::memcpy(impl_->memory.Page(buffer, page), contents.bytes.data() + page * buffer.page_size, buffer.page_size);
  impl_->memory.State(buffer).SetMarks(contents.written);
}

RunReport Device::Run(const Program& program, std::span<const Buffer> tensors, uint64_t seed) {
  std::lock_guard lock(impl_->running);
  RunReport report;
  std::vector<RoleKernel> kernels = impl_->compiler.Compile(program, &report.compile_seconds);
  auto start = std::chrono::steady_clock::now();
  Launch launch(impl_->chip, impl_->options, impl_->memory, program, kernels, tensors, seed);
  launch.Run(impl_->pool, impl_->fibers);
  launch.Report(&report);
  report.run_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace tltt::emu

// The functions that kernels call, and which role they act on.
#include "../device/tltt_device.h"

#include <fmt/format.h>

#include <bit>

#include "check/checker.h"
#include "compute/compute_unit.h"
#include "compute/tile_format.h"
#include "core.h"
#include "current_role.h"
#include "l1_layout.h"
#include "launch.h"
#include "noc.h"

namespace tltt::emu {

namespace {
// The role of the fiber that runs on this thread. Initial-exec: this is read once per basic block of a kernel.
thread_local RoleContext* current_role __attribute__((tls_model("initial-exec"))) = nullptr;

RoleContext& At(uint32_t line) {
  RoleContext& role = *current_role;
  role.SetLine(line);
  if (role.schedule()) [[unlikely]]
    role.Pause();
  return role;
}

uint32_t PageCount(RoleContext& role, int32_t pages) {
  if (pages < 0) role.Fail(ErrorCategory::kBadProgram, fmt::format("{} pages", pages));
  return static_cast<uint32_t>(pages);
}

uint32_t Address(const std::byte* p) { return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(p)); }
}  // namespace

__attribute__((noinline)) RoleContext& CurrentRole() { return *current_role; }
__attribute__((noinline)) RoleContext* CurrentRoleOrNull() { return current_role; }
__attribute__((noinline)) RoleContext* SetCurrentRole(RoleContext* role) {
  RoleContext* previous = current_role;
  current_role = role;
  return previous;
}

namespace device {

void CbReserveBack(uint32_t cb, int32_t pages, uint32_t line) {
  RoleContext& role = At(line);
  role.core().cb(cb).ReserveBack(role, PageCount(role, pages));
}

void CbPushBack(uint32_t cb, int32_t pages, uint32_t line) {
  RoleContext& role = At(line);
  role.core().cb(cb).PushBack(role, PageCount(role, pages));
  if (role.role() == Role::kCompute) role.core().compute().OnPushBack(cb);
}

void CbWaitFront(uint32_t cb, int32_t pages, uint32_t line) {
  RoleContext& role = At(line);
  role.core().cb(cb).WaitFront(role, PageCount(role, pages));
}

void CbPopFront(uint32_t cb, int32_t pages, uint32_t line) {
  RoleContext& role = At(line);
  role.core().cb(cb).PopFront(role, PageCount(role, pages));
}

bool CbPagesAvailable(uint32_t cb, int32_t pages, uint32_t line) {
  RoleContext& role = At(line);
  return role.core().cb(cb).PagesAvailable(role, PageCount(role, pages));
}

bool CbPagesReservable(uint32_t cb, int32_t pages, uint32_t line) {
  RoleContext& role = At(line);
  return role.core().cb(cb).PagesReservable(role, PageCount(role, pages));
}

uint32_t CbWritePointer(uint32_t cb, uint32_t line) { return Address(At(line).core().cb(cb).WritePointer()); }
uint32_t CbReadPointer(uint32_t cb, uint32_t line) { return Address(At(line).core().cb(cb).ReadPointer()); }
uint32_t CbPageSize(uint32_t cb, uint32_t line) { return At(line).core().cb(cb).page_size(); }
uint32_t CbDataFormat(uint32_t cb, uint32_t line) { return static_cast<uint32_t>(At(line).core().cb(cb).format()); }

const uint32_t* Args(uint32_t index, uint32_t line) { return At(line).Arg(index); }
const uint32_t* CommonArgs(uint32_t index, uint32_t line) { return At(line).CommonArg(index); }
uint32_t LogicalX() { return CurrentRole().core().coordinates().x; }
uint32_t LogicalY() { return CurrentRole().core().coordinates().y; }

uint32_t SemaphoreAddress(uint32_t id, uint32_t line) {
  RoleContext& role = At(line);
  TensixCore& core = role.core();
  uint32_t offset = kSemaphoreBase + id * kSemaphoreStride;
  Launch& launch = role.launch();
  if (id >= kMaxSemaphores ||
      !launch.FindRegion(launch.CoreIndex(core.coordinates().x, core.coordinates().y), offset, 4)) {
    role.Fail(ErrorCategory::kBadProgram, fmt::format("the program has no semaphore {} on this core\n"
                                                      "add it to the program, on every core that uses it",
                                                      id));
  }
  return Address(core.l1() + offset);
}

uint64_t WorkerAddress(uint32_t x, uint32_t y, uint32_t local) { return NocAddress::Worker(x, y, local); }
uint64_t MulticastAddress(uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1, uint32_t local) {
  return NocAddress::Multicast(x0, y0, x1, y1, local);
}
uint64_t SelfAddress(uint32_t local) { return NocAddress::Worker(LogicalX(), LogicalY(), local); }

uint64_t PageAddress(bool dram, uint32_t page, uint32_t base, uint32_t page_size, uint32_t offset) {
  Launch& launch = CurrentRole().launch();
  const Chip& chip = launch.chip();
  if (page_size == 0) {
    CurrentRole().Fail(
        ErrorCategory::kBadProgram,
        "a tensor with pages of 0 bytes: TensorAccessorArgs must be created via TensorAccessorArgs::Create\n"
        "build it from the buffer, TensorAccessorArgs(*buffer): a default-built one is a placeholder that "
        "describes no tensor");
  }
  uint32_t alignment = dram ? chip.noc_alignment_dram : chip.noc_alignment_l1;
  uint32_t stride = (page_size + alignment - 1) & ~(alignment - 1);
  uint32_t banks = launch.memory().banks(dram ? Memory::kDram : Memory::kL1);
  return BankAddress(dram, page % banks, base + page / banks * stride + offset);
}

uint64_t BankAddress(bool dram, uint32_t bank, uint32_t local) {
  if (dram) return NocAddress::Dram(bank, local);
  uint32_t columns = CurrentRole().launch().chip().grid.x;
  return NocAddress::Worker(bank % columns, bank / columns, local);
}

void CheckPacket(uint32_t bytes, uint32_t max_bytes, uint32_t line) {
  if (bytes <= max_bytes) return;
  At(line).Fail(ErrorCategory::kBadProgram, fmt::format("{} bytes in a _one_packet transfer, but a packet carries {}\n"
                                                        "use the form without _one_packet",
                                                        bytes, max_bytes));
}

void NocRead(uint64_t source, uint32_t destination, uint32_t bytes, uint32_t line) {
  RoleContext& role = At(line);
  role.noc().Read(role, source, destination, bytes);
}
void NocWrite(uint32_t source, uint64_t destination, uint32_t bytes, uint32_t line) {
  RoleContext& role = At(line);
  role.noc().Write(role, source, destination, bytes);
}
void NocMulticast(uint32_t source, uint64_t destination, uint32_t bytes, uint32_t num_dests, bool loopback, bool linked,
                  uint32_t line) {
  RoleContext& role = At(line);
  role.noc().Multicast(role, source, destination, bytes, num_dests, loopback, linked);
}
void NocWriteWord(uint64_t destination, uint32_t value, uint32_t line) {
  RoleContext& role = At(line);
  role.noc().WriteWord(role, destination, value);
}

void NocReadSetState(uint64_t source, uint32_t bytes, uint32_t line) {
  RoleContext& role = At(line);
  role.noc().read_state = source;
  role.noc().read_state_bytes = bytes;
}
void NocReadWithState(uint32_t source_local, uint32_t destination, uint32_t bytes, uint32_t line) {
  RoleContext& role = At(line);
  uint64_t source = (role.noc().read_state & ~uint64_t{0xffffffff}) | source_local;
  role.noc().Read(role, source, destination, bytes ? bytes : role.noc().read_state_bytes);
}
void NocWriteSetState(uint64_t destination, uint32_t bytes, uint32_t line) {
  RoleContext& role = At(line);
  role.noc().write_state = destination;
  role.noc().write_state_bytes = bytes;
}
void NocWriteWithState(uint32_t source, uint32_t destination_local, uint32_t bytes, uint32_t line) {
  RoleContext& role = At(line);
  uint64_t destination = (role.noc().write_state & ~uint64_t{0xffffffff}) | destination_local;
  role.noc().Write(role, source, destination, bytes ? bytes : role.noc().write_state_bytes);
}

void NocReadBarrier(uint32_t line) {
  RoleContext& role = At(line);
  role.noc().ReadBarrier(role);
}
void NocWriteBarrier(uint32_t line) {
  RoleContext& role = At(line);
  role.noc().WriteBarrier(role);
}
void NocWritesFlushed(uint32_t line) {
  RoleContext& role = At(line);
  role.noc().WritesFlushed(role);
}
void NocAtomicBarrier(uint32_t line) {
  RoleContext& role = At(line);
  role.noc().AtomicBarrier(role);
}

void SemaphoreIncrement(uint64_t address, uint32_t amount, uint32_t num_dests, uint32_t line) {
  RoleContext& role = At(line);
  role.noc().Increment(role, address, amount, num_dests);
}

void SemaphoreSetMulticast(uint32_t source, uint64_t destination, uint32_t num_dests, bool loopback, uint32_t line) {
  RoleContext& role = At(line);
  role.noc().MulticastWord(role, source, destination, num_dests, loopback);
}

void SemaphoreSetRemote(uint32_t source, uint64_t destination, uint32_t line) {
  RoleContext& role = At(line);
  role.noc().WriteWord(role, destination,
                       *reinterpret_cast<const volatile uint32_t*>(role.core().l1() + role.core().Offset(source)));
}

void SemaphoreWait(const volatile uint32_t* address, uint32_t value, bool at_least, uint32_t line) {
  RoleContext& role = At(line);
  TensixCore& core = role.core();
  auto* p = reinterpret_cast<const std::byte*>(const_cast<const uint32_t*>(address));
  if (p < core.l1() || p + 4 > core.l1() + core.l1_bytes()) {
    role.Fail(ErrorCategory::kOutOfRange,
              "a wait for a semaphore that is not in this core's L1\n"
              "use the pointer made from get_semaphore(id)");
  }
  const auto offset = static_cast<uint32_t>(p - core.l1());
  // What the kernel stored through a plain pointer since: the trace learns of it here.
  if (TensixCore::SharedWord& word = core.Word(offset); word.value != *address) {
    word.value = *address;
    TraceEvent& store = role.Record(TraceKind::kSemaphoreSet);
    store.b = offset;
    store.c = word.value;
  }
  TraceEvent& event = role.Record(TraceKind::kSemaphoreWait);
  event.b = offset;
  event.c = value;
  event.flags = at_least ? kAtLeast : 0;
  if (at_least ? *address < value : *address != value) {
    role.Block({.kind = at_least ? WaitKind::kSemaphoreMin : WaitKind::kSemaphoreEqual,
                .wanted = value,
                .semaphore = address});
  }
  if (Checker* checker = role.checker()) checker->OnSemaphoreWait(role, static_cast<uint32_t>(p - core.l1()));
}

void SemaphoreSet(volatile uint32_t* address, uint32_t value, uint32_t line) {
  RoleContext& role = At(line);
  TensixCore& core = role.core();
  auto* p = reinterpret_cast<const std::byte*>(const_cast<const uint32_t*>(address));
  if (p < core.l1() || p + 4 > core.l1() + core.l1_bytes()) {
    role.Fail(ErrorCategory::kOutOfRange,
              "a semaphore that is not in this core's L1 is set\n"
              "use the pointer made from get_semaphore(id); noc_semaphore_set_remote sets another core's");
  }
  TraceEvent& event = role.Record(TraceKind::kSemaphoreSet);
  event.b = static_cast<uint32_t>(p - core.l1());
  event.c = value;
  core.Word(event.b).value = value;
  *address = value;
  if (Checker* checker = role.checker()) checker->OnSemaphoreSet(role, static_cast<uint32_t>(p - core.l1()));
}

void Print(const char* text) { CurrentRole().Print(text); }
void PrintUnsigned(uint64_t value) {
  RoleContext& role = CurrentRole();
  role.Print(role.print_base == 16 ? fmt::format("{:x}", value) : fmt::format("{}", value));
}
void PrintSigned(int64_t value) {
  RoleContext& role = CurrentRole();
  role.Print(role.print_base == 16 ? fmt::format("{:x}", value) : fmt::format("{}", value));
}
void PrintFloat(double value) { CurrentRole().Print(fmt::format("{}", static_cast<float>(value))); }
void PrintBase(int base) { CurrentRole().print_base = base; }

void PrintTile(const TilePrint& print, uint32_t line) {
  RoleContext& role = At(line);
  CircularBuffer& cb = role.core().cb(print.cb);
  const DataFormat format = cb.format();
  const uint32_t bytes = TileBytes(format);
  if (print.tile < 0 || (uint64_t(print.tile) + 1) * bytes > uint64_t{cb.num_pages()} * cb.page_size() ||
      print.rows[1] > kTileRows || print.columns[1] > kTileCols || print.rows[2] == 0 || print.columns[2] == 0) {
    role.Fail(ErrorCategory::kOutOfRange,
              fmt::format("a TileSlice of tile {} of CB {} {}: no such tile, or no such rows and columns", print.tile,
                          cb.index(), cb.name()),
              true);
  }
  const std::byte* at = (print.at_back ? cb.WritePointer() : cb.ReadPointer()) + uint64_t(print.tile) * bytes;
  const std::byte* end = cb.region() + uint64_t{cb.num_pages()} * cb.page_size();
  if (at + bytes > end) at -= end - cb.region();
  alignas(64) float rows[kTileElements];
  UnpackTile(format, at, rows);
  for (uint32_t r = print.rows[0]; r < print.rows[1]; r += print.rows[2]) {
    for (uint32_t c = print.columns[0]; c < print.columns[1]; c += print.columns[2]) {
      // As it lies in L1, row r holds elements [32 r, 32 r + 32): of face r / 8, two of its rows.
      const uint32_t row = print.untilized ? r : r / 16 * 16 + r % 8 * 2 + c / 16;
      const uint32_t column = print.untilized ? c : r / 8 % 2 * 16 + c % 16;
      const float value = rows[row * kTileCols + column];
      role.Print(IsIntegerFormat(format) ? fmt::format("{} ", std::bit_cast<int32_t>(value))
                                         : fmt::format("{} ", value));
    }
    if (print.line_per_row) role.Print("\n");
  }
}

uint64_t Cycles() { return CurrentRole().work(); }

void AssertFailed(const char* condition, uint32_t line) {
  At(line).Fail(ErrorCategory::kAssert, fmt::format("ASSERT({}) does not hold", condition), true);
}

}  // namespace device
}  // namespace tltt::emu

// g++ plants a call at the start of every basic block of a kernel (-fsanitize-coverage=trace-pc).
extern "C" __attribute__((visibility("default"))) void __sanitizer_cov_trace_pc() {
  if (tltt::emu::current_role) tltt::emu::current_role->CountBlock();
}

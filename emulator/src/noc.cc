#include "noc.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "check/checker.h"
#include "core.h"
#include "l1_layout.h"
#include "launch.h"

namespace tltt::emu {

namespace {

bool Overlaps(const std::byte* a, const std::byte* a_end, const std::byte* b, const std::byte* b_end) {
  return a < b_end && b < a_end;
}

std::string Hex(uint32_t v) { return fmt::format("{:#x}", v); }

// Source and destination of a transfer must agree in their low bits.
void CheckAlignment(RoleContext& role, uint64_t source, uint64_t destination, uint32_t alignment, const char* call) {
  if (((source ^ destination) & (alignment - 1)) == 0) [[likely]]
    return;
  role.Fail(ErrorCategory::kAlignment,
            fmt::format("{} from ...{:#x} to ...{:#x}: source and destination must be congruent modulo {} bytes\n"
                        "keep page sizes and offsets at multiples of {} bytes",
                        call, source & 0xfff, destination & 0xfff, alignment, alignment));
}

}  // namespace

void NocPort::Record(RoleContext& role, TraceKind kind, uint32_t target, uint32_t bytes, uint8_t flags) {
  TraceEvent& event = role.Record(kind);
  event.a = target;
  event.b = bytes;
  event.flags = flags;
  noc_bytes += bytes;
}

void NocPort::RecordWord(RoleContext& role, const NocAddress& to, uint32_t value, uint8_t flags) {
  TraceEvent& event = role.Record(TraceKind::kWord);
  event.a = TraceRect(to.cores.x0, to.cores.y0, to.cores.x1, to.cores.y1);
  event.b = role.core().Offset(to.local);
  event.c = value;
  event.flags = flags;
  noc_bytes += 4;
}

std::byte* NocPort::Local(RoleContext& role, const char* what, uint32_t address, uint32_t bytes) {
  TensixCore& core = role.core();
  uint32_t offset = core.Offset(address);
  Launch& launch = role.launch();
  uint32_t index = launch.CoreIndex(core.coordinates().x, core.coordinates().y);
  if (!launch.FindRegion(index, offset, bytes)) [[unlikely]] {
    const std::string text = fmt::format(
        "{} of {} bytes at {} of the core's own L1 does not lie in one circular buffer, semaphore or L1 buffer\n"
        "take addresses from get_write_ptr, get_read_ptr or get_semaphore, and stay within the pages. Allocated "
        "here:\n{}",
        what, bytes, Hex(offset), launch.DescribeRegions(index));
    // Memory that is nobody's does no harm.
    if (!launch.Unallocated(index, offset, bytes)) role.Fail(ErrorCategory::kOutOfRange, text);
    role.Object(ErrorCategory::kOutOfRange, text);
  }
  return core.l1() + offset;
}

std::byte* NocPort::LocalSource(RoleContext& role, uint32_t address, uint32_t bytes) {
  std::byte* p = Local(role, "a write whose source", address, bytes);
  TensixCore& core = role.core();
  if (core.data() && !core.IsWritten(p, bytes)) [[unlikely]] {
    role.Fail(ErrorCategory::kUnwrittenRead,
              fmt::format("{} bytes at {} of L1 are sent, but were never (fully) written\n"
                          "wait for the pages (cb_wait_front) and fill them before",
                          bytes, Hex(core.Offset(address))),
              true);
  }
  return p;
}

std::byte* NocPort::Dram(RoleContext& role, const char* what, NocAddress address, uint32_t bytes, bool write) {
  Launch& launch = role.launch();
  DeviceMemory& memory = launch.memory();
  uint32_t banks = memory.banks(Memory::kDram);
  if (address.bank >= banks) {
    role.Fail(ErrorCategory::kOutOfRange, fmt::format("{} of DRAM bank {}: the chip has {} banks\n"
                                                      "bank ids run from 0 to {}",
                                                      what, address.bank, banks, banks - 1));
  }
  BufferState* state = memory.Find(Memory::kDram, address.local, bytes);
  uint64_t slot = 0, page = 0;
  uint32_t in_page = 0;
  bool inside = state != nullptr;
  if (inside) {
    uint64_t relative = address.local - state->buffer().address;
    slot = relative / state->stride();
    in_page = static_cast<uint32_t>(relative % state->stride());
    uint64_t last_slot = bytes == 0 ? slot : (relative + bytes - 1) / state->stride();
    page = slot * banks + address.bank;
    inside = last_slot * banks + address.bank < state->cells();
  }
  if (!inside) [[unlikely]] {
    std::string where = state ? fmt::format("page {} of a buffer that has {} pages", page, state->buffer().pages)
                              : memory.DescribeNearest(Memory::kDram, address.local);
    role.Fail(ErrorCategory::kOutOfRange,
              fmt::format("{} of {} bytes at {} of DRAM bank {} is outside of every buffer: {}\n"
                          "check the page index, the page size of the accessor and the buffer's address argument",
                          what, bytes, Hex(address.local), address.bank, where));
  }
  if (role.core().data()) {
    for (uint32_t left = bytes; left > 0;) {
      uint32_t n = std::min(left, state->stride() - in_page);
      if (write) {
        state->Mark(page, in_page, n);
      } else if (!state->Written(page, in_page, n)) [[unlikely]] {
        role.Fail(ErrorCategory::kUnwrittenRead,
                  fmt::format("{} of the buffer at {} is read, but nobody has (fully) written it\n"
                              "write the tensor before the launch, or wait for the core that writes the page",
                              state->DescribeCell(page), Hex(state->buffer().address)));
      }
      left -= n;
      in_page = 0;
      page += banks;
    }
  }
  return memory.Dram(address.bank, address.local);
}

void NocPort::Read(RoleContext& role, uint64_t source, uint32_t destination, uint32_t bytes) {
  NocAddress from = NocAddress::Decode(source);
  TensixCore& core = role.core();
  std::byte* to = Local(role, "a read whose destination", destination, bytes);
  bool dram = from.kind == NocAddress::Kind::kDram;
  if (dram) {
    CheckAlignment(role, from.local, destination, core.chip().noc_alignment_dram, "a read from DRAM");
    const std::byte* p = Dram(role, "a read", from, bytes, false);
    dram_read_bytes += bytes;
    Record(role, TraceKind::kRead, kBankNode | from.bank, bytes, 0);
    if (core.data()) {
      if (role.schedule()) {
        late_reads_.push_back({to, p, bytes});
      } else {
        std::memcpy(to, p, bytes);
      }
      core.MarkWritten(to, bytes);
    }
  } else if (from.kind == NocAddress::Kind::kWorker) {
    CheckAlignment(role, from.local, destination, core.chip().noc_alignment_l1, "a read from L1");
    Launch& launch = role.launch();
    const Core grid = core.chip().grid;
    if (from.cores.x0 >= grid.x || from.cores.y0 >= grid.y) {
      role.Fail(ErrorCategory::kOutOfRange,
                fmt::format("a read from core ({}, {}), which the chip's {}x{} worker grid does not have\n"
                            "NoC coordinates of workers are their logical x and y",
                            from.cores.x0, from.cores.y0, grid.x, grid.y));
    }
    uint32_t index = launch.CoreIndex(from.cores.x0, from.cores.y0);
    uint32_t offset = core.Offset(from.local);
    Record(role, TraceKind::kRead, index, bytes, 0);
    if (!launch.FindRegion(index, offset, bytes)) [[unlikely]] {
      const std::string text =
          fmt::format("a read of {} bytes at {} of core ({}, {})'s L1 lies in none of its allocations:\n{}", bytes,
                      Hex(offset), from.cores.x0, from.cores.y0, launch.DescribeRegions(index));
      if (!launch.Unallocated(index, offset, bytes)) role.Fail(ErrorCategory::kOutOfRange, text);
      role.Object(ErrorCategory::kOutOfRange, text);
      if (core.data()) {
        std::memset(to, 0, bytes);  // what lies there is not known
        core.MarkWritten(to, bytes);
      }
      reads_.push_back({to, to + bytes, role.line()});
      return;
    }
    if (Checker* checker = role.checker()) checker->OnReadSource(role, index, offset, bytes);
    if (index == launch.CoreIndex(core.coordinates().x, core.coordinates().y)) {
      if (core.data()) {
        std::byte* p = LocalSource(role, from.local, bytes);
        std::memmove(to, p, bytes);
        core.MarkWritten(to, bytes);
      }
    } else {
      launch.outbox(core).reads.push_back({index, offset, bytes, to, &role});
      ++remote_reads_pending;
    }
  } else {
    role.Fail(ErrorCategory::kOutOfRange,
              fmt::format("a read from {:#x}, which is not the address of a core or a DRAM bank\n"
                          "make NoC addresses with get_noc_addr or an accessor",
                          source));
  }
  if (Checker* checker = role.checker()) checker->OnRead(role, to, bytes);
  reads_.push_back({to, to + bytes, role.line()});
}

// `signal`: the checker's number of a word that others may wait for, or 0.
void NocPort::Send(RoleContext& role, const std::byte* source, NocAddress to, uint32_t bytes, bool include_source,
                   uint32_t signal) {
  TensixCore& core = role.core();
  Launch& launch = role.launch();
  const Core grid = core.chip().grid;
  if (to.cores.x1 >= grid.x || to.cores.y1 >= grid.y) {
    role.Fail(ErrorCategory::kOutOfRange,
              fmt::format("a write to cores ({}, {}) to ({}, {}), beyond the chip's {}x{} worker grid\n"
                          "NoC coordinates of workers are their logical x and y",
                          to.cores.x0, to.cores.y0, to.cores.x1, to.cores.y1, grid.x, grid.y));
  }
  RemoteEffect effect;
  effect.cores = to.cores;
  effect.include_source = include_source;
  effect.offset = core.Offset(to.local);
  effect.bytes = bytes;
  effect.signal = signal;
  Core me = core.coordinates();
  bool others = false;
  for (uint16_t y = to.cores.y0; y <= to.cores.y1; ++y) {
    for (uint16_t x = to.cores.x0; x <= to.cores.x1; ++x) {
      bool self = x == me.x && y == me.y;
      if (self && !include_source) continue;
      uint32_t index = launch.CoreIndex(x, y);
      if (launch.core(index) && !launch.FindRegion(index, effect.offset, bytes)) [[unlikely]] {
        role.Fail(ErrorCategory::kOutOfRange,
                  fmt::format("a write of {} bytes at {} of core ({}, {})'s L1 lies in none of its allocations\n"
                              "the destination must lie in one circular buffer or semaphore there:\n{}",
                              bytes, Hex(effect.offset), x, y, launch.DescribeRegions(index)));
      }
      if (Checker* checker = role.checker(); checker && signal == 0)
        checker->OnWrite(role, index, effect.offset, bytes);
      if (self) {
        launch.Apply(effect, source, index);
      } else {
        others = true;
      }
    }
  }
  if (!others) return;
  Outbox& out = launch.outbox(core);
  effect.include_source = false;  // done above
  effect.payload = out.payload.size();
  if (role.schedule() && signal == 0 && core.data()) late_payloads_.push_back({out.payload.size(), source, bytes});
  if (core.data() || bytes == 4) out.payload.insert(out.payload.end(), source, source + bytes);
  out.effects.push_back(effect);
}

void NocPort::Write(RoleContext& role, uint32_t source, uint64_t destination, uint32_t bytes) {
  NocAddress to = NocAddress::Decode(destination);
  TensixCore& core = role.core();
  std::byte* from = LocalSource(role, source, bytes);
  bool dram = to.kind == NocAddress::Kind::kDram;
  CheckAlignment(role, source, to.local, core.chip().noc_alignment_l1, dram ? "a write to DRAM" : "a write to L1");
  if (dram) {
    std::byte* p = Dram(role, "a write", to, bytes, true);
    dram_write_bytes += bytes;
    Record(role, TraceKind::kWrite, kBankNode | to.bank, bytes, 0);
    if (core.data() && role.schedule()) {
      late_writes_.push_back({p, from, bytes});
    } else if (core.data()) {
      std::memcpy(p, from, bytes);
    }
  } else if (to.kind == NocAddress::Kind::kWorker) {
    if (bytes == 4) {
      uint32_t value;
      std::memcpy(&value, from, 4);
      RecordWord(role, to, value, kIncludeSource);
    } else {
      Record(role, TraceKind::kWrite, role.launch().CoreIndex(to.cores.x0, to.cores.y0), bytes, 0);
    }
    Send(role, from, to, bytes, true, Signal(role, to, bytes));
  } else {
    role.Fail(
        ErrorCategory::kOutOfRange,
        fmt::format("a write to {:#x}, which is not the address of one core or a DRAM bank\n{}", destination,
                    to.kind == NocAddress::Kind::kMulticast ? "use noc_async_write_multicast for a multicast address"
                                                            : "make NoC addresses with get_noc_addr or an accessor"));
  }
  if (Checker* checker = role.checker()) checker->OnSource(role, from, bytes);
  writes_.push_back({from, from + bytes, role.line()});
}

void NocPort::CheckNumDests(RoleContext& role, const NocAddress& to, uint32_t num_dests, bool include_source) {
  if (to.kind != NocAddress::Kind::kMulticast) {
    role.Fail(ErrorCategory::kOutOfRange,
              "a multicast to an address that is not a multicast address\n"
              "make it with get_noc_multicast_addr");
  }
  Core me = role.core().coordinates();
  bool inside = to.cores.Contains(me.x, me.y);
  uint32_t expected = to.cores.count() - (inside && !include_source ? 1 : 0);
  if (num_dests == expected) return;
  role.Fail(ErrorCategory::kBadProgram,
            fmt::format("a multicast to cores ({}, {}) to ({}, {}) reaches {} cores, but num_dests is {}\n"
                        "the sender waits for that many acknowledgements and would hang; {}",
                        to.cores.x0, to.cores.y0, to.cores.x1, to.cores.y1, expected, num_dests,
                        include_source ? "with _loopback_src the sender counts itself"
                                       : "without _loopback_src the sender does not count itself"));
}

void NocPort::Multicast(RoleContext& role, uint32_t source, uint64_t destination, uint32_t bytes, uint32_t num_dests,
                        bool include_source, bool linked) {
  NocAddress to = NocAddress::Decode(destination);
  CheckNumDests(role, to, num_dests, include_source);
  std::byte* from = LocalSource(role, source, bytes);
  CheckAlignment(role, source, to.local, role.core().chip().noc_alignment_l1, "a multicast");
  Core me = role.core().coordinates();
  if (include_source && !to.cores.Contains(me.x, me.y)) {
    role.Fail(ErrorCategory::kBadProgram,
              "a _loopback_src multicast whose rectangle does not contain the sender\n"
              "use noc_async_write_multicast");
  }
  Record(role, TraceKind::kMulticast, TraceRect(to.cores.x0, to.cores.y0, to.cores.x1, to.cores.y1), bytes,
         static_cast<uint8_t>((include_source ? kIncludeSource : 0) | (linked ? kLinked : 0)));
  if (Checker* checker = role.checker()) checker->OnSource(role, from, bytes);
  Send(role, from, to, bytes, include_source, 0);
  writes_.push_back({from, from + bytes, role.line()});
}

void NocPort::MulticastWord(RoleContext& role, uint32_t source, uint64_t destination, uint32_t num_dests,
                            bool include_source) {
  NocAddress to = NocAddress::Decode(destination);
  CheckNumDests(role, to, num_dests, include_source);
  std::byte* from = Local(role, "a multicast whose source", source, 4);
  uint32_t value;
  std::memcpy(&value, from, 4);
  RecordWord(role, to, value, static_cast<uint8_t>(kMany | (include_source ? kIncludeSource : 0)));
  Send(role, from, to, 4, include_source, Signal(role, to, 4));
}

void NocPort::WriteWord(RoleContext& role, uint64_t destination, uint32_t value) {
  NocAddress to = NocAddress::Decode(destination);
  if (to.kind != NocAddress::Kind::kWorker) {
    role.Fail(ErrorCategory::kUnsupported, "noc_inline_dw_write to something other than one core's L1");
  }
  RecordWord(role, to, value, kIncludeSource);
  Send(role, reinterpret_cast<const std::byte*>(&value), to, 4, true, Signal(role, to, 4));
}

void NocPort::Increment(RoleContext& role, uint64_t destination, uint32_t amount, uint32_t num_dests) {
  NocAddress to = NocAddress::Decode(destination);
  if (num_dests > 0) {
    CheckNumDests(role, to, num_dests, false);
  } else if (to.kind != NocAddress::Kind::kWorker) {
    role.Fail(ErrorCategory::kOutOfRange,
              "noc_semaphore_inc to an address that is not in a core's L1\n"
              "make it with get_noc_addr(x, y, get_semaphore(id))");
  }
  TensixCore& core = role.core();
  Launch& launch = role.launch();
  const Core grid = core.chip().grid;
  if (to.cores.x1 >= grid.x || to.cores.y1 >= grid.y) {
    role.Fail(ErrorCategory::kOutOfRange,
              fmt::format("noc_semaphore_inc on core ({}, {}), beyond the {}x{} worker grid", to.cores.x1, to.cores.y1,
                          grid.x, grid.y));
  }
  RecordWord(role, to, amount, static_cast<uint8_t>(kIncrement | (num_dests > 0 ? kMany : kIncludeSource)));
  RemoteEffect effect;
  effect.kind = RemoteEffect::Kind::kIncrement;
  effect.cores = to.cores;
  effect.include_source = num_dests == 0;
  effect.offset = core.Offset(to.local);
  effect.bytes = 4;
  effect.payload = amount;
  effect.signal = Signal(role, to, 4);
  Core me = core.coordinates();
  if (num_dests == 0 && to.cores.Contains(me.x, me.y)) {
    launch.Apply(effect, nullptr, launch.CoreIndex(me.x, me.y));
    return;
  }
  effect.include_source = false;
  launch.outbox(core).effects.push_back(effect);
}

void NocPort::ReadBarrier(RoleContext& role) {
  role.Record(TraceKind::kReadBarrier);
  if (remote_reads_pending > 0) role.Block({.kind = WaitKind::kRemoteRead, .wanted = remote_reads_pending});
  LandReads();
  if (Checker* checker = role.checker()) checker->OnReadBarrier(role);
  reads_.clear();
}

void NocPort::WritesFlushed(RoleContext& role) {
  role.Record(TraceKind::kWritesFlushed);
  if (Checker* checker = role.checker()) checker->OnWritesFlushed(role);
  LandWrites(role.launch().outbox(role.core()));
  if (writes_.empty()) return;
  if (flushed_ == 0) flushed_line_ = writes_.front().line;
  flushed_ += writes_.size();
  writes_.clear();
}

void NocPort::WriteBarrier(RoleContext& role) {
  role.Record(TraceKind::kWriteBarrier);
  if (Checker* checker = role.checker()) checker->OnWriteBarrier(role);
  LandWrites(role.launch().outbox(role.core()));
  writes_.clear();
  flushed_ = 0;
}

void NocPort::AtomicBarrier(RoleContext& role) { role.Record(TraceKind::kAtomicBarrier); }

// A word written to a semaphore, or to a place that nobody packs or reads tiles to, is a signal: others wait for it.
uint32_t NocPort::Signal(RoleContext& role, const NocAddress& to, uint32_t bytes) {
  const uint32_t offset = role.core().Offset(to.local);
  const bool semaphore = offset >= kSemaphoreBase && offset < kSemaphoreBase + kMaxSemaphores * kSemaphoreStride;
  return role.checker() && bytes == 4 && semaphore ? role.checker()->OnSignal(role) : 0;
}

void NocPort::LandReads() {
  for (const Late& late : late_reads_) std::memcpy(late.to, late.from, late.bytes);
  late_reads_.clear();
}

void NocPort::LandWrites(Outbox& outbox) {
  for (const Late& late : late_writes_) std::memcpy(late.to, late.from, late.bytes);
  late_writes_.clear();
  TakePayloads(outbox);
}

void NocPort::Land(Outbox& outbox) {
  LandReads();
  LandWrites(outbox);
}

void NocPort::TakePayloads(Outbox& outbox) {
  for (const LatePayload& late : late_payloads_) std::memcpy(outbox.payload.data() + late.to, late.from, late.bytes);
  late_payloads_.clear();
}

void NocPort::CheckPushSlow(RoleContext& role, const std::byte* begin, uint64_t bytes, const CircularBuffer& cb) {
  for (const Transfer& t : reads_) {
    if (!Overlaps(t.begin, t.end, begin, begin + bytes)) continue;
    role.Fail(ErrorCategory::kMissingBarrier,
              fmt::format("cb_push_back on CB {} {}, while the read of line {} into these pages is still under way\n"
                          "call noc_async_read_barrier() before cb_push_back",
                          cb.index(), cb.name(), t.line),
              true);
  }
}

void NocPort::CheckPopSlow(RoleContext& role, const std::byte* begin, uint64_t bytes, const CircularBuffer& cb) {
  for (const Transfer& t : writes_) {
    if (!Overlaps(t.begin, t.end, begin, begin + bytes)) continue;
    role.Fail(ErrorCategory::kMissingBarrier,
              fmt::format("cb_pop_front on CB {} {}, while the write of line {} from these pages is still under way\n"
                          "call noc_async_write_barrier() or noc_async_writes_flushed() before cb_pop_front",
                          cb.index(), cb.name(), t.line),
              true);
  }
}

void NocPort::CheckExit(RoleContext& role) {
  const bool read = !reads_.empty();
  const size_t pending = read ? reads_.size() : writes_.size() + flushed_;
  if (pending == 0) return;
  role.SetLine(read ? reads_.front().line : flushed_ > 0 ? flushed_line_ : writes_.front().line);
  const std::string text = fmt::format(
      "the kernel returns while {} {}{} still under way; this line issued the first\n"
      "call {}() before the kernel's end",
      pending, read ? "read" : "write", pending == 1 ? " is" : "s are",
      read ? "noc_async_read_barrier" : "noc_async_write_barrier");
  if (read) role.Fail(ErrorCategory::kMissingBarrier, text);
  role.Object(ErrorCategory::kMissingBarrier, text);  // written data arrives all the same
}

}  // namespace tltt::emu

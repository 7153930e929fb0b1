#include "check/checker.h"

#include <fmt/format.h>

#include <new>
#include <optional>
#include <utility>

#include "core.h"
#include "l1_layout.h"
#include "launch.h"

namespace tltt::emu {

namespace {

constexpr uint32_t kNone = ~0u;

uint32_t Index(const RoleContext& role) {
  const Core c = role.core().coordinates();
  return role.launch().CoreIndex(c.x, c.y);
}

bool IsSemaphore(uint32_t offset) {
  return offset >= kSemaphoreBase && offset < kSemaphoreBase + kMaxSemaphores * kSemaphoreStride;
}

}  // namespace

Checker::Checker(Launch& launch) : launch_(&launch) {
  const std::vector<uint32_t>& active = launch.active();
  for (uint32_t index : active) {
    if (slots_.size() <= index) slots_.resize(index + 1, kNone);
    slots_[index] = static_cast<uint32_t>(states_.size());
    states_.emplace_back(launch.chip().l1_bytes);
    if (!states_.back().shadow.allocated()) throw std::bad_alloc();
  }
  times_.assign(active.size() * kActors, Time(active.size() * kActors));
  for (size_t a = 0; a < times_.size(); ++a) times_[a][a] = 1;
}

Checker::CoreState& Checker::State(const RoleContext& role) { return states_[slots_[Index(role)]]; }

uint32_t Checker::ActorOf(const RoleContext& role, Actor actor) const {
  return slots_[Index(role)] * kActors + static_cast<uint32_t>(actor);
}
uint32_t Checker::Self(const RoleContext& role) const {
  constexpr Actor kOf[] = {Actor::kReader, Actor::kUnpack, Actor::kWriter};
  return ActorOf(role, kOf[static_cast<size_t>(role.role())]);
}
uint32_t Checker::Reads(const RoleContext& role) const {
  return ActorOf(role, role.role() == Role::kReader ? Actor::kReaderReads : Actor::kWriterReads);
}
uint32_t Checker::Sources(const RoleContext& role) const {
  return ActorOf(role, role.role() == Role::kReader ? Actor::kReaderSources : Actor::kWriterSources);
}
uint32_t Checker::Writes(const RoleContext& role) const {
  return ActorOf(role, role.role() == Role::kReader ? Actor::kReaderWrites : Actor::kWriterWrites);
}

Checker::CbTimes& Checker::Times(const RoleContext& role, const CircularBuffer& cb) {
  CbTimes& times = State(role).cbs[cb.index()];
  if (times.pushed.empty()) {
    times.pushed.resize(cb.num_pages());
    times.popped.resize(cb.num_pages());
  }
  return times;
}

TimeStamp Checker::Stamp(uint32_t actor) {
  auto stamp = std::make_shared<const Time>(times_[actor]);
  ++times_[actor][actor];
  return stamp;
}

void Checker::Join(uint32_t actor, const Time& time) {
  Time& mine = times_[actor];
  for (size_t i = 0; i < mine.size(); ++i) mine[i] = std::max(mine[i], time[i]);
}

void Checker::Note(const RoleContext& role) {
  auto& steps = State(role).steps[static_cast<size_t>(role.role())];
  const auto line = static_cast<uint16_t>(role.line());
  if (steps.back().line == line) {
    ++steps.back().times;
    return;
  }
  std::move(steps.begin() + 1, steps.end(), steps.begin());
  steps.back() = {line, 1};
}

// --- circular buffers

void Checker::OnReserve(RoleContext& role, const CircularBuffer& cb, uint32_t pages) {
  Note(role);
  if (cb.pushed() + pages <= cb.num_pages()) return;  // never used before
  const uint64_t needed = cb.pushed() + pages - cb.num_pages() - 1;
  const TimeStamp& popped = Times(role, cb).popped[needed % cb.num_pages()];
  if (popped) Join(role.role() == Role::kCompute ? ActorOf(role, Actor::kPack) : Self(role), *popped);
}

void Checker::OnPush(RoleContext& role, const CircularBuffer& cb, uint32_t pages) {
  Note(role);
  const TimeStamp stamp = Stamp(role.role() == Role::kCompute ? ActorOf(role, Actor::kPack) : Self(role));
  CbTimes& times = Times(role, cb);
  for (uint32_t i = 0; i < pages; ++i) times.pushed[(cb.pushed() - 1 - i) % cb.num_pages()] = stamp;
}

void Checker::OnWait(RoleContext& role, const CircularBuffer& cb, uint32_t pages) {
  Note(role);
  const TimeStamp& pushed = Times(role, cb).pushed[(cb.popped() + pages - 1) % cb.num_pages()];
  if (pushed) Join(Self(role), *pushed);
}

void Checker::OnPop(RoleContext& role, const CircularBuffer& cb, uint32_t pages) {
  Note(role);
  const TimeStamp stamp = Stamp(Self(role));
  CbTimes& times = Times(role, cb);
  for (uint32_t i = 0; i < pages; ++i) times.popped[(cb.popped() + i) % cb.num_pages()] = stamp;
  if (cb.on_tensor()) return;
  Shadow& shadow = State(role).shadow;
  const auto begin = static_cast<uint32_t>(cb.ReadPointer() - role.core().l1());
  // The writer may leave out what lies beyond a tensor's edge; a kernel may leave out a whole block that it has loaded,
  // in a branch, say. One that reads some pages of a block and not the others has the wrong indices, unless the user's
  // kernel asks for parts.
  std::optional<uint32_t> left_out;
  bool any_read = false;
  for (uint32_t i = 0; i < pages && role.role() == Role::kCompute; ++i) {
    bool written = false, read = false;
    shadow.ForEach(begin + i * cb.page_size(), cb.page_size(), [&](ShadowCell& cell, uint16_t, uint32_t) {
      written |= cell.fresh != 0;
      read |= cell.read;
    });
    if (written && !read && !left_out) left_out = i;
    any_read |= read;
  }
  if (left_out && any_read && !cb.read_in_parts()) {
    role.Fail(ErrorCategory::kUnused,
              fmt::format("page {} from the front of CB {} {} is popped, but nobody has read it\n"
                          "compare the tile indices of the consumer with the {} pages that it pops",
                          *left_out, cb.index(), cb.name(), pages),
              true);
  }
  shadow.ForEach(begin, uint64_t{pages} * cb.page_size(), [](ShadowCell& cell, uint16_t, uint32_t) {
    cell.fresh = 0;
    cell.stale = true;
  });
}

// --- the compute unit

void Checker::OnUnpack(RoleContext& role, const std::byte* page, uint32_t bytes) {
  const uint32_t me = ActorOf(role, Actor::kUnpack);
  Read(role, Index(role), static_cast<uint32_t>(page - role.core().l1()), bytes, me, times_[me][me], times_[me]);
}

void Checker::OnPack(RoleContext& role, const CircularBuffer& cb, const std::byte* page, uint32_t bytes,
                     bool accumulate) {
  const uint32_t me = ActorOf(role, Actor::kPack), core = Index(role);
  const auto offset = static_cast<uint32_t>(page - role.core().l1());
  if (accumulate) {
    // A kernel may pop its own partial sums and accumulate onto them where they lie: that is how pointers start over.
    Read(role, core, offset, bytes, me, times_[me][me], times_[me], cb.consumer() != Role::kWriter);
  } else {
    bool lost = !cb.on_tensor();
    uint32_t line = 0;
    State(role).shadow.ForEach(offset, bytes, [&](const ShadowCell& cell, uint16_t mask, uint32_t) {
      lost &= (cell.fresh & mask) == mask && !cell.read && cell.write.actor == me;
      line = cell.write.line;
    });
    if (lost) {
      role.Fail(ErrorCategory::kUnused,
                fmt::format("the packer overwrites a page of CB {} {} that it packed at line {} and that nobody has "
                            "read since\npack into another page, or call pack_reconfig_l1_acc(1) to add to it",
                            cb.index(), cb.name(), line),
                true);
    }
  }
  Write(role, core, offset, bytes, me, times_[me][me], times_[me]);
}

void Checker::OnDstCommit(RoleContext& role) { State(role).committed = Stamp(ActorOf(role, Actor::kUnpack)); }

void Checker::OnDstWait(RoleContext& role) {
  if (const TimeStamp& committed = State(role).committed) Join(ActorOf(role, Actor::kPack), *committed);
}

// --- transfers

void Checker::OnRead(RoleContext& role, const std::byte* to, uint32_t bytes) {
  Note(role);
  const uint32_t reads = Reads(role);
  Write(role, Index(role), static_cast<uint32_t>(to - role.core().l1()), bytes, reads, ++times_[reads][reads],
        times_[Self(role)]);
}

void Checker::OnReadSource(RoleContext& role, uint32_t core, uint32_t offset, uint32_t bytes) {
  const uint32_t reads = Reads(role);
  Read(role, core, offset, bytes, reads, ++times_[reads][reads], times_[Self(role)]);
}

void Checker::OnSource(RoleContext& role, const std::byte* from, uint32_t bytes) {
  Note(role);
  const uint32_t sources = Sources(role);
  Read(role, Index(role), static_cast<uint32_t>(from - role.core().l1()), bytes, sources, ++times_[sources][sources],
       times_[Self(role)]);
}

void Checker::OnWrite(RoleContext& role, uint32_t core, uint32_t offset, uint32_t bytes) {
  const uint32_t writes = Writes(role);
  Write(role, core, offset, bytes, writes, ++times_[writes][writes], times_[Self(role)]);
}

void Checker::OnReadBarrier(RoleContext& role) {
  Note(role);
  const uint32_t me = Self(role), reads = Reads(role);
  times_[me][reads] = times_[reads][reads];
}

void Checker::OnWritesFlushed(RoleContext& role) {
  Note(role);
  const uint32_t me = Self(role), sources = Sources(role);
  times_[me][sources] = times_[sources][sources];
}

void Checker::OnWriteBarrier(RoleContext& role) {
  OnWritesFlushed(role);
  const uint32_t me = Self(role), writes = Writes(role);
  times_[me][writes] = times_[writes][writes];
}

// --- semaphores

uint32_t Checker::OnSignal(RoleContext& role) {
  Note(role);
  // What the role wrote before arrives before: packets of one sender to one core keep their order.
  const uint32_t me = Self(role), writes = Writes(role);
  auto time = std::make_shared<Time>(times_[me]);
  (*time)[writes] = times_[writes][writes];
  ++times_[me][me];
  signals_.push_back({std::move(time), me, static_cast<uint16_t>(role.line())});
  return static_cast<uint32_t>(signals_.size());
}

void Checker::OnArrival(uint32_t signal, uint32_t core, uint32_t offset, bool increment) {
  const Signal& s = signals_[signal - 1];
  Word& word = words_[{core, offset}];
  if (increment && !word.time.empty()) {
    for (size_t i = 0; i < word.time.size(); ++i) word.time[i] = std::max(word.time[i], (*s.time)[i]);
  } else {
    word.time = *s.time;
  }
  ++word.unseen;
  word.sender = s.sender;
  word.line = s.line;
}

void Checker::OnSemaphoreWait(RoleContext& role, uint32_t offset) {
  Note(role);
  auto word = words_.find({Index(role), offset});
  if (word == words_.end()) return;
  word->second.unseen = 0;
  if (!word->second.time.empty()) Join(Self(role), word->second.time);
}

void Checker::OnSemaphoreSet(RoleContext& role, uint32_t offset) {
  Note(role);
  Word& word = words_[{Index(role), offset}];
  word.time = *Stamp(Self(role));
  word.unseen = 0;
}

void Checker::OnArg(const RoleContext& role, uint32_t index) { args_[role.kernel().kernel].insert(index); }

void Checker::OnPointer(RoleContext& role, uint64_t address, uint32_t bytes, bool write) {
  TensixCore& core = role.core();
  uint64_t offset = address - reinterpret_cast<uint64_t>(core.l1());
  if (offset >= core.l1_bytes()) offset = address;  // a kernel may hold offsets in L1
  if (offset + bytes > core.l1_bytes()) return;     // its stack and constants
  const auto at = static_cast<uint32_t>(offset);
  if (IsSemaphore(at)) {
    const uint32_t word = at / 4 * 4;
    return write ? OnSemaphoreSet(role, word) : OnSemaphoreWait(role, word);
  }
  if (at < FirstFreeL1(core.chip())) return;  // arguments, zeros
  const uint32_t me = Self(role);
  if (write) {
    Write(role, Index(role), at, bytes, me, times_[me][me], times_[me]);
  } else {
    Read(role, Index(role), at, bytes, me, times_[me][me], times_[me]);
  }
}

// --- accesses

void Checker::Write(RoleContext& role, uint32_t core, uint32_t offset, uint64_t bytes, uint32_t actor, uint32_t time,
                    const Time& now) {
  if (core >= slots_.size() || slots_[core] == kNone) return;  // a core that runs nothing
  if (IsSemaphore(offset)) return;
  const bool in_order = actor % kActors >= static_cast<uint32_t>(Actor::kReaderWrites);
  states_[slots_[core]].shadow.ForEach(offset, bytes, [&](ShadowCell& cell, uint16_t mask, uint32_t at) {
    const Access& before = cell.write;
    const bool ordered = before.time <= now[before.actor] || (in_order && before.actor == actor);
    if (!ordered && (before.bytes & mask)) FailRace(role, core, at, before, true, actor, true);
    for (const Access& read : cell.reads) {
      if (read.time > now[read.actor] && (read.bytes & mask)) FailRace(role, core, at, read, false, actor, true);
    }
    const bool same = before.actor == actor && before.time == time && before.line == role.line();
    cell.write = {time, static_cast<uint16_t>(actor), static_cast<uint16_t>(role.line()),
                  static_cast<uint16_t>(same ? before.bytes | mask : mask)};
    cell.fresh |= mask;
    cell.read = false;
  });
}

void Checker::Read(RoleContext& role, uint32_t core, uint32_t offset, uint64_t bytes, uint32_t actor, uint32_t time,
                   const Time& now, bool may_be_stale) {
  if (core >= slots_.size() || slots_[core] == kNone || IsSemaphore(offset)) return;
  states_[slots_[core]].shadow.ForEach(offset, bytes, [&](ShadowCell& cell, uint16_t mask, uint32_t at) {
    const Access& before = cell.write;
    if (before.time > now[before.actor] && (before.bytes & mask)) FailRace(role, core, at, before, true, actor, false);
    if (cell.stale && (mask & ~cell.fresh) && !may_be_stale) FailStale(role, core, at, actor);
    cell.read = true;
    // The place of an access by the same actor, of one that happened before, or of the older one.
    Access* place = &cell.reads[0];
    for (Access& read : cell.reads) {
      if (read.time == 0 || read.actor == actor) {
        place = &read;
        break;
      }
      if (read.time <= now[read.actor]) place = &read;
    }
    const bool same = place->time == time && place->actor == actor;
    *place = {time, static_cast<uint16_t>(actor), static_cast<uint16_t>(role.line()),
              static_cast<uint16_t>(same ? place->bytes | mask : mask)};
  });
}

}  // namespace tltt::emu

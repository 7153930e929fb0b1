// Check mode: finds what a run happens to survive. Happens-before over circular buffers, barriers, semaphores and the
// hand-over of DST; accesses of L1 that nothing orders; data that is read after its pages were given back, or is never
// read at all.
//
// An order counts only where the protocol guarantees it: a wait for n pages is ordered after the push of the n-th page
// that it needs, not after all that happen to have been pushed. So what is found does not depend on how the run's
// schedule fell out. Runs on one host thread; plain runs have no Checker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "check/shadow.h"
#include "tltt/emulator.h"

namespace tltt::emu {

class CircularBuffer;
class Launch;
class RoleContext;
class TensixCore;

// What acts on L1 by itself. A transfer is an actor beside the role that issued it: it ends at a barrier.
enum class Actor : uint8_t {
  kReader,
  kUnpack,  // of the compute kernel: waits, pops, reads
  kPack,    // of the compute kernel: reserves, pushes, writes
  kWriter,
  kReaderReads,  // reads over the NoC, into L1
  kWriterReads,
  kReaderSources,  // the bytes that writes over the NoC take from L1
  kWriterSources,
  kReaderWrites,  // writes over the NoC, where they arrive
  kWriterWrites,
};
inline constexpr uint32_t kActors = 10;

class Checker {
 public:
  explicit Checker(Launch& launch);

  // Circular buffers: after a reserve or a wait was satisfied, at a push, and before a pop.
  void OnReserve(RoleContext& role, const CircularBuffer& cb, uint32_t pages);
  void OnPush(RoleContext& role, const CircularBuffer& cb, uint32_t pages);
  void OnWait(RoleContext& role, const CircularBuffer& cb, uint32_t pages);
  void OnPop(RoleContext& role, const CircularBuffer& cb, uint32_t pages);

  // The compute unit's accesses.
  void OnUnpack(RoleContext& role, const std::byte* page, uint32_t bytes);
  void OnPack(RoleContext& role, const CircularBuffer& cb, const std::byte* page, uint32_t bytes, bool accumulate);
  void OnDstCommit(RoleContext& role);
  void OnDstWait(RoleContext& role);

  // Transfers, when they are issued.
  void OnRead(RoleContext& role, const std::byte* to, uint32_t bytes);
  void OnReadSource(RoleContext& role, uint32_t core, uint32_t offset, uint32_t bytes);
  void OnSource(RoleContext& role, const std::byte* from, uint32_t bytes);
  void OnWrite(RoleContext& role, uint32_t core, uint32_t offset, uint32_t bytes);
  void OnReadBarrier(RoleContext& role);
  void OnWritesFlushed(RoleContext& role);
  void OnWriteBarrier(RoleContext& role);

  // Semaphores: a signal gets a number when it is sent, and is told where it arrives, and when.
  uint32_t OnSignal(RoleContext& role);
  void OnArrival(uint32_t signal, uint32_t core, uint32_t offset, bool increment);
  void OnRoundEnd() { signals_.clear(); }  // no signal is under way
  void OnSemaphoreWait(RoleContext& role, uint32_t offset);
  void OnSemaphoreSet(RoleContext& role, uint32_t offset);

  // A load or store of a data-movement kernel through a plain pointer.
  void OnPointer(RoleContext& role, uint64_t address, uint32_t bytes, bool write);

  void OnArg(const RoleContext& role, uint32_t index);

  // All kernels have returned.
  void OnExit();

  // The protocol calls that led to where the role is, for messages; empty where there are none.
  std::string History(const RoleContext& role) const;

 private:
  struct CbTimes {
    std::vector<TimeStamp> pushed, popped;  // by page of the buffer: the last push, the last pop
  };
  struct Word {
    Time time;
    uint32_t unseen = 0;  // signals since the owner last waited for it or set it
    uint32_t sender = 0;  // actor
    uint16_t line = 0;
  };
  struct Signal {
    TimeStamp time;
    uint32_t sender;
    uint16_t line;
  };
  struct Step {
    uint16_t line = 0;
    uint32_t times = 0;
  };
  static constexpr size_t kSteps = 6;
  struct CoreState {
    explicit CoreState(uint32_t l1_bytes) : shadow(l1_bytes) {}
    Shadow shadow;
    std::array<CbTimes, 32> cbs;
    TimeStamp committed;  // math's time at tile_regs_commit
    std::array<std::array<Step, kSteps>, 3> steps;
  };

  CoreState& State(const RoleContext& role);
  uint32_t ActorOf(const RoleContext& role, Actor actor) const;
  uint32_t Self(const RoleContext& role) const;  // of the compute kernel: the unpackers
  uint32_t Reads(const RoleContext& role) const;
  uint32_t Sources(const RoleContext& role) const;
  uint32_t Writes(const RoleContext& role) const;
  CbTimes& Times(const RoleContext& role, const CircularBuffer& cb);
  TimeStamp Stamp(uint32_t actor);  // its time; what it does next happens after
  void Join(uint32_t actor, const Time& time);
  void Note(const RoleContext& role);

  // `actor` accesses [offset, offset + bytes) of a core at step `time`, and knows what happened before `now`.
  void Write(RoleContext& role, uint32_t core, uint32_t offset, uint64_t bytes, uint32_t actor, uint32_t time,
             const Time& now);
  void Read(RoleContext& role, uint32_t core, uint32_t offset, uint64_t bytes, uint32_t actor, uint32_t time,
            const Time& now, bool may_be_stale = false);
  [[noreturn]] void FailRace(RoleContext& role, uint32_t core, uint32_t offset, const Access& before,
                             bool before_writes, uint32_t actor, bool writes);
  [[noreturn]] void FailStale(RoleContext& role, uint32_t core, uint32_t offset, uint32_t actor);
  std::string Describe(uint32_t actor, uint32_t line, bool writes) const;
  std::string Place(uint32_t core, uint32_t offset) const;
  const RoleContext* RoleOf(uint32_t actor) const;

  Launch* launch_;
  std::vector<uint32_t> slots_;                          // by core index: position among the launched cores
  std::vector<CoreState> states_;                        // by slot
  std::vector<Time> times_;                              // by actor
  std::map<std::pair<uint32_t, uint32_t>, Word> words_;  // semaphores by core and offset
  std::map<const Kernel*, std::set<uint32_t>> args_;     // read on any core
  std::vector<Signal> signals_;                          // under way; number 1 is the first
};

}  // namespace tltt::emu

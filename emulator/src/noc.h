// Transfers over the NoC, as one role issues them, and their effects on other cores.
//
// Data moves when a transfer is issued, but counts as arrived only at the role's barrier: pushing or popping the pages
// of a transfer under way is an Error. Effects on other cores' L1 are queued in the source core's outbox and delivered
// between rounds, in order of source core and issue.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "clock/trace.h"
#include "noc_address.h"

namespace tltt::emu {

class CircularBuffer;
class Launch;
class RoleContext;
class TensixCore;

// An effect on the L1 of other cores: bytes to write, or an increment of a 32-bit word.
struct RemoteEffect {
  enum class Kind : uint8_t { kWrite, kIncrement };
  Kind kind = Kind::kWrite;
  Rect cores;  // destination cores
  bool include_source = true;
  uint32_t offset = 0;  // in their L1
  uint32_t bytes = 0;
  uint32_t signal = 0;  // the checker's number of it, if it is one word
  size_t payload = 0;   // position in Outbox::payload; kIncrement: the amount
};

// A read of another core's L1, served between rounds.
struct RemoteRead {
  uint32_t source_core = 0;  // index
  uint32_t source_offset = 0, bytes = 0;
  std::byte* destination = nullptr;
  RoleContext* role = nullptr;
};

struct Outbox {
  std::vector<RemoteEffect> effects;
  std::vector<std::byte> payload;
  std::vector<RemoteRead> reads;
  bool empty() const { return effects.empty() && reads.empty(); }
  void Clear() { effects.clear(), payload.clear(), reads.clear(); }
};

class NocPort {
 public:
  void Read(RoleContext& role, uint64_t source, uint32_t destination, uint32_t bytes);
  void Write(RoleContext& role, uint32_t source, uint64_t destination, uint32_t bytes);
  void Multicast(RoleContext& role, uint32_t source, uint64_t destination, uint32_t bytes, uint32_t num_dests,
                 bool include_source, bool linked);
  void MulticastWord(RoleContext& role, uint32_t source, uint64_t destination, uint32_t num_dests, bool include_source);
  // A 32-bit value written to, or added to, a word of one or more cores' L1.
  void WriteWord(RoleContext& role, uint64_t destination, uint32_t value);
  void Increment(RoleContext& role, uint64_t destination, uint32_t amount, uint32_t num_dests);

  void ReadBarrier(RoleContext& role);
  void WritesFlushed(RoleContext& role);
  void WriteBarrier(RoleContext& role);
  void AtomicBarrier(RoleContext& role);

  // Fail when the pages [begin, begin + bytes) have a transfer under way.
  void CheckPush(RoleContext& role, const std::byte* begin, uint64_t bytes, const CircularBuffer& cb) {
    if (!reads_.empty()) CheckPushSlow(role, begin, bytes, cb);
  }
  void CheckPop(RoleContext& role, const std::byte* begin, uint64_t bytes, const CircularBuffer& cb) {
    if (!writes_.empty()) CheckPopSlow(role, begin, bytes, cb);
  }
  void CheckExit(RoleContext& role);

  // For drawn schedules, where transfers move their bytes as late as they may: what is under way lands; the payloads of
  // writes to other cores are taken from L1.
  void Land(Outbox& outbox);
  void TakePayloads(Outbox& outbox);

  // The address registers behind the _set_state/_with_state pairs.
  uint64_t read_state = 0, write_state = 0;
  uint32_t read_state_bytes = 0, write_state_bytes = 0;

  uint32_t remote_reads_pending = 0;
  uint64_t dram_read_bytes = 0, dram_write_bytes = 0, noc_bytes = 0;

 private:
  struct Transfer {
    const std::byte *begin, *end;
    uint32_t line;
  };

  struct Late {
    std::byte* to;
    const std::byte* from;
    uint32_t bytes;
  };
  struct LatePayload {
    size_t to;  // position in Outbox::payload
    const std::byte* from;
    uint32_t bytes;
  };
  void LandReads();
  void LandWrites(Outbox& outbox);
  void CheckPushSlow(RoleContext& role, const std::byte* begin, uint64_t bytes, const CircularBuffer& cb);
  void CheckPopSlow(RoleContext& role, const std::byte* begin, uint64_t bytes, const CircularBuffer& cb);
  // For the clock; `target`: a node or a rectangle (clock/trace.h).
  void Record(RoleContext& role, TraceKind kind, uint32_t target, uint32_t bytes, uint8_t flags);
  void RecordWord(RoleContext& role, const NocAddress& to, uint32_t value, uint8_t flags);
  std::byte* Local(RoleContext& role, const char* what, uint32_t address, uint32_t bytes);
  std::byte* LocalSource(RoleContext& role, uint32_t address, uint32_t bytes);
  std::byte* Dram(RoleContext& role, const char* what, NocAddress address, uint32_t bytes, bool write);
  void Send(RoleContext& role, const std::byte* source, NocAddress to, uint32_t bytes, bool include_source,
            uint32_t signal);
  static uint32_t Signal(RoleContext& role, const NocAddress& to, uint32_t bytes);
  void CheckNumDests(RoleContext& role, const NocAddress& to, uint32_t num_dests, bool include_source);

  std::vector<Transfer> reads_, writes_;
  std::vector<Late> late_reads_, late_writes_;
  std::vector<LatePayload> late_payloads_;
  size_t flushed_ = 0;         // writes that have left L1 and are not known to have arrived
  uint32_t flushed_line_ = 0;  // of the first of them
};

}  // namespace tltt::emu

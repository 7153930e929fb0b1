// How the lane's sfpi.h issues the vector unit's instructions, and who is in which of its eight registers.
//
// A vector of a program is a number; a register is given to it when its instructions are issued. They wait in a queue until then, because only
// what comes later tells where a vector is used for the last time: functions of the LLK name more vectors than there are registers, and rely on a
// compiler that sees which of them overlap. The queue is emptied whenever no vector is left, so instructions that code writes by itself keep their
// place. What needs more than eight registers at once stops with an ebreak.
#pragma once

#include <cstdint>

#include "ckernel_ops.h"
#include "dev_mem_map.h"

extern volatile std::uint32_t __instrn_buffer[];

namespace sfpi::issue {

using Id = std::uint8_t;  // of a vector; below kFirstVector a register itself: 0 to 7 general ones, 8 to 15 with constants
constexpr Id kZero = 9, kOne = 10, kMinusOne = 11, kFirstVector = 16, kNone = 127;
constexpr int kRegisters = 8;

// Fields of a word that name registers, by their lowest bit. Loads and stores have theirs at bit 20.
enum Slot { kDestination, kC, kB, kA, kSlots };
constexpr std::uint32_t kOpcode = 0xff000000u, kLoad = 0x70000000u, kLoadImmediate = 0x71000000u, kStore = 0x72000000u;
constexpr std::uint32_t kMove = 0x7c000000u, kMad = 0x84000000u, kSwap = 0x92000000u;

struct Queued {
  std::uint32_t word;
  union {
    Id slot[kSlots];
    std::uint32_t slots;
  };
};
constexpr Id kLastUse = 128;  // in a slot, while the queue is issued

// The LLK's debugging aids have a place in L1 that is free without them; a processor's own memory is too small. Behind
// the queue lie the registers of each instruction that was issued last, as the bits of its word.
constexpr unsigned kLength = MEM_LLK_DEBUG_SIZE / (sizeof(Queued) + sizeof(std::uint16_t));
constexpr std::uint16_t kLeftOut = 0xffff;  // a move from a register to itself
inline Queued* Queue() { return reinterpret_cast<Queued*>(MEM_LLK_DEBUG_BASE); }
inline std::uint16_t* Given() { return reinterpret_cast<std::uint16_t*>(Queue() + kLength); }

struct State {
  std::uint32_t open[kNone / 32 + 1];  // bit: the program may use the vector again
  std::uint16_t queued, vectors;       // instructions that wait; open vectors
  // A loop's iterations have the same instructions: where all that wait are those that were issued last, their registers
  // are known. How many were issued last, from a start without vectors to an end without; how many of them came again.
  std::uint16_t issued, again;
  bool started_with_vectors;
  bool has_product;  // held back: with a sum it makes one instruction, as the vendor's compiler has it
  std::uint16_t lanes, choices;        // which choice of lanes is enabled (0: all), and how many there were
  Id next;                             // a number to try for the next vector
  Id holds[kRegisters];                // which vector; 0 for none
  Queued product;
};
inline State state{};

inline void ChooseLanes() { state.lanes = ++state.choices; }

inline bool IsOpen(Id id) { return state.open[id >> 5] >> (id & 31) & 1; }

inline void Emit(std::uint32_t word, std::uint16_t registers) {
  if (registers == kLeftOut) return;
  const std::uint32_t opcode = word & kOpcode;
  const bool transfers = opcode == kLoad || opcode == kLoadImmediate || opcode == kStore;
  word |= transfers ? (registers & 15u) << 20 : static_cast<std::uint32_t>(registers) << 4;
  ::__instrn_buffer[0] = word;
#ifdef ARCH_WORMHOLE
  // These have their results one instruction later; Blackhole waits by itself.
  if (opcode == kMad || opcode == kSwap) ::__instrn_buffer[0] = TT_OP_SFPNOP;
#endif
}

inline int RegisterOf(Id id) {
  if (id < kFirstVector) return id;
  for (int r = 0; r < kRegisters; ++r) {
    if (state.holds[r] == id) return r;
  }
  return -1;
}

// Code of the LLK with instructions of its own uses the low registers, so the high ones go first.
inline int Give(Id id, unsigned reserved) {
  for (int r = kRegisters - 1; r >= 0; --r) {
    if (state.holds[r] == 0 && (reserved >> r & 1) == 0) {
      state.holds[r] = id;
      return r;
    }
  }
  __builtin_trap();  // more than eight vectors at once
}

// Issues the first `count` of the instructions that wait; the others tell which vectors are still used.
[[gnu::noinline]] inline void Issue(unsigned count) {
  Queued* queue = Queue();
  std::uint32_t later[kNone / 32 + 1];
  for (unsigned i = 0; i < sizeof(later) / sizeof(later[0]); ++i) later[i] = state.open[i];
  if (state.has_product) {
    for (const Id id : state.product.slot) later[id >> 5] |= 1u << (id & 31);
  }
  unsigned reserved = 0;  // registers that the program names itself
  for (unsigned i = state.queued; i-- > 0;) {
    for (Id& id : queue[i].slot) {
      if (id < kRegisters) reserved |= 1u << id;
      if (id < kFirstVector || id == kNone) continue;
      std::uint32_t& word = later[id >> 5];
      const std::uint32_t bit = 1u << (id & 31);
      if ((word & bit) == 0 && i < count) id |= kLastUse;
      word |= bit;
    }
  }
  for (int r = 0; r < kRegisters; ++r) {
    const Id id = state.holds[r];
    if (id != 0 && (later[id >> 5] >> (id & 31) & 1) == 0) state.holds[r] = 0;  // closed since, and never used again
    if ((reserved >> r & 1) && state.holds[r] != 0) __builtin_trap();           // a vector is where the program wants another
  }
  for (unsigned i = 0; i < count; ++i) {
    int registers[kSlots];
    // A register that an operand has for the last time may become the result's.
    for (int s = 0; s < kSlots; ++s) {
      const Id id = queue[i].slot[s];
      registers[s] = (id & 127) == kNone ? 0 : RegisterOf(id & 127);
    }
    for (int s = 0; s < kSlots; ++s) {
      if ((queue[i].slot[s] & kLastUse) && registers[s] >= 0) state.holds[registers[s]] = 0;
    }
    for (int s = 0; s < kSlots; ++s) {
      const Id id = queue[i].slot[s];
      if (registers[s] >= 0) continue;
      registers[s] = RegisterOf(id & 127);  // twice in an instruction
      if (registers[s] < 0) registers[s] = Give(id & 127, reserved);
    }
    std::uint32_t bits = 0;
    for (int s = 0; s < kSlots; ++s) {
      Id& id = queue[i].slot[s];
      if ((id & kLastUse) && state.holds[registers[s]] == (id & 127)) state.holds[registers[s]] = 0;
      id &= 127;
      bits |= static_cast<std::uint32_t>(registers[s]) << (4 * s);
    }
    const std::uint32_t word = queue[i].word;
    const bool idle = (word & kOpcode) == kMove && (word & 15) == 0 && registers[kDestination] == registers[kC];
    Given()[i] = idle ? kLeftOut : static_cast<std::uint16_t>(bits);
    Emit(word, Given()[i]);
  }
  state.queued -= count;
  for (unsigned i = 0; i < state.queued; ++i) queue[i] = queue[i + count];
}

[[gnu::noinline]] inline void Enqueue(std::uint32_t word, std::uint32_t slots) {
  if (state.queued == kLength) {
    Issue(kLength / 2);
    state.issued = 0;
    state.started_with_vectors = true;
  }
  Queued& last = Queue()[state.queued];
  if (state.again == state.queued && state.again < state.issued && last.word == word && last.slots == slots) {
    ++state.again;
  } else {
    state.issued = 0;
    last.word = word;
    last.slots = slots;
  }
  ++state.queued;
}

inline void EnqueueProduct() {
  if (!state.has_product) return;
  state.has_product = false;
  Enqueue(state.product.word, state.product.slots);
}

[[gnu::noinline]] inline void IssueAll() {
  EnqueueProduct();
  const unsigned count = state.queued;
  if (count > 0) {
    if (count == state.issued && count == state.again) {
      for (unsigned i = 0; i < count; ++i) Emit(Queue()[i].word, Given()[i]);
      state.queued = 0;
    } else {
      Issue(count);
      state.issued = state.started_with_vectors || state.vectors != 0 ? 0 : count;
    }
  }
  state.again = 0;
  state.started_with_vectors = state.vectors != 0;
}

constexpr std::uint32_t Slots(Id destination, Id c, Id b, Id a) {
  return destination | c << 8 | b << 16 | static_cast<std::uint32_t>(a) << 24;
}

// An instruction whose fields for registers are zero where a vector is given.
[[gnu::noinline]] inline void Word(std::uint32_t word, Id destination = kNone, Id c = kNone, Id b = kNone, Id a = kNone) {
  if ((word & kOpcode) != kLoadImmediate) EnqueueProduct();  // a number may be loaded before it as well
  Enqueue(word, Slots(destination, c, b, a));
  if (state.vectors == 0) IssueAll();
}

inline void Multiply(Id product, Id a, Id b) {
  EnqueueProduct();
  state.has_product = true;
  state.product.word = kMad;
  state.product.slots = Slots(product, kZero, b, a);
}
inline bool IsProduct(Id id) { return state.has_product && state.product.slot[kDestination] == id; }
inline void AddToProduct(Id other) {
  state.product.slot[kC] = other;
  EnqueueProduct();
}

// A number that no vector has, open or in an instruction that waits.
[[gnu::noinline]] inline Id Open() {
  if ((state.queued == 0 && !state.has_product) || state.next >= kNone) {
    IssueAll();
    for (Id& holds : state.holds) {
      if (!IsOpen(holds)) holds = 0;
    }
    state.next = kFirstVector;
  }
  while (state.next < kNone && IsOpen(state.next)) ++state.next;
  if (state.next >= kNone) __builtin_trap();  // far more vectors than registers
  const Id id = state.next++;
  state.open[id >> 5] |= 1u << (id & 31);
  ++state.vectors;
  return id;
}

[[gnu::noinline]] inline void Close(Id id) {
  state.open[id >> 5] &= ~(1u << (id & 31));
  --state.vectors;
  if (state.vectors == 0) IssueAll();
}

// An operand: a vector that ends with it, or one that somebody else has anyway.
class Reg {
 public:
  explicit Reg(Id id, bool mine) : id_(id), mine_(mine) {}
  Reg() : id_(Open()), mine_(true) {}
  Reg(Reg&& other) : id_(other.id_), mine_(other.mine_) { other.mine_ = false; }
  Reg(const Reg&) = delete;
  ~Reg() {
    if (mine_) Close(id_);
  }
  Id id() const { return id_; }
  bool mine() const { return mine_; }
  Id Keep() {  // the caller closes it
    mine_ = false;
    return id_;
  }

 private:
  Id id_;
  bool mine_;
};

inline void Move(Id to, Id from) { Word(kMove, to, from); }

}  // namespace sfpi::issue

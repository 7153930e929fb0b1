// Stand-in for the vendor's lltt.h: the replay buffer. REPLAY is opcode 4 with fields start (bit 14), length (bit 4),
// execute while recording (bit 1) and record (bit 0), as Tenstorrent's public ISA documentation has it.
#pragma once

#include <cstdint>

extern volatile std::uint32_t __instrn_buffer[];

namespace lltt {

enum ExecBool : bool { NoExec, Exec };

[[gnu::always_inline]] constexpr std::uint32_t replay_insn(unsigned start, unsigned length) {
  return 4u << 24 | start << 14 | length << 4;
}

[[gnu::always_inline]] inline void replay(unsigned start, unsigned length) {
  ::__instrn_buffer[0] = replay_insn(start, length);
}

template <ExecBool exec = NoExec>
[[gnu::always_inline]] inline void record(unsigned start, unsigned length) {
  ::__instrn_buffer[0] = replay_insn(start, length) | (exec == Exec ? 2u : 0u) | 1u;
}

}  // namespace lltt

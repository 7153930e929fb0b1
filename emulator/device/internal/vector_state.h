// What vector code of a kernel's own (sfpi.h) shares with the compute unit of its core.
#pragma once

#include <cstdint>

namespace tltt::emu {

inline constexpr uint32_t kVectorLanes = 32;

struct VectorState {
  uint32_t enabled = ~0u;     // lane i computes where bit i is set
  uint32_t base = 0;          // vectors of DST before dst_reg[0]; a tile has 32
  uint32_t instructions = 0;  // since DST was last written: what the store charges the clock
  uint32_t programmable[3] = {};
};

}  // namespace tltt::emu

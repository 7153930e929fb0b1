// Cycles of the compute unit's operations: the one table. First estimates; figures from the chip description where it
// has them, else from the public ISA documentation (an 8x16 block per cycle in the matrix unit: 8 cycles for an
// elementwise tile) and measured SFPU rows (32 lanes a cycle: 32 cycles per instruction and tile).
#pragma once

#include <algorithm>
#include <cstdint>

#include "internal/sfpu_ops.h"
#include "tltt/chip.h"
#include "tltt/program.h"

namespace tltt::emu {

inline constexpr uint32_t kEltwiseTileCycles = 8;  // one pass of the matrix unit over a tile
inline constexpr uint32_t kReduceTileCycles = 58;  // pool, transpose, pool (reduce_row_max, Blackhole, after tuning)
inline constexpr uint32_t kTransposeTileCycles = 32;
inline constexpr uint32_t kTilizeTileCycles = 52, kUntilizeTileCycles = 57;
inline constexpr uint32_t kInitCycles = 30;         // an init or reconfiguration call
inline constexpr uint32_t kDstHandOverCycles = 10;  // acquire/commit or wait/release

inline uint32_t FidelityPhases(MathFidelity fidelity) {
  return fidelity == MathFidelity::kLoFi ? 1 : static_cast<uint32_t>(fidelity);
}

inline uint32_t UnpackCycles(const Chip& chip, uint32_t bytes) {
  return (bytes + chip.unpack_bytes_per_cycle - 1) / chip.unpack_bytes_per_cycle;
}

inline uint32_t PackCycles(const Chip& chip, uint32_t bytes) {
  return (bytes + chip.pack_bytes_per_cycle - 1) / chip.pack_bytes_per_cycle;
}

// One SFPU operation on a whole tile.
uint32_t SfpuTileCycles(SfpuOp op, bool approximate);

}  // namespace tltt::emu

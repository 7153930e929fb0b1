// Cycles of the compute unit's operations: figures from the chip description where it has them, else from the public
// ISA documentation (an 8x16 block per cycle in the matrix unit: 8 cycles for an elementwise tile) and measured SFPU
// rows (32 lanes a cycle: 32 cycles per instruction and tile).
#pragma once

#include <algorithm>
#include <cstdint>

#include "internal/sfpu_ops.h"
#include "tltt/chip.h"
#include "tltt/program.h"

namespace tltt::emu {

inline constexpr uint32_t kEltwiseTileCycles = 8;  // one pass of the matrix unit over a tile
inline constexpr uint32_t kPoolTileCycles = 4;     // GMPOOL takes a face in a cycle (MatrixUnit.md)
inline constexpr uint32_t kReduceTileCycles = 58;  // pool, transpose, pool (reduce_row_max, Blackhole, after tuning)
inline constexpr uint32_t kTransposeTileCycles = 32;

inline uint32_t FidelityPhases(MathFidelity fidelity) {
  return fidelity == MathFidelity::kLoFi ? 1 : static_cast<uint32_t>(fidelity);
}

// Ticks of the clock (clock/bandwidth.h).
inline uint32_t CostTicks(double cycles) { return static_cast<uint32_t>(cycles * 16 + 0.5); }

// Unpacking of `a` bytes to SrcA and `b` bytes to SrcB, by two unpackers that share L1's ports.
inline double UnpackCycles(const Chip& chip, double a, double b) {
  return std::max(
      {a / chip.srca_bytes_per_cycle, b / chip.srcb_bytes_per_cycle, (a + b) / chip.unpack_bytes_per_cycle});
}

// The unpackers' share of one of the ct x rt tiles of a step of matmul_block: the operand with fewer tiles stays in its
// source register while the other one's tiles pass (in0 goes to SrcB, in1 to SrcA).
inline double MatmulUnpackCycles(const Chip& chip, uint32_t in0_bytes, uint32_t in1_bytes, uint32_t ct, uint32_t rt) {
  const uint32_t tiles = ct * rt, kept = std::min(ct, rt);
  const double a = 1.0 * in1_bytes * (ct >= rt ? tiles : kept), b = 1.0 * in0_bytes * (ct >= rt ? kept : tiles);
  return UnpackCycles(chip, a, b) / tiles;
}

inline double MatmulCycles(const Chip& chip, MathFidelity fidelity) {
  return chip.matmul_tile[static_cast<uint32_t>(fidelity)] + chip.matmul_overhead[0] +
         chip.matmul_overhead[1] * FidelityPhases(fidelity);
}

inline double PackCycles(const Chip& chip, uint32_t bytes, bool l1_accumulate) {
  return (bytes / chip.pack_bytes_per_cycle + chip.pack_overhead) * (l1_accumulate ? chip.pack_l1_accumulate : 1);
}

// One SFPU operation on a whole tile.
uint32_t SfpuTileCycles(SfpuOp op, bool approximate);

}  // namespace tltt::emu

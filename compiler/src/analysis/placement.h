// Which cores do which blocks where the user says nothing: so that cores share what they read, and end together.
#pragma once

#include <optional>

#include "analysis/sharing.h"
#include "tltt/partition.h"

namespace tltt::compiler {

inline constexpr int64_t kMaxTable = 320;  // blocks of a core in a list, of the 341 runtime arguments of a kernel

struct Placement {
  Partition partition;
  BlockIndex grid;      // the launch grid, grown to whole rectangles
  bool shared = false;  // equal rectangles of `blocks_per_core` blocks: rows and columns of cores share operands
  BlockIndex blocks_per_core{};
};

struct CoreGrid {
  int64_t width, height;
};

// Null: nothing is better than contiguous, balanced runs.
//
// Equal rectangles, one for each core, where blocks of a row or column of the grid read the same operands and an
// estimate of arithmetic and DRAM traffic finds that no slower. Where rectangles do not divide the grid it grows: the
// blocks beyond its edge read zeros and write nothing, which has to be provable. Option `multicast`.
//
// Lists of blocks, the longest ones dealt out first, where how long a block takes depends on where it lies (causal
// attention). Option `balance`.
std::optional<Placement> PlaceBlocks(const Stmt& body, const BlockIndex& grid, const Target& target,
                                     const CoreGrid& cores);

}  // namespace tltt::compiler

// What differs between cores that work on the same grid: which values follow from blockIdx.x and which from blockIdx.y,
// what a block reads and computes, and which of its reads the cores of a row or a column have in common.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "ir/tvm.h"

namespace tltt::compiler {

// Bit sets over the block indices that a value depends on.
inline constexpr unsigned kFollowsX = 1, kFollowsY = 2, kFollowsZ = 4;

class BlockDependence {
 public:
  void Set(const Var& var, unsigned bits) { bits_[var.get()] = bits; }
  void Enter(const BindNode* bind) { Set(bind->var, Of(bind->value)); }
  void Enter(const ForNode* loop) { Set(loop->loop_var, Of(loop->min) | Of(loop->extent)); }
  unsigned Of(const PrimExpr& expr) const;

 private:
  std::unordered_map<const VarNode*, unsigned> bits_;
};

// Cores that do their blocks in step: each as many as the others, the i-th of all at the same time (tt.block_map).
struct BlockMap {
  std::vector<int64_t> cores;  // columns and rows of the rectangle from core (0, 0) on
  // Whether the index of a block along x, y and z differs between the cores of a row (kFollowsX) and of a column
  // (kFollowsY).
  std::array<unsigned, 3> follows = {kFollowsX, kFollowsY, 0};

  // The same of a value that depends on the block indices of `bits`.
  unsigned Of(unsigned bits) const;
};
std::optional<BlockMap> BlockMapOf(const PrimFunc& func);
PrimFunc WithBlockMap(PrimFunc func, const BlockMap& map);

// One block of the grid, before the grid is mapped to cores.
struct BlockWork {
  struct Read {
    unsigned follows;  // block indices that the region, or whether it is read at all, depends on
    double bytes;      // of all its repetitions, in whole tiles
  };
  std::vector<Read> reads;
  double written = 0;         // bytes
  double matmul_tiles = 0;    // products of two tiles
  double elements_tiles = 0;  // tiles that T.Parallel computes
};
// Loops whose length is not known count once.
BlockWork WorkOfBlock(const Stmt& body);

// The work of the block at (x, y, z), whose loops and conditions may depend on where it lies.
using BlockIndex = std::array<int64_t, 3>;
BlockWork WorkOfBlock(const Stmt& body, const BlockIndex& at);

// The block indices that lengths of loops and conditions depend on: what blocks of one kernel differ in.
unsigned WorkFollows(const Stmt& body);

}  // namespace tltt::compiler

// What differs between cores that work on the same grid: which values follow from blockIdx.x and which from blockIdx.y,
// what a block reads and computes, and which of its reads the cores of a row or a column have in common.
#pragma once

#include <array>
#include <cstdint>
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

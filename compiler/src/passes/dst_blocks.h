// Block operations as loops over sub-blocks that fit DST. Used by D5, which adds the circular buffer protocol around
// them.
#pragma once

#include <optional>
#include <string>

#include "ir/ops.h"
#include "ir/records.h"

namespace tltt::compiler {

class DstBlocks {
 public:
  struct SubBlock {
    int64_t rows, cols;  // tiles
  };

  // Without the optimisation `dst_blocks` a sub-block is one tile.
  DstBlocks(const CbTable* cbs, const PrimFunc& func);

  // acquire .. release for every sub-block of tt.mm.mma. `reload`: the CB whose tiles the products are added to.
  // `steps`: blocks of each operand that are there, one behind the other, and summed up at once.
  Stmt Matmul(const CallNode* mma, const std::optional<std::string>& reload, const Span& span, int64_t steps = 1) const;
  // The products alone, into DST tiles 0.. in row-major order; DST is held by the caller.
  Stmt MatmulIntoDst(const CallNode* mma, const Span& span) const;
  // acquire .. release for every sub-block of a tile chain, for every result of one with a reduction. A buffer that is
  // filled in chunks is reserved and pushed here, sub-block by sub-block; others by the caller, as a whole.
  Stmt Chain(const ForNode* chain) const;
  // The tiles of the packed buffer that share DST; they lie next to each other.
  SubBlock ChainSubBlock(const ForNode* chain) const;

  // What makes a product of tt.mm.mma cheapest.
  SubBlock MatmulSubBlock(const CallNode* mma) const;
  bool FitsDst(const std::string& cb) const { return cbs_->at(cb).Tiles() <= largest_; }
  // Whether the chain can read `cb`, held whole in DST, without a copy to L1.
  bool CanTakeFromDst(const ForNode* chain, const std::string& cb) const;
  // The end of a sum held in DST: the rest of `epilogue` on it (if any), commit, reserve `out`, pack, release.
  Stmt DrainSum(const std::string& sum, const std::string& out, const ForNode* epilogue, const Span& span) const;

 private:
  bool IsStrided(const CallNode* mma) const;

  const CbTable* cbs_;
  const Chip& chip_;
  std::string fidelity_;
  int64_t dst_tiles_;
  int64_t largest_;  // sub-block, in tiles
};

}  // namespace tltt::compiler

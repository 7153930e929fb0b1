// Which circular buffers hold a value that is still needed: a version of a buffer lives from the statement that fills
// it to the last one that reads it.
#pragma once

#include <set>
#include <string>

#include "ir/tvm.h"

namespace tltt::compiler {

using CbSet = std::set<std::string>;

struct CbAccess {
  CbSet reads;
  std::string writes;  // empty: none
};

// A statement that the compute protocol treats as a whole: tt.tile.store, a DST chain, tt.mm.mma, tt.cb_arrive,
// tt.read_to_cb, tt.write_from_cb. False for control flow and everything else.
bool AccessOf(const Stmt& stmt, CbAccess* access);
bool IsTileChain(const Stmt& stmt);
// A chain with a reduction in it: each of its results comes from a row or a column of tiles. Its body is a sequence
// with loops, where that of other chains is the second loop over tiles.
bool IsReductionChain(const Stmt& chain);

// Buffers that hold a needed value before `stmt`, given those needed after it. Values do not survive the persistent
// loop's iteration: every block starts afresh.
CbSet LiveIn(const Stmt& stmt, const CbSet& live_out);
// Buffers needed after each element of a sequence.
std::vector<CbSet> LiveAfterEach(const Array<Stmt>& seq, const CbSet& live_out);

// Whether the statements of `loop` touch `cb` only by accumulating matmuls, the first of which clears it in the first
// iteration (and possibly in others, but not in each).
bool IsAccumulationLoop(const ForNode* loop, const std::string& cb);
// An accumulation loop that clears at no other time: one sum from its first to its last iteration.
bool IsSingleSum(const ForNode* loop, const std::string& cb);

// True on the first iteration of every loop of `loops`.
PrimExpr FirstIteration(const std::vector<const ForNode*>& loops);

}  // namespace tltt::compiler

// T.sync_grid: all blocks of a launch have done what stands in front of it before one goes on.
#pragma once

#include <vector>

#include "ir/tvm.h"

namespace tltt::compiler {

// A launch in parts, each of which becomes a launch of its own: cut at the T.sync_grid that stand in no loop and no
// `if`. Bindings in front of a cut are repeated behind it.
//
// Before: for bx in grid: x = bx * 32; T.copy(A[x], s); T.copy(s, B[x]); T.sync_grid(); T.copy(B[N - x], s); ...
// After:  for bx in grid: x = bx * 32; T.copy(A[x], s); T.copy(s, B[x])
//         for bx in grid: x = bx * 32; T.copy(B[N - x], s); ...
//
// Refuses: an on-chip buffer that has to keep its value across a cut, a binding of what the launch writes that is used
// on both sides.
std::vector<Stmt> PartsBetweenGridSyncs(const Stmt& launch);

}  // namespace tltt::compiler

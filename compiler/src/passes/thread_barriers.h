// Barriers of a block's threads, and of some of them.
#pragma once

#include <vector>

#include "ir/tvm.h"
#include "passes/thread_loops.h"

namespace tltt::compiler {

bool IsBarrier(const Stmt& stmt);
// Whether threads meet in the statement: at a barrier, or in a reduction over them.
bool ThreadsMeet(const Stmt& stmt);

// The number of threads for which a condition on constants and thread indices holds; -1 of any other condition.
int64_t CountThreads(const PrimExpr& condition, const std::vector<ThreadIndex>& threads);

// Threads that take a branch and wait for one another in it do each statement of it before the next one. The barrier
// says how many they are: those that the condition lets through.
//
// Before: if tx < 32:
//           for i in range(4): own[0] = s[tx + 1]; T.sync_threads(1, 32); s[tx] = own[0]; T.sync_threads(1, 32)
// After:  for i in range(4):
//           if tx < 32: own[0] = s[tx + 1]
//           if tx < 32: s[tx] = own[0]
Stmt SplitAtBarriers(const Stmt& body, const std::vector<ThreadIndex>& threads);

}  // namespace tltt::compiler

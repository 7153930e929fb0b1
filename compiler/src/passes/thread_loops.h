// Kernels that address the threads of a block: a core does the work of all of them, one after the other.
#pragma once

#include <map>
#include <vector>

#include "ir/tvm.h"

namespace tltt::compiler {

struct ThreadIndex {
  Var var;
  int64_t extent = 1;
};

// Before: l[0] = A[tx]; s[127 - tx] = l[0]; T.sync_threads(); B[tx] = s[tx]
// After:  for t in range(128): l[t, 0] = A[t]
//         for t in range(128): s[127 - t] = l[t, 0]
//         for t in range(128): B[t] = s[t]
//
// Every statement is done for all threads before the next one, so threads see what others did before a barrier.
// T.alloc_local and T.alloc_var buffers that differ between threads get an axis of threads, in `allocs` too. `threads`
// are ordered from the innermost axis on.
Stmt LoopOverThreads(const Stmt& body, const std::vector<ThreadIndex>& threads, std::vector<Buffer>* allocs);

}  // namespace tltt::compiler

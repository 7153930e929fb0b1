// Reductions over the threads of a block (T.tvm_thread_allreduce): every thread gets what the threads that differ from
// it in some thread indices alone have together.
#pragma once

#include <vector>

#include "ir/tvm.h"
#include "passes/thread_loops.h"

namespace tltt::compiler {

// Writes each reduction as what it does to memory, so that all that looks at stores knows of it.
//
// Before: attr(reducer, "reduce_scope"): tvm_thread_allreduce(1, x[0], cond, sum[0], ty)
// After:  attr(reducer, "reduce_scope"): sum[0] = tvm_thread_allreduce(x[0], cond, ty)
//
// Refuses: a result that is no element of a buffer.
PrimFunc AllreducesAsStores(PrimFunc func);

// Such a statement; null where `stmt` is none.
const AttrStmtNode* AsAllreduce(const Stmt& stmt);
// Whether all threads get the same: it goes along all of their indices.
bool GivesAllTheSame(const AttrStmtNode* allreduce, const std::vector<ThreadIndex>& threads);

// The reduction in three steps, joined in the order of the threads:
//
//   all[g] = identity                            for every group of threads
//   if cond: all[group] = combine(all[group], x) `join`: for every thread
//   sum = all[group]                             `results`: for every thread that has a sum of its own
struct AllreduceSteps {
  Stmt identities, join, results;
};
// `allocs` gets `all`. Refuses: an axis that is no thread index.
AllreduceSteps StepsOf(const AttrStmtNode* allreduce, const std::vector<ThreadIndex>& threads,
                       std::vector<Buffer>* allocs);

}  // namespace tltt::compiler

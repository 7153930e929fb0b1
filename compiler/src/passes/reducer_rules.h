// The rules of T.alloc_reducer: one T.reducer_init, updates in T.Parallel loops, one T.finalize_reducer, no other use.
#pragma once

#include "ir/tvm.h"

namespace tltt::compiler {

// Refuses a kernel that breaks them, as TileLang's own check finds it. A core would add such contributions up all the
// same, but to another sum than a GPU.
void CheckReducers(const PrimFunc& func);

}  // namespace tltt::compiler

// Buffers of the compute kernel that never hold a value at the same time can be one circular buffer.
#pragma once

#include <optional>

#include "ir/tvm.h"

namespace tltt::compiler {

// Before: cb_intermed1 = f(cb_intermed0); cb_intermed2 = g(cb_intermed1); cb_intermed3 = h(cb_intermed2)
// After:  cb_intermed1 = f(cb_intermed0); cb_intermed2 = g(cb_intermed1); cb_intermed1 = h(cb_intermed2)
//
// A buffer is taken from the statement that fills it (of a sum that a loop accumulates: from the loop's start) to the
// end of the last one that reads it. Those that share have the same pages in the same number and only compute touches
// them. Null where none can share. For functions between LowerToSFPU and BuildTileDFG.
std::optional<PrimFunc> ShareBuffers(PrimFunc func);

}  // namespace tltt::compiler

// On-chip buffers that a kernel indexes beyond their extent.
#pragma once

#include <unordered_map>

#include "ir/tvm.h"

namespace tltt::compiler {

// The shapes that on-chip buffers need where the kernel surely stores beyond the extent that it gave them, as GPU
// kernels do with fragments: each index gets an element of its own. Looks at indices of loop variables that no
// condition and no early end of a loop bounds. Refuses a load of an element that nothing stores.
std::unordered_map<const BufferNode*, Array<PrimExpr>> ShapesBeyondExtents(const Stmt& body);

}  // namespace tltt::compiler

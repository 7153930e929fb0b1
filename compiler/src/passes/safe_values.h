// T.annotate_safe_value: reads beyond the edge of an annotated tensor give a value of the user's in place of 0.
#pragma once

#include "ir/tvm.h"

namespace tltt::compiler {

// Puts a choice between element and value in the place of every read of an annotated tensor that may lie beyond its
// edge; copies of blocks that may reach beyond it become a T.Parallel over elements. An annotation holds in the block
// that it stands in; of nested ones the innermost counts. Leaves no annotation behind.
PrimFunc WithSafeValues(PrimFunc func);

}  // namespace tltt::compiler

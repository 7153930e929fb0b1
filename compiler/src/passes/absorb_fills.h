// A fill with 0 in front of a sum of products is the sum's beginning.
#pragma once

#include "ir/tvm.h"

namespace tltt::compiler {

// A fill with 0, or one alone under an `if` on loop variables and block indices, goes into the sum behind it.
// The first tt.mm.mma clears its accumulator in the fill's place.
Stmt AbsorbFills(const Stmt& body);

}  // namespace tltt::compiler

// T.reshape and T.view: other shapes and dtypes of a buffer's elements.
#pragma once

#include "ir/tvm.h"

namespace tltt::compiler {

// Before: v = view of x (4, 32) as (128,)            After: x[i // 32, i % 32] = 1
//         v[i] = 1;  T.copy(v, y)                           for e0 in range(128): y[e0] = x[e0 // 32, e0 % 32]
//
// Afterwards every access names the parameter or allocation itself. Tile operations on a view whose axes are its
// buffer's, but for axes of extent 1, stay tile operations; others become loops over elements.
PrimFunc ResolveViews(PrimFunc func);

}  // namespace tltt::compiler

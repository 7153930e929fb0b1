// Sizes, strides and scalar parameters that a kernel leaves open, and the kernel with values in their place.
#pragma once

#include <vector>

#include "ir/tvm.h"

namespace tltt::compiler {

// Variables that stand free in the shapes and strides of `func`'s tensors, and its scalar parameters; in the order of
// the parameters, each once.
std::vector<Var> OpenSizes(const PrimFunc& func);

// `func` with constants of the variables' dtypes for them; scalar parameters go, and what becomes constant is folded.
PrimFunc BindSizes(const PrimFunc& func, const Map<Var, PrimExpr>& values);

}  // namespace tltt::compiler

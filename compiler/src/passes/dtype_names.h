// Dtypes that are another one by their memory and arithmetic.
#pragma once

#include "ir/tvm.h"

namespace tltt::compiler {

// tfloat32 is held as float32; the matrix engine takes TF32's bits of a float32 operand by itself. float8_e4m3 is what
// GPUs and torch call float8_e4m3fn.
//
// Before: x: Tensor((32,), tfloat32)   y = cast(tfloat32, 1)      After: x: Tensor((32,), float32)   y = float32(1)
PrimFunc OwnDtypes(PrimFunc func);

}  // namespace tltt::compiler

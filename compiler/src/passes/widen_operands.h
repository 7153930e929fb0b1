// Operands of T.gemm in dtypes that the matrix engine does not take, as copies in one that it takes.
#pragma once

#include "ir/tvm.h"

namespace tltt::compiler {

// Before: T.gemm(a, b, c)                     (a, b: float8_e4m3fn)
// After:  a_wide = alloc_buffer(..., "bfloat16"); b_wide = ...
//         T.copy(a, a_wide); T.copy(b, b_wide); T.gemm(a_wide, b_wide, c)
//
// Only where the wide dtype holds every value of the narrow one: fp8 and integers of 8 bits in bfloat16 and float16.
// Where integers are summed to an integer, the engine sums one T.gemm's products into fp32 numbers of their own, which
// are then added element by element. That is exact while no sum exceeds 2^24 (K at most 1024 for int8); where one may,
// the T.gemm is left as it is.
PrimFunc WidenGemmOperands(PrimFunc func);

}  // namespace tltt::compiler

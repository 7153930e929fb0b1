// Values of several lanes: float32x4, bfloat16x2.
//
//   packed: (1,) bfloat16x2, scope local.var      packed_0, packed_1: (1,) bfloat16
//   packed[0] = shuffle([A[0], A[1]], [0, 1])     packed_0[0] = A[0]; packed_1[0] = A[1]
//   b: float32x4 = A[0, 0:4]                      b_0 = A[0, 0]; ... b_3 = A[0, 3]
//   A[0, 4:8] = b * b                             A[0, 4] = b_0 * b_0; ... A[0, 7] = b_3 * b_3
//
// GPUs load and compute such values with one instruction; here each lane is a scalar. An on-chip array of vectors gets
// an axis of lanes, a variable becomes one for each lane.
#pragma once

#include "ir/tvm.h"

namespace tltt::compiler {

// Leaves no value of several lanes but in tensors of vectors, which the passes behind it refuse. Refuses: operations
// that are not done lane by lane.
PrimFunc SplitLanes(PrimFunc func);

}  // namespace tltt::compiler

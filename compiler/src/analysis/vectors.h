// Which on-chip buffers and tensors hold single vectors that fill whole tiles when they are folded into rows of 32.
#pragma once

#include <map>
#include <unordered_map>
#include <vector>

#include "ir/diagnostics.h"
#include "ir/tvm.h"

namespace tltt::compiler {

struct FoldableVectors {
  // On-chip buffers of one vector; tensors with the elements of the vectors into which their last axis is cut.
  std::unordered_map<const BufferNode*, int64_t> buffers, tensors;
  // Loop variables of T.Parallel that run along such vectors, with their extents.
  std::unordered_map<const VarNode*, int64_t> loops;
};

// Vectors that are copied to one another or computed element by element fold together or not at all. They do where
// every use of theirs is a copy, a fill, a T.Parallel along them, or a reduction to a single element; statements that a
// tile pass refused (`sites`) run element by element, and tensors that these touch stay as they are. `fixed`: tensors
// whose layout the user has chosen.
FoldableVectors FindFoldableVectors(const PrimFunc& func, const std::vector<Refusal>& sites,
                                    const Map<String, Any>& fixed);

}  // namespace tltt::compiler

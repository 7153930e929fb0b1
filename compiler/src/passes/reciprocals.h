// Division by vectors, a part of LowerToSFPU: one reciprocal for each element of the vector in place of a division for
// each element of the block.
#pragma once

#include "ir/records.h"

namespace tltt::compiler {

// Before: tt.tile.store("total", e); tt.tile.store("y", divide(x, load("total", "col")))   with no other use of total
// After:  tt.tile.store("total", divide(1, e)); tt.tile.store("y", multiply(x, load("total", "col")))
//
// Vectors in fp32 alone: the reciprocal is rounded once, to the nearest.
Stmt TakeReciprocals(const Stmt& body, const CbTable* cbs);

}  // namespace tltt::compiler

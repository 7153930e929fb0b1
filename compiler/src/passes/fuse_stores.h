// Fusion of neighbouring tt.tile.store statements, the first half of LowerToSFPU.
#pragma once

#include "ir/records.h"

namespace tltt::compiler {

// Before: tt.tile.store("x", e); tt.tile.store("y", f(load("x")))   with no other reader of x
// After:  tt.tile.store("y", f(tt.tile.cast(e, dtype of x)))
//
// Before: tt.tile.store("x", load("in")); tt.tile.store("y", f(load("x"))); tt.tile.store("z", g(load("x")))
// After:  tt.tile.store("y", f(load("in"))); tt.tile.store("z", g(load("in")))   where "in" holds a block of a tensor
Stmt FuseStores(const Stmt& body, const CbTable* cbs);

}  // namespace tltt::compiler

// Buffers of fp32 that only ever hold numbers of 16 bits take tiles of 16 bits.
#pragma once

#include "ir/records.h"
#include "ir/tvm.h"

namespace tltt::compiler {

// Maxima of a bfloat16 block are bfloat16 numbers, whatever the type of the vector that they are stored to. As tiles of
// 16 bits they lose nothing, and the FPU takes them: `x - m` of a block and a column is one sub_tiles_bcast_cols and
// not two unpacks to DST and a difference on the vector unit. Changes the records of such buffers, whose every use is a
// tt.tile.store or a tt.tile.load in `body`.
void NarrowBuffers(const Stmt& body, CbTable* cbs);

}  // namespace tltt::compiler

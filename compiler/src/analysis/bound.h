// What a kernel takes at least, from what its blocks compute and move: for a search to leave candidates out unseen.
#pragma once

#include "ir/tvm.h"

namespace tltt::compiler {

// Cycles of the function, for which B1 has decided on the placement. Never more than the emulator's clock finds: the
// busiest core's products, what it receives over both NoCs, and all traffic with DRAM, each as if the others took no
// time, after the start of its kernels.
double LowerBound(const PrimFunc& func);

}  // namespace tltt::compiler

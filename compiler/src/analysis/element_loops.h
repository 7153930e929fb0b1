// TileLang's tile operations and T.Parallel nests as plain loops over elements: what they mean, one element after
// another. The RISC-V cores run statements in this form (passes/select_riscv_path.cc).
#pragma once

#include "ir/tvm.h"

namespace tltt::compiler {

// The statement with every tile operation expanded and every loop serial. Refuses what has no meaning element by
// element.
Stmt ToElementLoops(const Stmt& stmt);

}  // namespace tltt::compiler

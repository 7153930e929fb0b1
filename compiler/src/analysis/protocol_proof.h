// A proof, before anything runs, that the roles of a program serve one another: every wait is met, every page that is
// pushed is consumed, no circular buffer is asked for more than it holds, nobody waits in a circle.
#pragma once

#include "analysis/protocol_run.h"
#include "ir/tvm.h"

namespace tltt::compiler {

// `mod`: the three role kernels, verified; `program`: made from them. What depends on data cannot be followed: the
// result is then not complete.
ProtocolResult ProveProtocol(const IRModule& mod, const Program& program);

// BrokenContract with a counterexample, where there is one.
void RequireProtocol(const IRModule& mod, const Program& program);

}  // namespace tltt::compiler

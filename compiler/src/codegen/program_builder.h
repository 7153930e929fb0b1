// The module of three role kernels, as a Program.
#pragma once

#include "ir/tvm.h"
#include "tltt/program.h"

namespace tltt::compiler {

// `mod` holds one reader, one compute and one writer kernel, verified by VerifyTTIR.
Program BuildProgram(const IRModule& mod);

}  // namespace tltt::compiler

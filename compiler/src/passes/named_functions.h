// Scalar variables that stand for an expression.
#pragma once

#include <unordered_set>

#include "ir/tvm.h"

namespace tltt::compiler {

// Numbers that no core computes as a number, because functions are in them, and every tile operation does: scalar
// variables that get one value, of functions of loop variables and block indices, in front of all their uses.
std::unordered_set<const BufferNode*> NamedFunctions(const Stmt& body);

}  // namespace tltt::compiler

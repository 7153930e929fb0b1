// Statements that a data-movement core runs, with the copies between tiles and rows around them.
#pragma once

#include <string>
#include <unordered_map>

#include "ir/tvm.h"

namespace tltt::compiler {

// Why a statement has no tile form, and where that was found out.
struct Choice {
  std::string reason;
  Span span;
};
using Choices = std::unordered_map<const ffi::Object*, Choice>;  // by statement

// Allocations and constants.
bool IsNothing(const Stmt& stmt);
// Statements that are decided as one: everything but sequences and the control flow around tile operations.
bool IsLeaf(const Stmt& stmt);

// Puts the chosen statements of the body into tt.riscv regions of one core each; a remark tells what each costs. See
// the example of SelectRiscvPath.
PrimFunc GiveToRiscv(PrimFunc func, const Choices& chosen);

}  // namespace tltt::compiler

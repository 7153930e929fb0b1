// What the user should know of a kernel that compiles: passes append, the driver hands them on with the Program.
#pragma once

#include <string>
#include <vector>

#include "ir/tvm.h"

namespace tltt::compiler {

struct Remark {
  std::string text;
  Span span;  // may be undefined
};

// Appends; a remark that is there already, with the same text and place, is not repeated.
PrimFunc WithRemarks(PrimFunc func, const std::vector<Remark>& remarks);
std::vector<Remark> RemarksOf(const PrimFunc& func);

}  // namespace tltt::compiler

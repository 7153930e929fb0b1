// Lowered IR of one role to C++: every statement prints as it stands, nothing is decided here.
#pragma once

#include <string>

#include "ir/tvm.h"

namespace tltt::compiler {

// The text of reader.cpp, compute.cpp or writer.cpp. Throws ValueError for an operation without a line of C++.
std::string PrintKernel(const PrimFunc& func);

}  // namespace tltt::compiler

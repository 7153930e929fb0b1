// Lowered IR of one role to C++: every statement prints as it stands, nothing is decided here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codegen/source_text.h"
#include "ir/tvm.h"

namespace tltt::compiler {

// Lines [line, line + count) of a printed kernel were made of line `origin` of the user's `file`.
struct PrintedLines {
  uint32_t line = 0, count = 1;
  std::string file;
  uint32_t origin = 0;
};

struct PrintedKernel {
  std::string source;
  std::vector<PrintedLines> origins;  // ascending
};

// The text of reader.cpp, compute.cpp or writer.cpp, with comments out of `source_text`. Throws ValueError for an
// operation without a line of C++.
PrintedKernel PrintKernel(const PrimFunc& func, SourceText* source_text);

}  // namespace tltt::compiler

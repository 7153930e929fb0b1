// The user's statements in the words of their file, for the comments of the emitted kernels.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/tvm.h"

namespace tltt::compiler {

// Files are read once; one object serves all kernels of a program.
class SourceText {
 public:
  // The first line of the statement at `span` without its indentation, at most 100 characters; empty if its file can't
  // be read (a notebook's cell has none) or has become shorter.
  std::string Statement(const Span& span);

 private:
  const std::vector<std::string>& Lines(const std::string& file);

  std::map<std::string, std::vector<std::string>> files_;
};

}  // namespace tltt::compiler

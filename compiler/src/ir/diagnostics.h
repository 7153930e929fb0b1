// Refusals in the words of the user's kernel: what is wrong, why, a way out, and the line.
#pragma once

#include <string>

#include "ir/tvm.h"

namespace tltt::compiler {

// Throws ValueError "<what>\n  <hint>\n  --> file:line:col"; TileLang renders the last line with the kernel's source.
[[noreturn]] void Refuse(const Span& span, const std::string& what, const std::string& hint);

// A broken contract between passes: our defect, not the user's. Throws InternalError naming the pass.
[[noreturn]] void BrokenContract(const std::string& pass, const std::string& what);

}  // namespace tltt::compiler

// Refusals in the words of the user's kernel: what is wrong, why, a way out, and the line.
#pragma once

#include <optional>
#include <string>

#include "ir/tvm.h"

namespace tltt::compiler {

// Throws ValueError "<what>\n  <hint>\n  --> file:line:col"; TileLang renders the last line with the kernel's source.
[[noreturn]] void Refuse(const Span& span, const std::string& what, const std::string& hint);

// What a Refuse said, for the driver of the pipeline, which may find the statement another way (riscv_path.h).
struct Refusal {
  std::string what;
  Span span;
};
std::optional<Refusal> RefusalOf(const ffi::Error& error);
// Whether two statements stand at one place of the user's file. Spans that are not defined stand nowhere.
bool SamePlace(const Span& a, const Span& b);
// The statement with another span; the one given stays as it is.
Stmt AtPlace(const Stmt& stmt, const Span& span);

// A broken contract between passes: our defect, not the user's. Throws InternalError naming the pass.
[[noreturn]] void BrokenContract(const std::string& pass, const std::string& what);

}  // namespace tltt::compiler

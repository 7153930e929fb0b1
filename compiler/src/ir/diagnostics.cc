#include "ir/diagnostics.h"

namespace tltt::compiler {

void Refuse(const Span& span, const std::string& what, const std::string& hint) {
  TVM_FFI_THROW(ValueError) << what << (hint.empty() ? "" : "\n  Way out: " + hint) << tl::SpanHintSuffix(span);
  TVM_FFI_UNREACHABLE();
}

void BrokenContract(const std::string& pass, const std::string& what) {
  TVM_FFI_THROW(InternalError) << "pass " << pass << ": " << what;
  TVM_FFI_UNREACHABLE();
}

}  // namespace tltt::compiler

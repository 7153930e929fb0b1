#include "ir/diagnostic_codes.h"

namespace tltt::compiler {

std::vector<Code> AllCodes() {
  return {Code::kUnsupported, Code::kDtype,         Code::kBlockShape, Code::kBlockPosition, Code::kNoRoom,
          Code::kLaunchGrid,  Code::kLayout,        Code::kSchedule,   Code::kUnwritten,     Code::kReadAndWritten,
          Code::kUnknownSize, Code::kCannotCompute, Code::kRemark,     Code::kDefect};
}

namespace {

std::string TextOf(Code code) { return "TT" + std::to_string(static_cast<int>(code)); }

}  // namespace

void Refuse(const Span& span, const std::string& what, const std::string& hint) {
  Refuse(span, what, hint, Code::kUnsupported);
}

void Refuse(const Span& span, const std::string& what, const std::string& hint, Code code) {
  Map<String, Any> context{{"what", String(what)}, {"span", span}};
  throw ffi::Error(
      "ValueError",
      what + (hint.empty() ? "" : "\n  Way out: " + hint) + "\n  Code: " + TextOf(code) + tl::SpanHintSuffix(span), "",
      std::nullopt, context);
}

std::optional<Refusal> RefusalOf(const ffi::Error& error) {
  std::optional<ffi::ObjectRef> context = error.extra_context();
  if (!context) return std::nullopt;
  const auto* map = context->as<ffi::MapObj>();
  if (!map) return std::nullopt;
  auto fields = GetRef<Map<String, Any>>(map);
  return Refusal{fields.at("what").cast<String>(), fields.at("span").cast<Span>()};
}

bool SamePlace(const Span& a, const Span& b) {
  return a.defined() && b.defined() && a->source_name->name == b->source_name->name && a->line == b->line &&
         a->column == b->column && a->end_line == b->end_line && a->end_column == b->end_column;
}

namespace {

template <typename Node>
bool CopyAs(const Stmt& stmt, Stmt* out) {
  const auto* node = stmt.as<Node>();
  if (node) *out = Stmt(ffi::make_object<Node>(*node));
  return node != nullptr;
}

}  // namespace

Stmt AtPlace(const Stmt& stmt, const Span& span) {
  Stmt out = stmt;
  const bool copied = CopyAs<EvaluateNode>(stmt, &out) || CopyAs<BufferStoreNode>(stmt, &out) ||
                      CopyAs<ForNode>(stmt, &out) || CopyAs<IfThenElseNode>(stmt, &out) ||
                      CopyAs<WhileNode>(stmt, &out) || CopyAs<BindNode>(stmt, &out);
  if (copied) out->span = span;
  return out;
}

void BrokenContract(const std::string& pass, const std::string& what) {
  TVM_FFI_THROW(InternalError) << "pass " << pass << ": " << what;
  TVM_FFI_UNREACHABLE();
}

TVM_FFI_STATIC_INIT_BLOCK() {
  tvm::ffi::reflection::GlobalDef().def("tltt.compiler.codes", [] {
    Array<String> out;
    for (Code code : AllCodes()) out.push_back(TextOf(code));
    return out;
  });
}

}  // namespace tltt::compiler

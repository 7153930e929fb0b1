#include "passes/reducer_rules.h"

#include <string>
#include <utility>

#include "ir/diagnostics.h"
#include "ir/ops.h"

namespace tltt::compiler {

namespace {

// Where the first statement stands that the message is about: the call that it names, of the reducer that it names.
class Culprit : public StmtExprVisitor {
 public:
  explicit Culprit(std::string message) : message_(std::move(message)) {
    const size_t from = message_.find('`'), to = message_.find('`', from + 1);
    if (to != std::string::npos) name_ = message_.substr(from + 1, to - from - 1);
  }

  Span Find(const Stmt& body) {
    VisitStmt(body);
    return best_ < message_.size() ? span_ : any_;
  }

 private:
  void VisitStmt(const Stmt& stmt) final {
    const Span outer = here_;
    if (stmt->span.defined()) here_ = stmt->span;
    StmtExprVisitor::VisitStmt(stmt);
    here_ = outer;
  }
  void VisitExpr_(const CallNode* node) final {
    static const std::pair<const char*, const char*> kWords[] = {
        {"tl.tileop.reducer_init", "T.reducer_init on"},
        {"tl.reducer_update", "T.reducer_update on"},
        {"tl.tileop.finalize_reducer_v2", "T.finalize_reducer"},
    };
    const bool outer = inside_;
    for (const auto& [op, words] : kWords) {
      if (OpName(node) != op) continue;
      inside_ = true;
      if (Mentions(node->args[0])) Note(message_.find(words));
    }
    StmtExprVisitor::VisitExpr_(node);
    inside_ = outer;
  }
  void VisitExpr_(const BufferLoadNode* node) final {
    if (!inside_ && std::string(node->buffer->name) == name_) Note(message_.find("illegal"));
    StmtExprVisitor::VisitExpr_(node);
  }
  void VisitStmt_(const BufferStoreNode* node) final {
    if (std::string(node->buffer->name) == name_) Note(message_.find("illegal"));
    StmtExprVisitor::VisitStmt_(node);
  }
  bool Mentions(const PrimExpr& expr) const {
    bool found = false;
    PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) {
      const auto* load = ref.as<BufferLoadNode>();
      found = found || (load && std::string(load->buffer->name) == name_);
    });
    return found;
  }
  void Note(size_t at) {
    if (!any_.defined()) any_ = here_;
    // Of two the second is the one too many.
    const bool again = message_.rfind("double", 0) == 0 && at == best_;
    if (at >= best_ && !again) return;
    best_ = at;
    span_ = here_;
  }

  std::string message_, name_;
  bool inside_ = false;  // of a call that may name a reducer
  size_t best_ = std::string::npos;
  Span here_, span_, any_;
};

bool HasReducers(const Stmt& body) {
  bool found = false;
  PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
    const auto* block = ref.as<SBlockNode>();
    found = found || (block && block->annotations.count("reducer_info_v2"));
  });
  return found;
}

}  // namespace

void CheckReducers(const PrimFunc& func) {
  if (!HasReducers(func->body)) return;
  const auto check = ffi::Function::GetGlobalRequired("tl.transform.VerifyReducerEpoch");
  // Reducers that are cleared, added to and read by plain statements have rules of their own.
  const auto older = ffi::Function::GetGlobalRequired("tl.transform.CanonicalizeLegacyReducer");
  IRModule mod({{GlobalVar("main"), func}});
  try {
    mod = older().cast<tvm::transform::Pass>()(std::move(mod));
    check().cast<tvm::transform::Pass>()(std::move(mod));
  } catch (const ffi::Error& error) {
    std::string message = error.message();
    if (const size_t end = message.find_last_not_of(" .\n"); end != std::string::npos) message.resize(end + 1);
    Refuse(Culprit(message).Find(func->body), message, "keep to one epoch of the reducer");
  }
}

}  // namespace tltt::compiler

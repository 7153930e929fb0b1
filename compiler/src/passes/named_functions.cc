#include "passes/named_functions.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "analysis/touches.h"
#include "ir/ops.h"

namespace tltt::compiler {
namespace {

class Names : public StmtExprVisitor {
 public:
  std::unordered_set<const BufferNode*> Find(const Stmt& body) {
    VisitStmt(body);
    std::unordered_set<const BufferNode*> found;
    for (const auto& [buffer, name] : names_)
      if (name.stores == 1 && name.fits) found.insert(buffer);
    return found;
  }

 private:
  struct Name {
    int stores = 0;
    bool fits = true;
    std::vector<const ffi::Object*> scope;  // loops and branches around the store
  };

  static bool IsName(const Buffer& buffer) { return buffer.scope() == "local.var" && buffer->dtype.is_float(); }

  void Enter(const ffi::Object* scope, const Stmt& body) {
    scope_.push_back(scope);
    VisitStmt(body);
    scope_.pop_back();
  }
  void VisitStmt_(const ForNode* node) final {
    VisitExpr(node->min);
    VisitExpr(node->extent);
    Enter(node, node->body);
  }
  void VisitStmt_(const WhileNode* node) final {
    VisitExpr(node->condition);
    Enter(node, node->body);
  }
  void VisitStmt_(const IfThenElseNode* node) final {
    VisitExpr(node->condition);
    Enter(node->then_case.get(), node->then_case);
    if (node->else_case) Enter(node->else_case.value().get(), node->else_case.value());
  }
  void VisitStmt_(const BufferStoreNode* node) final {
    StmtExprVisitor::VisitStmt_(node);
    if (!IsName(node->buffer)) return;
    Name& name = names_[node->buffer.get()];
    ++name.stores;
    name.scope = scope_;
    bool calls = false, threads = false;
    PostOrderVisit(node->value, [&](const ffi::ObjectRef& ref) {
      const auto* call = ref.as<CallNode>();
      const auto* op = call ? call->op.as<OpNode>() : nullptr;
      threads = threads || (op && op->name == "tirx.tvm_thread_allreduce");
      calls = calls || (op && op->name != "tl.infinity" && op->name != "tirx.if_then_else");
    });
    name.fits = name.fits && calls && !threads && !ReadsMemory(node->value);
  }
  void VisitExpr_(const BufferLoadNode* node) final {
    StmtExprVisitor::VisitExpr_(node);
    if (!IsName(node->buffer)) return;
    Name& name = names_[node->buffer.get()];
    const bool inside = name.stores == 1 && name.scope.size() <= scope_.size() &&
                        std::equal(name.scope.begin(), name.scope.end(), scope_.begin());
    name.fits = name.fits && inside;
  }

  std::unordered_map<const BufferNode*, Name> names_;
  std::vector<const ffi::Object*> scope_;
};

}  // namespace

std::unordered_set<const BufferNode*> NamedFunctions(const Stmt& body) { return Names().Find(body); }

}  // namespace tltt::compiler

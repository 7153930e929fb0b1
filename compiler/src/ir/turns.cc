#include "ir/turns.h"

#include "analysis/access.h"
#include "ir/ops.h"

namespace tltt::compiler {
namespace {

template <typename Visit>
void ForEachAtomic(const Stmt& stmt, Visit visit) {
  PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    if (!call) return;
    const std::string name = OpName(call);
    if (name.rfind("tl.atomic_", 0) != 0 && name.rfind("tl.tileop.atomic", 0) != 0) return;
    visit(call, name);
  });
}

}  // namespace

bool HasAtomics(const Stmt& stmt) {
  bool found = false;
  ForEachAtomic(stmt, [&](const CallNode*, const std::string&) { found = true; });
  return found;
}

bool UpdatesTensors(const Stmt& stmt) {
  bool found = false;
  ForEachAtomic(stmt, [&](const CallNode* call, const std::string& name) {
    // A tile operation's destination is its second operand, an element operation's its first.
    const PrimExpr& target = call->args[name.rfind("tl.tileop.", 0) == 0 ? 1 : 0];
    PostOrderVisit(target, [&](const ffi::ObjectRef& ref) {
      const auto* load = ref.as<BufferLoadNode>();
      found = found || (load && IsGlobal(load->buffer));
    });
  });
  return found;
}

}  // namespace tltt::compiler

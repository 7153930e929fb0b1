#include "ir/grid_syncs.h"

#include <string>
#include <unordered_set>

#include "analysis/access.h"
#include "analysis/touches.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"

namespace tltt::compiler {
namespace {

bool IsGridSync(const Stmt& stmt) {
  const auto* eval = stmt.as<EvaluateNode>();
  const auto* call = eval ? eval->value.as<CallNode>() : nullptr;
  return call && OpName(call) == "tl.sync_grid";
}

bool HasGridSync(const Stmt& stmt) {
  bool found = false;
  PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
    const auto* inner = ref.as<StmtNode>();
    found = found || (inner && IsGridSync(GetRef<Stmt>(inner)));
  });
  return found;
}

class Cutter {
 public:
  explicit Cutter(const Stmt& launch) : touches_(Touches::Of(launch)) {}

  std::vector<Stmt> Parts(const Stmt& stmt) {
    if (!HasGridSync(stmt)) return {stmt};
    if (const auto* realize = stmt.as<SBlockRealizeNode>()) return Parts(realize->block);
    if (const auto* loop = stmt.as<ForNode>(); loop && loop->kind == ForKind::kThreadBinding)
      return Wrapped(loop->body, [&](const Stmt& body) {
        auto copy = ffi::make_object<ForNode>(*loop);
        copy->body = body;
        return Stmt(copy);
      });
    if (const auto* attr = stmt.as<AttrStmtNode>())
      return Wrapped(attr->body, [&](const Stmt& body) {
        auto copy = ffi::make_object<AttrStmtNode>(*attr);
        copy->body = body;
        return Stmt(copy);
      });
    if (const auto* block = stmt.as<SBlockNode>()) {
      std::vector<Stmt> parts = Parts(block->body);
      RefuseKept(parts, block->alloc_buffers);
      for (Stmt& part : parts) {
        const Touches touches = Touches::Of(part);
        auto copy = ffi::make_object<SBlockNode>(*block);
        copy->body = part;
        copy->alloc_buffers.clear();
        for (const Buffer& buffer : block->alloc_buffers)
          if (Touch touch = touches.Of(buffer); touch.read || touch.written) copy->alloc_buffers.push_back(buffer);
        part = Stmt(copy);
      }
      return parts;
    }
    if (const auto* seq = stmt.as<SeqStmtNode>()) return PartsOf(seq);
    return {stmt};  // in a loop or an `if`: LegalizeFrontend refuses it
  }

 private:
  template <typename Wrap>
  std::vector<Stmt> Wrapped(const Stmt& body, Wrap wrap) {
    std::vector<Stmt> parts = Parts(body);
    for (Stmt& part : parts) part = wrap(part);
    return parts;
  }

  std::vector<Stmt> PartsOf(const SeqStmtNode* seq) {
    std::vector<Stmt> parts;
    Array<Stmt> names, current;
    auto cut = [&] {
      parts.push_back(SeqStmt::Flatten(current));
      current = names;
    };
    for (const Stmt& stmt : seq->seq) {
      if (IsGridSync(stmt)) {
        cut();
        continue;
      }
      const std::vector<Stmt> inner = Parts(stmt);
      for (size_t i = 0; i < inner.size(); ++i) {
        if (i > 0) cut();
        current.push_back(inner[i]);
      }
      if (const auto* bind = stmt.as<BindNode>()) {
        if (ReadsWritten(bind->value)) {
          unrepeatable_.insert(bind->var.get());
        } else {
          names.push_back(stmt);
        }
      }
    }
    cut();
    for (size_t i = 1; i < parts.size(); ++i) RefuseNames(parts[i]);
    return parts;
  }

  bool ReadsWritten(const PrimExpr& value) const {
    bool reads = false;
    PostOrderVisit(value, [&](const ffi::ObjectRef& ref) {
      const auto* load = ref.as<BufferLoadNode>();
      reads = reads || (load && touches_.Of(load->buffer).written);
    });
    return reads;
  }

  // A binding that could not be repeated: its definition may stand in this part itself.
  void RefuseNames(const Stmt& part) const {
    std::unordered_set<const VarNode*> defined;
    PostOrderVisit(part, [&](const ffi::ObjectRef& ref) {
      if (const auto* bind = ref.as<BindNode>()) defined.insert(bind->var.get());
    });
    PostOrderVisit(part, [&](const ffi::ObjectRef& ref) {
      const auto* var = ref.as<VarNode>();
      if (var && unrepeatable_.count(var) && !defined.count(var))
        Refuse(part->span, "`" + std::string(var->name_hint) + "` has its value from before T.sync_grid",
               "read it anew behind T.sync_grid");
    });
  }

  // What is on chip does not last from one launch to the next.
  void RefuseKept(const std::vector<Stmt>& parts, const Array<Buffer>& buffers) const {
    for (const Buffer& buffer : buffers) {
      bool written = false;
      for (const Stmt& part : parts) {
        if (written && FirstOf(part, buffer) == First::kNeeds)
          Refuse(buffer->span, "`" + std::string(buffer->name) + "` keeps its value across T.sync_grid",
                 "keep it in a tensor, or fill it again behind T.sync_grid");
        written = written || Touches::Of(part).Of(buffer).written;
      }
    }
  }

  // What a statement does to a buffer first: perhaps it needs what was there, or it fills all of it, or neither.
  enum class First { kNeither, kFills, kNeeds };
  static First FirstOf(const Stmt& stmt, const Buffer& buffer) {
    const Touch touch = Touches::Of(stmt).Of(buffer);
    if (!touch.read && !touch.written) return First::kNeither;
    if (Overwrites(stmt, buffer)) return First::kFills;
    if (const auto* attr = stmt.as<AttrStmtNode>()) return FirstOf(attr->body, buffer);
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      for (const Stmt& s : seq->seq)
        if (const First first = FirstOf(s, buffer); first != First::kNeither) return first;
    } else if (const auto* loop = stmt.as<ForNode>(); loop && !Names(loop->extent, buffer)) {
      const First first = FirstOf(loop->body, buffer);
      const auto* extent = loop->extent.as<IntImmNode>();
      return first == First::kFills && !(extent && extent->value > 0) ? First::kNeither : first;
    } else if (const auto* branch = stmt.as<IfThenElseNode>(); branch && !Names(branch->condition, buffer)) {
      const First a = FirstOf(branch->then_case, buffer);
      const First b = branch->else_case ? FirstOf(branch->else_case.value(), buffer) : First::kNeither;
      if (a == First::kNeeds || b == First::kNeeds) return First::kNeeds;
      return a == b ? a : First::kNeither;
    }
    return First::kNeeds;
  }
  static bool Names(const PrimExpr& expr, const Buffer& buffer) { return Touches::Of(Evaluate(expr)).Of(buffer).read; }

  Touches touches_;                                  // of the launch
  std::unordered_set<const VarNode*> unrepeatable_;  // names of what the launch writes
};

}  // namespace

std::vector<Stmt> PartsBetweenGridSyncs(const Stmt& launch) {
  if (!HasGridSync(launch)) return {launch};
  return Cutter(launch).Parts(launch);
}

}  // namespace tltt::compiler

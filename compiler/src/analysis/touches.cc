#include "analysis/touches.h"

#include <set>
#include <unordered_set>

#include "analysis/access.h"
#include "ir/ops.h"

namespace tltt::compiler {

namespace {

class TouchFinder : public StmtExprVisitor {
 public:
  explicit TouchFinder(Touches* touches) : touches_(touches) {}

 private:
  void VisitStmt_(const BufferStoreNode* node) final {
    (*touches_)[node->buffer].written = true;
    StmtExprVisitor::VisitStmt_(node);
  }
  void VisitExpr_(const BufferLoadNode* node) final {
    Touch& touch = (*touches_)[node->buffer];
    touch.read = true;
    touch.written = touch.written || through_pointer_;
    const bool outer = std::exchange(through_pointer_, false);
    StmtExprVisitor::VisitExpr_(node);
    through_pointer_ = outer;
  }
  // What stands in several places is looked at once.
  void VisitExpr(const PrimExpr& expr) final {
    if (through_pointer_ || seen_.insert(expr.get()).second) StmtExprVisitor::VisitExpr(expr);
  }
  void VisitExpr_(const CallNode* node) final {
    // A pointer to an element may be written through: T.atomic_add(C[i], x).
    const bool outer = std::exchange(through_pointer_, through_pointer_ || MayWriteThrough(node));
    StmtExprVisitor::VisitExpr_(node);
    through_pointer_ = outer;
  }
  void VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    if (!call || OpName(call).rfind("tl.tileop.", 0) != 0) return StmtExprVisitor::VisitStmt_(node);
    if (OpName(call) == "tl.tileop.finalize_reducer") {  // parsed only behind a pass of TileLang's
      Touch& touch = Region(tl::NormalizeToBufferRegion(call->args[0]));
      touch.read = touch.written = true;
      return;
    }
    tl::TileOperator op = tl::ParseOperator(GetRef<Call>(call));
    tl::AccessRegions regions = op->GetAccessRegions();
    for (const BufferRegion& region : regions.reads) Region(region).read = true;
    for (const BufferRegion& region : regions.writes) {
      Touch& touch = Region(region);
      touch.written = true;
      touch.read = touch.read || OpName(call).rfind("tl.tileop.atomic", 0) == 0;
      // Accumulators and parts of on-chip buffers keep what was there.
      if (!IsGlobal(region->buffer)) touch.read = touch.read || op.as<tl::GemmNode>() || !Whole(region);
    }
    for (const PrimExpr& arg : call->args)
      if (!arg->dtype.is_handle()) VisitExpr(arg);
  }

  Touch& Region(const BufferRegion& region) {
    for (const Range& range : region->region) VisitExpr(range->min);
    return (*touches_)[region->buffer];
  }
  static bool Whole(const BufferRegion& region) {
    for (size_t i = 0; i < region->region.size(); ++i) {
      const auto* extent = region->region[i]->extent.as<IntImmNode>();
      const auto* dim = region->buffer->shape[i].as<IntImmNode>();
      if (!is_zero(region->region[i]->min) || !extent || !dim || extent->value != dim->value) return false;
    }
    return true;
  }

  Touches* touches_;
  std::unordered_set<const ffi::Object*> seen_;
  bool through_pointer_ = false;
};

}  // namespace

Touches Touches::Of(const Stmt& stmt) { return Of(std::vector<Stmt>{stmt}); }

Touches Touches::Of(const std::vector<Stmt>& stmts) {
  Touches touches;
  for (const Stmt& stmt : stmts) TouchFinder{&touches}(stmt);
  return touches;
}

Touch Touches::Of(const Buffer& buffer) const {
  for (const auto& [known, touch] : list_)
    if (known.same_as(buffer)) return touch;
  return {};
}

Touch& Touches::operator[](const Buffer& buffer) {
  for (auto& [known, touch] : list_)
    if (known.same_as(buffer)) return touch;
  return list_.emplace_back(buffer, Touch{}).second;
}

bool MayWriteThrough(const CallNode* call) {
  constexpr int64_t kWrite = 2;
  if (OpName(call) != "tl.access_ptr") return false;
  const auto* mode = call->args.size() > 2 ? call->args[2].as<IntImmNode>() : nullptr;
  return !mode || (mode->value & kWrite);
}

bool ReadsMemory(const PrimExpr& expr) {
  bool reads = false;
  PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) { reads = reads || ref.as<BufferLoadNode>(); });
  return reads;
}

bool Overwrites(const Stmt& stmt, const Buffer& buffer) {
  if (Touch touch = Touches::Of(stmt).Of(buffer); !touch.written || touch.read) return false;
  if (stmt.as<EvaluateNode>()) return true;  // a tile operation on a part, or one that adds up, counts as reading
  if (const auto* seq = stmt.as<SeqStmtNode>()) {
    for (const Stmt& s : seq->seq)
      if (Overwrites(s, buffer)) return true;
    return false;
  }
  // A nest of loops around a store that is indexed by a loop variable of the axis' full extent, or 0 where the axis
  // has one element.
  std::vector<const ForNode*> loops;
  Stmt body = stmt;
  while (const auto* loop = body.as<ForNode>()) {
    loops.push_back(loop);
    body = loop->body;
  }
  std::vector<Stmt> stores{body};
  if (const auto* seq = body.as<SeqStmtNode>()) stores.assign(seq->seq.begin(), seq->seq.end());
  for (const Stmt& s : stores) {
    const auto* store = s.as<BufferStoreNode>();
    if (!store || !store->buffer.same_as(buffer)) continue;
    std::set<const ffi::Object*> used;
    bool covers = true;
    for (size_t d = 0; d < store->indices.size(); ++d) {
      const auto* dim = buffer->shape[d].as<IntImmNode>();
      if (dim && dim->value == 1 && is_zero(store->indices[d])) continue;
      bool axis = false;
      for (const ForNode* loop : loops) {
        const auto* extent = loop->extent.as<IntImmNode>();
        axis = axis || (loop->loop_var.same_as(store->indices[d]) && is_zero(loop->min) && extent && dim &&
                        extent->value == dim->value && used.insert(loop).second);
      }
      covers = covers && axis;
    }
    if (covers) return true;
  }
  return false;
}

bool LeavesLoop(const Stmt& body) {
  class Finder : public StmtVisitor {
   public:
    bool found = false;

   private:
    void VisitStmt_(const ForNode*) final {}
    void VisitStmt_(const WhileNode*) final {}
    void VisitStmt_(const EvaluateNode* node) final {
      const auto* call = node->value.as<CallNode>();
      const std::string name = call ? OpName(call) : "";
      found = found || name == "tl.loop_break" || name == "tirx.break_loop" || name == "tirx.continue_loop";
    }
  } finder;
  finder(body);
  return finder.found;
}

}  // namespace tltt::compiler

#include "analysis/orientation.h"

#include "ir/diagnostics.h"
#include "ir/ops.h"

namespace tltt::compiler {

std::vector<int64_t> Squeeze(const std::vector<int64_t>& extents) {
  std::vector<int64_t> out;
  for (int64_t e : extents)
    if (e != 1) out.push_back(e);
  return out;
}

std::vector<int64_t> ConstShape(const Buffer& buffer) {
  std::vector<int64_t> shape;
  for (const PrimExpr& dim : buffer->shape) {
    const auto* imm = dim.as<IntImmNode>();
    if (!imm)
      Refuse(buffer->span, "on-chip buffer `" + std::string(buffer->name) + "` has no constant shape", "use constants");
    shape.push_back(imm->value);
  }
  return shape;
}

bool IsColumnShape(const std::vector<int64_t>& shape) {
  return shape.size() >= 2 && shape.back() == 1 && shape[shape.size() - 2] > 1;
}

namespace {

// What a use of a vector is worth: a use inside the kernel happens more often than a transfer.
constexpr int kUse = 2, kTransfer = 1;

class OrientationFinder : public StmtExprVisitor {
 public:
  explicit OrientationFinder(const std::function<bool(const Region&)>& column_region) : column_region_(column_region) {}

  Orientation Result() {
    std::unordered_map<const BufferNode*, int> total;
    for (const auto& [buffer, votes] : votes_) total[Root(buffer)] += votes;
    Orientation result;
    for (const auto& [buffer, unused] : parent_)
      if (total[Root(buffer)] > 0) result.columns.insert(buffer);
    for (const auto& [buffer, loads] : loads_) {
      if (loads.first && loads.second) {
        result.mixed.insert(buffer);
      } else if (written_.count(buffer) == 0) {  // the reader brings it as the tensor has it
        loads.second ? (void)result.columns.insert(buffer) : (void)result.columns.erase(buffer);
      }
    }
    return result;
  }

 private:
  static bool IsVector(const Buffer& buffer) {
    if (IsGlobal(buffer)) return false;
    std::vector<int64_t> shape = ConstShape(buffer);
    return Squeeze(shape).size() == 1 && !IsColumnShape(shape);
  }

  const BufferNode* Root(const BufferNode* buffer) {
    auto it = parent_.try_emplace(buffer, buffer).first;
    while (it->second != it->first) it = parent_.find(it->second);
    return it->first;
  }
  void Alike(const Buffer& a, const Buffer& b) {
    if (IsVector(a) && IsVector(b)) parent_[Root(a.get())] = Root(b.get());
  }
  void Vote(const Buffer& buffer, bool column, int weight) {
    if (!IsVector(buffer)) return;
    Root(buffer.get());
    votes_[buffer.get()] += column ? weight : -weight;
  }
  void Transfer(const Region& tensor, const Buffer& on_chip, bool load) {
    const bool column = column_region_(tensor);
    Vote(on_chip, column, kTransfer);
    if (!load) return;
    auto& [row_load, column_load] = loads_[on_chip.get()];
    (column ? column_load : row_load) = true;
    if (IsColumnShape(ConstShape(on_chip))) column_load = true;
  }

  void VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    if (!call || OpName(call).rfind("tl.tileop.", 0) != 0) return;
    tl::TileOperator op = tl::ParseOperator(GetRef<Call>(call));
    if (const auto* copy = op.as<tl::CopyNode>()) {
      const bool from_global = IsGlobal(copy->src), to_global = IsGlobal(copy->dst);
      if (from_global && to_global) return;
      if (from_global) {
        if (copy->src->dtype != copy->dst->dtype) written_.insert(copy->dst.get());
        return Transfer(ToRegion(copy->src, copy->src_range, node->span, "T.copy"), copy->dst, true);
      }
      if (to_global) return Transfer(ToRegion(copy->dst, copy->dst_range, node->span, "T.copy"), copy->src, false);
      written_.insert(copy->dst.get());
      return Alike(copy->src, copy->dst);
    }
    if (const auto* reduce = op.as<tl::ReduceOpNode>()) {
      std::vector<int64_t> shape = ConstShape(reduce->src);
      std::vector<int> wide = WideAxes(shape);
      if (wide.size() == 2) Vote(reduce->dst, reduce->dim == wide[1], kUse);
    }
    for (const auto& access : op->GetAccessRegions().writes) written_.insert(access->buffer.get());
  }

  void VisitStmt_(const ForNode* node) final {
    if (!IsElementLoop(node)) return StmtExprVisitor::VisitStmt_(node);
    ParallelNest nest = ParseParallel(node);
    for (const BufferStore& store : nest.stores) VisitElement(store, nest);
  }

  void VisitElement(const BufferStore& store, const ParallelNest& nest) {
    const Span span = store->span.defined() ? store->span : nest.span;
    IndexMatch match = MatchIndices(store->indices, nest, store->buffer, span);
    const std::vector<int> dst = WideVars(match, nest);
    const bool to_global = IsGlobal(store->buffer);
    if (!to_global) written_.insert(store->buffer.get());
    const bool column = to_global && column_region_(RegionOf(match, nest, store->buffer));
    PostOrderVisit(store->value, [&](const ffi::ObjectRef& ref) {
      const auto* load = ref.as<BufferLoadNode>();
      if (!load) return;
      IndexMatch from = MatchIndices(load->indices, nest, load->buffer, span);
      const std::vector<int> vars = WideVars(from, nest);
      if (vars.size() != 1) return;
      if (IsGlobal(load->buffer)) {
        if (!to_global && dst == vars)
          Vote(store->buffer, column_region_(RegionOf(from, nest, load->buffer)), kTransfer);
      } else if (dst.size() == 2) {
        Vote(load->buffer, vars[0] == dst[0], kUse);
      } else if (dst == vars) {
        to_global ? Vote(load->buffer, column, kTransfer) : Alike(load->buffer, store->buffer);
      }
    });
  }

  static std::vector<int> WideVars(const IndexMatch& match, const ParallelNest& nest) {
    std::vector<int> vars;
    for (int var : match.var)
      if (var >= 0 && nest.extents[var] > 1) vars.push_back(var);
    return vars;
  }

  const std::function<bool(const Region&)>& column_region_;
  std::unordered_map<const BufferNode*, const BufferNode*> parent_;
  std::unordered_map<const BufferNode*, int> votes_;                    // above 0: column
  std::unordered_map<const BufferNode*, std::pair<bool, bool>> loads_;  // from rows, from columns of tensors
  std::unordered_set<const BufferNode*> written_;                       // by something else than loads
};

}  // namespace

Orientation InferOrientation(const Stmt& body, const std::function<bool(const Region&)>& column_region) {
  OrientationFinder finder(column_region);
  finder(body);
  return finder.Result();
}

}  // namespace tltt::compiler

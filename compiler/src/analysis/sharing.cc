#include "analysis/sharing.h"

#include <algorithm>
#include <set>
#include <string>

#include "analysis/access.h"
#include "ir/ops.h"
#include "ir/records.h"

namespace tltt::compiler {

unsigned BlockDependence::Of(const PrimExpr& expr) const {
  unsigned bits = 0;
  PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) {
    const auto* var = ref.as<VarNode>();
    if (!var) return;
    if (auto it = bits_.find(var); it != bits_.end()) bits |= it->second;
  });
  return bits;
}

namespace {

class WorkSurvey : public StmtExprVisitor {
 public:
  BlockWork work;

 private:
  void VisitStmt_(const ForNode* node) final {
    if (node->kind == ForKind::kThreadBinding) {
      const std::string tag = node->thread_binding.value()->thread_tag;
      dependence_.Set(node->loop_var, tag == "blockIdx.x" ? kFollowsX : tag == "blockIdx.y" ? kFollowsY : 0);
      return StmtExprVisitor::VisitStmt_(node);
    }
    const auto* extent = node->extent.as<IntImmNode>();
    const double repeats = extent ? static_cast<double>(std::max<int64_t>(extent->value, 0)) : 1;
    dependence_.Enter(node);
    if (node->kind == ForKind::kParallel || node->kind == ForKind::kVectorized) {
      element_loops_[node->loop_var.get()] = repeats;
      StmtExprVisitor::VisitStmt_(node);
      element_loops_.erase(node->loop_var.get());
      return;
    }
    Scope(repeats, dependence_.Of(node->extent) | dependence_.Of(node->min),
          [&] { StmtExprVisitor::VisitStmt_(node); });
  }
  void VisitStmt_(const IfThenElseNode* node) final {
    Scope(1, dependence_.Of(node->condition), [&] { StmtExprVisitor::VisitStmt_(node); });
  }
  void VisitStmt_(const BindNode* node) final {
    dependence_.Enter(node);
    StmtExprVisitor::VisitStmt_(node);
  }
  template <typename Body>
  void Scope(double repeats, unsigned follows, const Body& body) {
    const double outer_repeats = repeats_;
    const unsigned outer_follows = follows_;
    repeats_ *= repeats;
    follows_ |= follows;
    body();
    repeats_ = outer_repeats;
    follows_ = outer_follows;
  }

  void VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    if (!call || OpName(call).rfind("tl.tileop.", 0) != 0) return;
    tl::TileOperator op = tl::ParseOperator(GetRef<Call>(call));
    if (const auto* copy = op.as<tl::CopyNode>()) {
      if (IsGlobal(copy->src)) Read(copy->src, copy->src_range);
      if (IsGlobal(copy->dst)) work.written += repeats_ * Bytes(copy->dst, copy->dst_range);
    } else if (const auto* gemm = op.as<tl::GemmNode>()) {
      work.matmul_tiles +=
          repeats_ * static_cast<double>(CeilTiles(gemm->m_) * CeilTiles(gemm->n_) * CeilTiles(gemm->k_));
    }
  }

  static double Bytes(const Buffer& buffer, const Array<Range>& region) {
    double bytes = buffer->dtype.bytes();
    for (size_t axis = 0; axis < region.size(); ++axis) {
      const auto* extent = region[axis]->extent.as<IntImmNode>();
      const int64_t elements = extent ? extent->value : 1;
      bytes *= static_cast<double>(elements > 1 ? CeilTiles(elements) * kTileWidth : 1);
    }
    return bytes;
  }
  void Read(const Buffer& buffer, const Array<Range>& region) {
    unsigned follows = follows_;
    for (const Range& range : region) follows |= dependence_.Of(range->min) | dependence_.Of(range->extent);
    work.reads.push_back({follows, repeats_ * Bytes(buffer, region)});
  }

  // Elements of a T.Parallel: those of the loops that the indices use.
  double ElementBytes(const Buffer& buffer, const Array<PrimExpr>& indices) const {
    std::set<const VarNode*> used;
    for (const PrimExpr& index : indices)
      PostOrderVisit(index, [&](const ffi::ObjectRef& ref) {
        if (const auto* var = ref.as<VarNode>(); var && element_loops_.count(var)) used.insert(var);
      });
    double bytes = buffer->dtype.bytes();
    for (const VarNode* var : used) bytes *= element_loops_.at(var);
    return bytes;
  }
  void VisitExpr_(const BufferLoadNode* node) final {
    if (!IsGlobal(node->buffer)) return;
    unsigned follows = follows_;
    for (const PrimExpr& index : node->indices) follows |= dependence_.Of(index);
    work.reads.push_back({follows, repeats_ * ElementBytes(node->buffer, node->indices)});
  }
  void VisitStmt_(const BufferStoreNode* node) final {
    double elements = 1;
    for (const auto& [var, extent] : element_loops_) elements *= extent;
    work.elements_tiles += repeats_ * elements / (kTileHeight * kTileWidth);
    if (IsGlobal(node->buffer)) work.written += repeats_ * ElementBytes(node->buffer, node->indices);
    VisitExpr(node->value);
  }

  BlockDependence dependence_;
  std::unordered_map<const VarNode*, double> element_loops_;
  double repeats_ = 1;
  unsigned follows_ = 0;
};

}  // namespace

BlockWork WorkOfBlock(const Stmt& body) {
  WorkSurvey survey;
  survey(body);
  return survey.work;
}

}  // namespace tltt::compiler

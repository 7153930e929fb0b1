#include "analysis/sharing.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>

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

unsigned BlockMap::Of(unsigned bits) const {
  unsigned cores_differ = 0;
  for (size_t axis = 0; axis < follows.size(); ++axis)
    if (bits & 1u << axis) cores_differ |= follows[axis];
  return cores_differ;
}

std::optional<BlockMap> BlockMapOf(const PrimFunc& func) {
  const auto record = func->GetAttr<Map<String, Any>>(attr::kBlockMap);
  if (!record) return std::nullopt;
  BlockMap map{GetInts(record.value(), "cores")};
  if (!record.value().count("follows")) return map;
  const std::vector<int64_t> follows = GetInts(record.value(), "follows");
  for (size_t axis = 0; axis < map.follows.size(); ++axis) map.follows[axis] = static_cast<unsigned>(follows[axis]);
  return map;
}

PrimFunc WithBlockMap(PrimFunc func, const BlockMap& map) {
  return WithAttr(std::move(func), attr::kBlockMap,
                  Map<String, Any>{{"cores", ToInts(map.cores)},
                                   {"follows", ToInts({map.follows[0], map.follows[1], map.follows[2]})}});
}

namespace {

// 0, 1, 2 for blockIdx.x, y, z; -1 for a thread index.
int BlockAxis(const ForNode* loop) {
  const std::string tag = loop->thread_binding.value()->thread_tag;
  return tag.rfind("blockIdx.", 0) == 0 ? tag.back() - 'x' : -1;
}

class WorkSurvey : public StmtExprVisitor {
 public:
  explicit WorkSurvey(const std::optional<BlockIndex>& at) : at_(at) {}
  BlockWork work;
  unsigned differs_in = 0;  // block indices that decide how often statements run

 private:
  // A value that stands in several places of a statement is read once.
  void VisitStmt(const Stmt& stmt) final {
    seen_.clear();
    StmtExprVisitor::VisitStmt(stmt);
  }
  void VisitExpr(const PrimExpr& expr) final {
    if (seen_.insert(expr.get()).second) StmtExprVisitor::VisitExpr(expr);
  }
  void VisitStmt_(const ForNode* node) final {
    if (node->kind == ForKind::kThreadBinding) {
      const int axis = BlockAxis(node);
      dependence_.Set(node->loop_var, axis < 0 ? 0 : 1u << axis);
      if (at_ && axis >= 0) values_.Set(node->loop_var, IntImm(node->loop_var.dtype(), (*at_)[axis]));
      return StmtExprVisitor::VisitStmt_(node);
    }
    const std::optional<int64_t> extent = NumberOf(node->extent);
    const double repeats = extent ? static_cast<double>(std::max<int64_t>(*extent, 0)) : 1;
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
    const std::optional<int64_t> taken = NumberOf(node->condition);
    Scope(1, dependence_.Of(node->condition), [&] {
      if (!taken) return StmtExprVisitor::VisitStmt_(node);
      if (*taken) return VisitStmt(node->then_case);
      if (node->else_case) VisitStmt(node->else_case.value());
    });
  }
  void VisitStmt_(const BindNode* node) final {
    dependence_.Enter(node);
    if (const auto value = NumberOf(node->value); value && at_)
      values_.Set(node->var, IntImm(node->var.dtype(), *value));
    StmtExprVisitor::VisitStmt_(node);
  }
  std::optional<int64_t> NumberOf(const PrimExpr& expr) const {
    PrimExpr value = values_.empty() ? expr : arith::Analyzer().Simplify(Substitute(expr, values_));
    const auto* number = value.as<IntImmNode>();
    return number ? std::optional<int64_t>(number->value) : std::nullopt;
  }
  template <typename Body>
  void Scope(double repeats, unsigned follows, const Body& body) {
    const double outer_repeats = repeats_;
    const unsigned outer_follows = follows_;
    repeats_ *= repeats;
    follows_ |= follows;
    differs_in |= follows;
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

  std::optional<BlockIndex> at_;
  Map<Var, PrimExpr> values_;  // of the block indices and what is bound to them
  BlockDependence dependence_;
  std::unordered_map<const VarNode*, double> element_loops_;
  double repeats_ = 1;
  unsigned follows_ = 0;
  std::unordered_set<const ffi::Object*> seen_;  // of the statement at hand
};

}  // namespace

BlockWork WorkOfBlock(const Stmt& body) {
  WorkSurvey survey(std::nullopt);
  survey(body);
  return survey.work;
}

BlockWork WorkOfBlock(const Stmt& body, const BlockIndex& at) {
  WorkSurvey survey(at);
  survey(body);
  return survey.work;
}

unsigned WorkFollows(const Stmt& body) {
  WorkSurvey survey(std::nullopt);
  survey(body);
  return survey.differs_in;
}

}  // namespace tltt::compiler

#include "analysis/access.h"

#include <algorithm>

#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/riscv.h"

namespace tltt::compiler {

Region ToRegion(const Buffer& buffer, const Array<Range>& ranges, const Span& span, const std::string& what) {
  Region region{buffer, {}, {}};
  arith::Analyzer analyzer;
  for (const Range& range : ranges) {
    PrimExpr extent = analyzer.Simplify(range->extent);
    const auto* imm = extent.as<IntImmNode>();
    if (!imm) {
      Refuse(span,
             what + " of `" + std::string(buffer->name) + "`: a block's size must be known when the kernel is compiled",
             "give the block constant sizes");
    }
    region.mins.push_back(analyzer.Simplify(range->min));
    region.extents.push_back(imm->value);
  }
  return region;
}

void RequireWhole(const Region& region, const Span& span, const std::string& what) {
  for (size_t i = 0; i < region.mins.size(); ++i) {
    const auto* dim = region.buffer->shape[i].as<IntImmNode>();
    if (!is_zero(region.mins[i]) || !dim || dim->value != region.extents[i]) {
      Refuse(span, what + " a part of on-chip buffer `" + std::string(region.buffer->name) + "`",
             "allocate a buffer of the block's own size");
    }
  }
}

PrimExpr RegionExpr(const Region& region) {
  Array<PrimExpr> mins(region.mins.begin(), region.mins.end());
  Array<PrimExpr> args{BufferLoad(region.buffer, mins), Int(3)};
  for (int64_t extent : region.extents) args.push_back(Int(extent));
  return Call(DataType::Handle(), Op::Get("tl.region"), args);
}

Region RegionFromExpr(const PrimExpr& expr) {
  BufferRegion br = tl::NormalizeToBufferRegion(expr);
  return ToRegion(br->buffer, br->region, Span(), "region");
}

std::vector<int> WideAxes(const std::vector<int64_t>& extents) {
  std::vector<int> out;
  for (size_t i = 0; i < extents.size(); ++i)
    if (extents[i] > 1) out.push_back(static_cast<int>(i));
  return out;
}

bool IsGlobal(const Buffer& buffer) { return buffer.scope() == "global" || buffer.scope() == ""; }

namespace {

// `index < shape` conjuncts over the indices of an access to a tensor: implied by what an access beyond the edge means.
bool KeepsInside(const PrimExpr& cond, const std::vector<std::pair<PrimExpr, PrimExpr>>& bounds,
                 arith::Analyzer* analyzer) {
  if (const auto* node = cond.as<AndNode>())
    return KeepsInside(node->a, bounds, analyzer) && KeepsInside(node->b, bounds, analyzer);
  if (const auto* call = cond.as<CallNode>(); call && OpName(call) == "tirx.bitwise_and")
    return KeepsInside(call->args[0], bounds, analyzer) && KeepsInside(call->args[1], bounds, analyzer);
  if (const auto* node = cond.as<LTNode>()) {
    for (const auto& [index, extent] : bounds)
      if (analyzer->CanProveEqual(node->a, index) && analyzer->CanProve(node->b >= extent)) return true;
  }
  return analyzer->CanProve(cond);
}

class BoundsOfAccesses : public StmtExprVisitor {
 public:
  std::vector<std::pair<PrimExpr, PrimExpr>> stored;  // index and shape of each axis of the tensors written

 private:
  void VisitStmt_(const BufferStoreNode* node) final {
    if (IsGlobal(node->buffer))
      for (size_t i = 0; i < node->indices.size(); ++i) stored.emplace_back(node->indices[i], node->buffer->shape[i]);
  }
};

void ParseBody(const Stmt& stmt, ParallelNest* nest) {
  if (const auto* seq = stmt.as<SeqStmtNode>()) {
    for (const Stmt& s : seq->seq) ParseBody(s, nest);
  } else if (const auto* store = stmt.as<BufferStoreNode>()) {
    if (store->predicate)
      Refuse(store->span, "predicated stores are not supported", "compute the value with T.max, T.min or T.clamp");
    nest->stores.push_back(GetRef<BufferStore>(store));
  } else if (const auto* branch = stmt.as<IfThenElseNode>()) {
    BoundsOfAccesses bounds;
    bounds(branch->then_case);
    arith::Analyzer analyzer;
    if (branch->else_case || !KeepsInside(branch->condition, bounds.stored, &analyzer)) {
      Refuse(branch->span.defined() ? branch->span : nest->span,
             "`if` inside T.Parallel is supported only where it keeps a tensor's index inside its shape",
             "compute the value with T.max, T.min or T.clamp");
    }
    ParseBody(branch->then_case, nest);
  } else if (const auto* eval = stmt.as<EvaluateNode>(); eval && eval->value.as<IntImmNode>()) {
    return;
  } else {
    const auto* call = stmt.as<EvaluateNode>() ? stmt.as<EvaluateNode>()->value.as<CallNode>() : nullptr;
    const std::string what = call && !OpName(call).empty() ? "`" + OpName(call) + "`" : std::string("this statement");
    Refuse(stmt->span.defined() ? stmt->span : nest->span, what + " inside T.Parallel is not supported",
           "keep element-wise stores in T.Parallel and move the rest out of it");
  }
}

}  // namespace

bool IsElementLoop(const ForNode* loop) {
  return loop->kind == ForKind::kParallel || loop->kind == ForKind::kVectorized;
}

ParallelNest ParseParallel(const ForNode* loop) {
  ParallelNest nest;
  nest.span = loop->span;
  Stmt body = GetRef<Stmt>(loop);
  while (const auto* node = body.as<ForNode>()) {
    if (!IsElementLoop(node)) break;
    const auto* extent = node->extent.as<IntImmNode>();
    if (!extent || !is_zero(node->min)) {
      Refuse(loop->span, "T.Parallel needs extents that are known when the kernel is compiled",
             "use constant block sizes");
    }
    nest.vars.push_back(node->loop_var);
    nest.extents.push_back(extent->value);
    body = node->body;
  }
  ParseBody(body, &nest);
  return nest;
}

IndexMatch MatchIndices(const Array<PrimExpr>& indices, const ParallelNest& nest, const Buffer& buffer,
                        const Span& span) {
  IndexMatch match;
  Array<Var> vars(nest.vars.begin(), nest.vars.end());
  std::vector<bool> used(nest.vars.size());
  arith::Analyzer analyzer;
  for (const PrimExpr& index : indices) {
    Array<PrimExpr> linear = arith::DetectLinearEquation(index, vars);
    int found = -1;
    bool plain = !linear.empty();
    for (size_t i = 0; plain && i < nest.vars.size(); ++i) {
      if (is_zero(linear[i])) continue;
      plain = is_one(linear[i]) && found < 0 && !used[i];
      found = static_cast<int>(i);
    }
    if (!plain) {
      std::ostringstream text;
      text << index;
      Refuse(span,
             "index `" + text.str() + "` of `" + std::string(buffer->name) +
                 "` is no loop variable of T.Parallel plus an offset: no tile operation covers it",
             "index each axis by one loop variable plus an offset");
    }
    if (found >= 0) used[found] = true;
    match.var.push_back(found);
    match.base.push_back(analyzer.Simplify(linear[nest.vars.size()]));
  }
  return match;
}

Region RegionOf(const IndexMatch& match, const ParallelNest& nest, const Buffer& buffer) {
  Region region{buffer, match.base, {}};
  for (int var : match.var) region.extents.push_back(var < 0 ? 1 : nest.extents[var]);
  return region;
}

namespace {

class Collector : public StmtExprVisitor {
 public:
  std::vector<TensorAccess> accesses;

 private:
  void VisitStmt_(const ForNode* node) final {
    if (!IsElementLoop(node)) return StmtExprVisitor::VisitStmt_(node);
    ParallelNest nest = ParseParallel(node);
    for (const BufferStore& store : nest.stores) {
      Span span = store->span.defined() ? store->span : node->span;
      PostOrderVisit(store->value, [&](const ffi::ObjectRef& ref) {
        if (const auto* load = ref.as<BufferLoadNode>(); load && IsGlobal(load->buffer)) {
          accesses.push_back(
              {RegionOf(MatchIndices(load->indices, nest, load->buffer, span), nest, load->buffer), false, span});
        }
      });
      if (IsGlobal(store->buffer)) {
        accesses.push_back(
            {RegionOf(MatchIndices(store->indices, nest, store->buffer, span), nest, store->buffer), true, span});
      }
    }
  }

  void VisitStmt_(const AttrStmtNode* node) final {
    if (!AsRiscv(GetRef<Stmt>(node))) StmtExprVisitor::VisitStmt_(node);
  }

  void VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    if (!call || !call->op.as<OpNode>() || OpName(call).rfind("tl.tileop.", 0) != 0) return;
    tl::TileOperator op = tl::ParseOperator(GetRef<Call>(call));
    if (const auto* copy = op.as<tl::CopyNode>()) {
      if (IsGlobal(copy->src))
        accesses.push_back({ToRegion(copy->src, copy->src_range, node->span, "T.copy"), false, node->span});
      if (IsGlobal(copy->dst))
        accesses.push_back({ToRegion(copy->dst, copy->dst_range, node->span, "T.copy"), true, node->span});
    } else if (const auto* fill = op.as<tl::FillNode>()) {
      if (IsGlobal(fill->dst))
        accesses.push_back({ToRegion(fill->dst, fill->region, node->span, "T.fill"), true, node->span});
    }
  }
};

}  // namespace

std::vector<TensorAccess> CollectTensorAccesses(const Stmt& body) {
  Collector collector;
  collector(body);
  return collector.accesses;
}

}  // namespace tltt::compiler

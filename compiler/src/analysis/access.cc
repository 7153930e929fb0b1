#include "analysis/access.h"

#include <algorithm>
#include <map>
#include <utility>

#include "analysis/touches.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/riscv.h"
#include "ir/same.h"
#include "ir/sharing.h"
#include "ir/span_scope.h"

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

bool IsWhole(const Region& region) {
  for (size_t i = 0; i < region.mins.size(); ++i) {
    const auto* dim = region.buffer->shape[i].as<IntImmNode>();
    if (!is_zero(region.mins[i]) || !dim || dim->value != region.extents[i]) return false;
  }
  return true;
}

void RequireWhole(const Region& region, const Span& span, const std::string& what) {
  if (IsWhole(region)) return;
  Refuse(span, what + " a part of on-chip buffer `" + std::string(region.buffer->name) + "`",
         "allocate a buffer of the block's own size");
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

bool IsScalarVariable(const Buffer& buffer) { return buffer.scope() == "local.var"; }

const BufferLoadNode* AtomicElement(const PrimExpr& pointer, const Span& span) {
  const auto* access = pointer.as<CallNode>();
  const auto* load = access && OpName(access) == "tl.access_ptr" ? access->args[0].as<BufferLoadNode>() : nullptr;
  if (!load) Refuse(span, "an atomic operation on what is no element of a buffer", "name the element: C[i, j]");
  return load;
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

// The stores of a T.Parallel body, each of which happens for every element: what stands under a condition keeps the old
// value where the condition does not hold.
class ElementStores {
 public:
  explicit ElementStores(const Span& span) : span_(span) {}

  std::vector<Buffer> variables;  // scalar variables that got a value

  std::vector<BufferStore> Of(const Stmt& stmt) {
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      std::vector<BufferStore> stores;
      for (const Stmt& s : seq->seq)
        for (const BufferStore& store : Of(s)) stores.push_back(store);
      return stores;
    }
    if (const auto* store = stmt.as<BufferStoreNode>()) {
      if (store->predicate)
        Refuse(store->span, "predicated stores are not supported", "compute the value with T.if_then_else");
      const PrimExpr value = Resolved(store->value, store->span);
      if (IsScalarVariable(store->buffer)) {  // a name for the element's value
        names_[store->buffer.get()] = {value, {}};
        variables.push_back(store->buffer);
        return {};
      }
      for (auto& [name, held] : names_)
        if (Loads(held.value, store->buffer)) held.changed = store->buffer->name;
      return {BufferStore(store->buffer, value, store->indices, std::nullopt, store->span)};
    }
    if (const auto* branch = stmt.as<IfThenElseNode>()) return OfBranches(branch);
    if (const auto* eval = stmt.as<EvaluateNode>(); eval && eval->value.as<IntImmNode>()) return {};
    const auto* call = stmt.as<EvaluateNode>() ? stmt.as<EvaluateNode>()->value.as<CallNode>() : nullptr;
    const std::string what = call && !OpName(call).empty() ? "`" + OpName(call) + "`" : std::string("this statement");
    Refuse(stmt->span.defined() ? stmt->span : span_, what + " inside T.Parallel is not supported",
           "keep element-wise stores in T.Parallel and move the rest out of it");
  }

 private:
  std::vector<BufferStore> OfBranches(const IfThenElseNode* branch) {
    const Span span = branch->span.defined() ? branch->span : span_;
    const PrimExpr condition = Resolved(branch->condition, span);
    BoundsOfAccesses bounds;
    bounds(branch->then_case);
    arith::Analyzer analyzer;
    const bool inside =
        !branch->else_case && !bounds.stored.empty() && KeepsInside(condition, bounds.stored, &analyzer);
    const auto before = names_;
    std::vector<BufferStore> then_stores = Of(branch->then_case), else_stores;
    auto after_then = std::exchange(names_, before);
    if (branch->else_case) else_stores = Of(branch->else_case.value());
    Join(condition, after_then);
    if (inside) return then_stores;
    bool paired = then_stores.size() == else_stores.size();
    for (size_t i = 0; paired && i < then_stores.size(); ++i) paired = SameElement(then_stores[i], else_stores[i]);
    if (!paired || then_stores.size() > 1) RequireStableCondition(condition, then_stores, else_stores, span);
    std::vector<BufferStore> stores;
    auto add = [&](const BufferStore& store, const PrimExpr& then_value, const PrimExpr& else_value) {
      PrimExpr value = if_then_else(condition, then_value, else_value);
      stores.push_back(
          BufferStore(store->buffer, value, store->indices, std::nullopt, store->span.defined() ? store->span : span));
    };
    if (paired) {
      for (size_t i = 0; i < then_stores.size(); ++i) add(then_stores[i], then_stores[i]->value, else_stores[i]->value);
      return stores;
    }
    for (const BufferStore& store : then_stores) add(store, store->value, OldValue(store, span));
    for (const BufferStore& store : else_stores) add(store, OldValue(store, span), store->value);
    return stores;
  }

  // What a name stands for; `changed`: the buffer that it was read from and that has been written to since.
  struct Held {
    PrimExpr value;
    std::string changed;
  };
  using Names = std::map<const ffi::Object*, Held>;  // variables and scalar buffers

  static bool Loads(const PrimExpr& value, const Buffer& buffer) {
    bool loads = false;
    PostOrderVisit(value, [&](const ffi::ObjectRef& ref) {
      const auto* load = ref.as<BufferLoadNode>();
      loads = loads || (load && load->buffer.same_as(buffer));
    });
    return loads;
  }

  // Behind an `if`: a name that a branch has changed is a choice.
  void Join(const PrimExpr& condition, const Names& after_then) {
    auto choose = [&](const ffi::Object* name, const Held* then_held, const Held* else_held) {
      const PrimExpr outside = OutsideValue(name);
      if ((!then_held || !else_held) && !outside.defined()) return;  // known inside the branch alone
      const PrimExpr a = then_held ? then_held->value : outside, b = else_held ? else_held->value : outside;
      Held joined{a.same_as(b) ? a : if_then_else(condition, a, b), {}};
      for (const Held* held : {then_held, else_held})
        if (held && joined.changed.empty()) joined.changed = held->changed;
      names_[name] = joined;
    };
    const Names after_else = std::exchange(names_, {});
    for (const auto& [name, held] : after_then)
      choose(name, &held, after_else.count(name) ? &after_else.at(name) : nullptr);
    for (const auto& [name, held] : after_else)
      if (!after_then.count(name)) choose(name, nullptr, &held);
  }

  // What a scalar variable holds in front of the loop; nothing for names bound inside it.
  PrimExpr OutsideValue(const ffi::Object* name) const {
    for (const Buffer& buffer : variables)
      if (buffer.get() == name) return BufferLoad(buffer, {Int(0)});
    return PrimExpr();
  }

  PrimExpr Resolved(const PrimExpr& expr, const Span& span) const {
    class Resolver : public Sharing<ExprMutator> {
     public:
      Resolver(const Names* names, Span span) : names_(names), span_(std::move(span)) {}

     private:
      PrimExpr VisitExpr_(const VarNode* node) final { return Find(node, node->name_hint, GetRef<PrimExpr>(node)); }
      PrimExpr VisitExpr_(const BufferLoadNode* node) final {
        if (!IsScalarVariable(node->buffer)) return ExprMutator::VisitExpr_(node);
        return Find(node->buffer.get(), node->buffer->name, GetRef<PrimExpr>(node));
      }
      PrimExpr Find(const ffi::Object* key, const std::string& name, const PrimExpr& otherwise) const {
        auto it = names_->find(key);
        if (it == names_->end()) return otherwise;
        if (!it->second.changed.empty()) {
          Refuse(
              span_,
              "`" + name + "` was read from `" + it->second.changed + "`, which this T.Parallel has written to since",
              "keep the old value in a fragment of its own, or split the loop");
        }
        return it->second.value;
      }
      const Names* names_;
      Span span_;
    };
    return Resolver(&names_, span.defined() ? span : span_)(expr);
  }

  static bool SameElement(const BufferStore& a, const BufferStore& b) {
    return a->buffer.same_as(b->buffer) && SameExprs(a->indices, b->indices);
  }

  static PrimExpr OldValue(const BufferStore& store, const Span& span) {
    if (IsGlobal(store->buffer)) {
      Refuse(span,
             "`if` around a store to tensor `" + std::string(store->buffer->name) +
                 "`: inside T.Parallel it may only keep the tensor's index inside its shape",
             "store to a fragment under the condition and T.copy it out");
    }
    return BufferLoad(store->buffer, store->indices);
  }

  // Each store asks for the condition again: nothing that it reads may have changed in between.
  static void RequireStableCondition(const PrimExpr& condition, const std::vector<BufferStore>& then_stores,
                                     const std::vector<BufferStore>& else_stores, const Span& span) {
    if (then_stores.size() + else_stores.size() < 2) return;
    PostOrderVisit(condition, [&](const ffi::ObjectRef& ref) {
      const auto* load = ref.as<BufferLoadNode>();
      if (!load) return;
      for (const auto* stores : {&then_stores, &else_stores}) {
        for (const BufferStore& store : *stores) {
          if (!store->buffer.same_as(load->buffer)) continue;
          Refuse(
              span,
              "`if` inside T.Parallel stores to `" + std::string(load->buffer->name) + "`, which its condition reads",
              "use T.if_then_else, or a buffer of its own for the condition");
        }
      }
    });
  }

  Names names_;
  Span span_;
};

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
  ElementStores elements(nest.span);
  nest.stores = elements.Of(body);
  nest.variables = elements.variables;
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

// Elements of tensors that statements on a RISC-V core touch.
class ElementCollector : public StmtExprVisitor {
 public:
  std::vector<TensorAccess> accesses;

 private:
  void VisitStmt(const Stmt& stmt) final {
    const SpanScope scope(&span_, stmt);
    StmtExprVisitor::VisitStmt(stmt);
  }
  void VisitStmt_(const AttrStmtNode* node) final {
    const bool outer = std::exchange(inside_, inside_ || AsRiscv(GetRef<Stmt>(node)) != nullptr);
    StmtExprVisitor::VisitStmt_(node);
    inside_ = outer;
  }
  void VisitStmt_(const BufferStoreNode* node) final {
    Note(node->buffer, node->indices, true);
    StmtExprVisitor::VisitStmt_(node);
  }
  void VisitExpr_(const BufferLoadNode* node) final {
    Note(node->buffer, node->indices, through_pointer_);
    StmtExprVisitor::VisitExpr_(node);
  }
  void VisitExpr_(const CallNode* node) final {
    const bool outer = std::exchange(through_pointer_, through_pointer_ || MayWriteThrough(node));
    StmtExprVisitor::VisitExpr_(node);
    through_pointer_ = outer;
  }

  void Note(const Buffer& buffer, const Array<PrimExpr>& indices, bool write) {
    if (!inside_ || !IsGlobal(buffer)) return;
    Region region{buffer, {indices.begin(), indices.end()}, std::vector<int64_t>(indices.size(), 1)};
    accesses.push_back({std::move(region), write, span_});
  }

  bool inside_ = false, through_pointer_ = false;
  Span span_;
};

}  // namespace

std::vector<TensorAccess> CollectElementAccesses(const Stmt& body) {
  ElementCollector collector;
  collector(body);
  return collector.accesses;
}

std::vector<TensorAccess> CollectTensorAccesses(const Stmt& body) {
  Collector collector;
  collector(body);
  return collector.accesses;
}

}  // namespace tltt::compiler

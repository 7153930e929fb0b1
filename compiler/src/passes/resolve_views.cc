#include "passes/resolve_views.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "analysis/access.h"
#include "analysis/element_loops.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/sharing.h"
#include "ir/span_scope.h"

namespace tltt::compiler {

namespace {

PrimExpr Bits(const PrimExpr& value, DataType dtype) {
  return value->dtype == dtype ? value : Call(dtype, builtin::reinterpret(), {value});
}

class ViewResolver : public Sharing<StmtExprMutator> {
 public:
  explicit ViewResolver(const PrimFunc& func) {
    for (const auto& [var, buffer] : func->buffer_map) bases_.emplace(buffer->data.get(), buffer);
    PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
      if (const auto* alloc = ref.as<AllocBufferNode>()) bases_.emplace(alloc->buffer->data.get(), alloc->buffer);
    });
  }

 private:
  // What `buffer` is a view of; undefined where it is no view.
  Optional<Buffer> BaseOf(const Buffer& buffer) const {
    auto it = bases_.find(buffer->data.get());
    if (it == bases_.end() || it->second.same_as(buffer)) return std::nullopt;
    return it->second;
  }

  Stmt VisitStmt(const Stmt& stmt) final {
    const SpanScope scope(&span_, stmt);
    return Sharing::VisitStmt(stmt);
  }

  Stmt VisitStmt_(const ForNode* node) final {
    analyzer_.Bind(node->loop_var, Range::FromMinExtent(node->min, node->extent), true);
    return Sharing::VisitStmt_(node);
  }

  PrimExpr VisitExpr_(const BufferLoadNode* node) final {
    PrimExpr expr = Sharing::VisitExpr_(node);
    const auto* load = expr.as<BufferLoadNode>();
    const Optional<Buffer> base = BaseOf(load->buffer);
    if (!base) return expr;
    const DataType own = base.value()->dtype, as = load->buffer->dtype;
    const PrimExpr value = Element(base.value(), own, as, Linear(load->buffer, load->indices));
    const PrimExpr inside = Inside(load->buffer, load->indices);
    return is_one(inside) ? value : if_then_else(inside, value, make_zero(as));
  }

  // An element of dtype `as`, `place` elements behind the start of a buffer of dtype `own`.
  PrimExpr Element(const Buffer& base, DataType own, DataType as, const PrimExpr& place) {
    if (as.bits() == own.bits()) return Bits(BufferLoad(base, Unravel(base, place)), as);
    const DataType word = DataType::UInt(std::max(own.bits(), as.bits()));
    if (as.bits() < own.bits()) {  // a part of an element; the lowest bits stand first
      const PrimExpr parts = make_const(place->dtype, own.bits() / as.bits());
      PrimExpr whole = Bits(BufferLoad(base, Unravel(base, floordiv(place, parts))), word);
      PrimExpr shift = cast(word, floormod(place, parts) * make_const(place->dtype, as.bits()));
      return Bits(cast(DataType::UInt(as.bits()), whole >> shift), as);
    }
    const int count = as.bits() / own.bits();
    PrimExpr whole = make_zero(word);
    for (int i = 0; i < count; ++i) {
      const PrimExpr at = place * make_const(place->dtype, count) + make_const(place->dtype, i);
      PrimExpr part = Bits(BufferLoad(base, Unravel(base, at)), DataType::UInt(own.bits()));
      whole = whole | (cast(word, part) << make_const(word, i * own.bits()));
    }
    return Bits(whole, as);
  }

  Stmt VisitStmt_(const BufferStoreNode* node) final {
    Stmt stmt = Sharing::VisitStmt_(node);
    const auto* store = stmt.as<BufferStoreNode>();
    const Optional<Buffer> base = BaseOf(store->buffer);
    if (!base) return stmt;
    if (base.value()->dtype.bits() != store->buffer->dtype.bits()) {
      Refuse(span_,
             "an element of `" + std::string(store->buffer->name) + "`, which is a view of `" +
                 std::string(base.value()->name) + "` with elements of another size, is written",
             "write the buffer itself");
    }
    const PrimExpr inside = Inside(store->buffer, store->indices);
    Stmt resolved =
        BufferStore(base.value(), Bits(store->value, base.value()->dtype),
                    Unravel(base.value(), Linear(store->buffer, store->indices)), store->predicate, node->span);
    return is_one(inside) ? resolved : IfThenElse(inside, resolved, std::nullopt, node->span);
  }

  Stmt VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    if (!call || OpName(call).rfind("tl.tileop.", 0) != 0) return Sharing::VisitStmt_(node);
    Array<PrimExpr> args = call->args;
    bool views = false;
    for (size_t i = 0; i < args.size(); ++i) {
      const auto* region = args[i].as<CallNode>();
      if (!region || !IsRegion(region)) continue;
      const BufferRegion given = tl::NormalizeToBufferRegion(args[i]);
      const Optional<Buffer> base = BaseOf(given->buffer);
      if (!base) continue;
      views = true;
      std::optional<OwnAxes> same = SameAxes(given, base.value());
      if (!same || !KeepsMeaning(OpName(call), i, *same, &args)) return VisitStmt(ToElementLoops(GetRef<Stmt>(node)));
      args.Set(i, RegionExpr(same->region));
    }
    if (!views) return GetRef<Stmt>(node);
    return Evaluate(Call(call->dtype, call->op, args, call->annotations, call->span), node->span);
  }

  struct OwnAxes {
    Region region;
    std::vector<int> axes;  // for each axis of the view the buffer's own; -1 for an axis that the view adds
  };

  // The region of the buffer itself, where the view only adds or drops axes of extent 1.
  std::optional<OwnAxes> SameAxes(const BufferRegion& given, const Buffer& base) {
    const Buffer& view = given->buffer;
    RequireDense(view);
    if (view->dtype != base->dtype) return std::nullopt;
    const Region region = ToRegion(view, given->region, span_, "the statement");
    OwnAxes out{{base, {}, {}}, std::vector<int>(view->shape.size(), -1)};
    size_t next = 0;
    auto skip = [&] {
      while (next < view->shape.size() && is_one(view->shape[next])) ++next;
    };
    for (size_t axis = 0; axis < base->shape.size(); ++axis) {
      if (is_one(base->shape[axis])) {
        out.region.mins.push_back(Int(0));
        out.region.extents.push_back(1);
        continue;
      }
      skip();
      if (next == view->shape.size() || !analyzer_.CanProveEqual(base->shape[axis], view->shape[next]))
        return std::nullopt;
      out.axes[next] = static_cast<int>(axis);
      out.region.mins.push_back(region.mins[next]);
      out.region.extents.push_back(region.extents[next++]);
    }
    skip();
    if (next < view->shape.size()) return std::nullopt;
    return out;
  }

  // Whether an operation means the same with the buffer's own axes in place of the view's as its argument `place`. One
  // that names an axis by its number gets the new number in `args`.
  static bool KeepsMeaning(const std::string& op, size_t place, const OwnAxes& own, Array<PrimExpr>* args) {
    const auto rank = static_cast<int>(own.axes.size()), base_rank = static_cast<int>(own.region.extents.size());
    if (op == "tl.tileop.reduce") {
      if (place != 0) return true;
      const auto* dim = (*args)[3].as<IntImmNode>();
      const int axis = own.axes.at(dim->value < 0 ? dim->value + rank : dim->value);
      if (axis >= 0) args->Set(3, Int(axis));
      return axis >= 0;
    }
    auto kept = [&](int from) {  // from this axis on, counted from the last
      if (rank < from || base_rank < from) return false;
      for (int back = 1; back <= from; ++back) {
        const int axis = own.axes[rank - back];
        if (axis >= 0 && axis != base_rank - back) return false;
      }
      return true;
    };
    if (op.rfind("tl.tileop.cum", 0) == 0) return rank == base_rank && kept(rank);  // both regions' axis of one number
    if (op.rfind("tl.tileop.gemm", 0) == 0) return kept(2);                         // the last two axes
    return true;
  }

  void RequireDense(const Buffer& view) {
    PrimExpr stride = Int(1);
    for (size_t d = view->strides.size(); d-- > 0;) {
      if (!analyzer_.CanProveEqual(view->strides[d], stride))
        Refuse(span_, "`" + std::string(view->name) + "` is a view with strides of its own", "use a dense view");
      stride = stride * view->shape[d];
    }
  }

  // Whether an element lies in the view: behind the end of its last axis the buffer goes on with the next row, which a
  // block at the view's edge must neither read nor write. True where that is known.
  PrimExpr Inside(const Buffer& view, const Array<PrimExpr>& indices) {
    PrimExpr inside = const_true();
    for (size_t d = 0; d < indices.size(); ++d) {
      for (const PrimExpr& bound : {indices[d] >= make_zero(indices[d]->dtype), indices[d] < view->shape[d]})
        if (!analyzer_.CanProve(bound)) inside = analyzer_.Simplify(inside && bound);
    }
    return inside;
  }

  PrimExpr Linear(const Buffer& view, const Array<PrimExpr>& indices) {
    RequireDense(view);
    PrimExpr place = Int(0);
    for (size_t d = 0; d < indices.size(); ++d) place = place * view->shape[d] + indices[d];
    return analyzer_.Simplify(place);
  }

  Array<PrimExpr> Unravel(const Buffer& base, PrimExpr place) {
    std::vector<PrimExpr> indices(base->shape.size(), Int(0));
    for (size_t d = base->shape.size(); d-- > 1;) {
      indices[d] = analyzer_.Simplify(floormod(place, base->shape[d]));
      place = analyzer_.Simplify(floordiv(place, base->shape[d]));
    }
    if (!indices.empty()) indices[0] = place;
    return Array<PrimExpr>(indices.begin(), indices.end());
  }

  std::unordered_map<const VarNode*, Buffer> bases_;  // by the memory that a buffer names
  arith::Analyzer analyzer_;
  Span span_;
};

}  // namespace

PrimFunc ResolveViews(PrimFunc func) {
  Stmt body = ViewResolver(func)(func->body);
  if (!body.same_as(func->body)) func.CopyOnWrite()->body = body;
  return func;
}

}  // namespace tltt::compiler

#include "analysis/element_loops.h"

#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "analysis/access.h"
#include "analysis/touches.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "ir/reduction.h"
#include "ir/same.h"
#include "ir/span_scope.h"
#include "op/atomic_add.h"
#include "op/atomic_reduce.h"
#include "op/reduce.h"
#include "op/scan.h"

namespace tltt::compiler {

namespace {

using Indices = std::vector<PrimExpr>;

// Loops over the extents, outermost first; axes of extent 1 get no loop.
Stmt Nest(const std::vector<int64_t>& extents, const Span& span, const std::function<Stmt(const Indices&)>& body) {
  Indices indices;
  std::vector<std::pair<Var, int64_t>> loops;
  for (int64_t extent : extents) {
    if (extent == 1) {
      indices.push_back(Int(0));
      continue;
    }
    Var v("e" + std::to_string(loops.size()), DataType::Int(32));
    loops.emplace_back(v, extent);
    indices.push_back(v);
  }
  Stmt out = body(indices);
  for (size_t i = loops.size(); i-- > 0;)
    out =
        For(loops[i].first, Int(0), Int(loops[i].second), ForKind::kSerial, out, std::nullopt, {}, std::nullopt, span);
  return out;
}

Array<PrimExpr> At(const Region& region, const Indices& offsets) {
  Array<PrimExpr> indices;
  for (size_t i = 0; i < offsets.size(); ++i) indices.push_back(region.mins[i] + offsets[i]);
  return indices;
}

// The offsets of the axes wider than 1, spread over a region that has them in the same order.
Array<PrimExpr> AtWide(const Region& region, const Indices& wide) {
  Indices offsets;
  size_t next = 0;
  for (int64_t extent : region.extents) offsets.push_back(extent == 1 ? Int(0) : wide[next++]);
  return At(region, offsets);
}

std::vector<int64_t> WideExtents(const Region& region) {
  std::vector<int64_t> extents;
  for (int axis : WideAxes(region.extents)) extents.push_back(region.extents[axis]);
  return extents;
}

PrimExpr To(DataType dtype, const PrimExpr& value) { return value->dtype == dtype ? value : Cast(dtype, value); }

// Sums of 16-bit floats are kept in 32 bits until they are stored.
DataType AccumulatorOf(DataType dtype) { return IsFloat(dtype) && dtype.bits() < 32 ? DataType::Float(32) : dtype; }

class ElementLoops : public StmtExprMutator {
 private:
  using StmtExprMutator::VisitExpr_;

  Stmt VisitStmt(const Stmt& stmt) final {
    const SpanScope scope(&span_, stmt);
    return StmtExprMutator::VisitStmt(stmt);
  }

  Stmt VisitStmt_(const ForNode* node) final {
    if (node->kind == ForKind::kThreadBinding)
      Refuse(node->span, "a loop bound to threads inside a loop over elements", "write the loop with T.serial");
    if (node->kind == ForKind::kParallel) RefuseExchange(node);
    auto copy = ffi::make_object<ForNode>(*node);
    copy->kind = ForKind::kSerial;
    copy->annotations = {};
    const bool outer = std::exchange(waits_, waits_ || LeavesLoop(node->body));
    copy->body = VisitStmt(node->body);
    waits_ = outer;
    return Stmt(copy);
  }
  Stmt VisitStmt_(const WhileNode* node) final {
    const bool outer = std::exchange(waits_, true);
    Stmt out = StmtExprMutator::VisitStmt_(node);
    waits_ = outer;
    return out;
  }

  // What T.atomic_load reads while the core has its turn is what all others have left there.
  PrimExpr VisitExpr_(const CallNode* node) final {
    if (node->op.same_as(tirx::builtin::if_then_else())) return Perhaps(node);
    if (hoisted_ && AtomicOf(node, true)) return Hoisted(node);
    if (OpName(node) != "tl.atomic_load_elem_op") return StmtExprMutator::VisitExpr_(node);
    if (waits_)
      Refuse(span_,
             "T.atomic_load in a loop that ends when it reads something: blocks do not wait for one another here",
             "split the kernel in two launches, or add up with T.atomic_add");
    const BufferLoadNode* load = AtomicElement(node->args[0], span_);
    return BufferLoad(load->buffer, load->indices);
  }
  PrimExpr VisitExpr_(const SelectNode* node) final { return Perhaps(node); }
  PrimExpr VisitExpr_(const AndNode* node) final { return Perhaps(node); }
  PrimExpr VisitExpr_(const OrNode* node) final { return Perhaps(node); }

  // An expression whose parts need not all be computed: nothing is taken out of it.
  template <typename Node>
  PrimExpr Perhaps(const Node* node) {
    Array<Stmt>* outer = std::exchange(hoisted_, nullptr);
    PrimExpr out = StmtExprMutator::VisitExpr_(node);
    hoisted_ = outer;
    return out;
  }

  // An update whose old value is a part of an expression comes in front of it, and the value gets a name.
  PrimExpr Hoisted(const CallNode* call) {
    Array<Stmt>* out = std::exchange(hoisted_, nullptr);
    Buffer kept = decl_buffer({Int(1)}, AtomicElement(call->args[0], span_)->buffer->dtype, "old", "local.var");
    const BufferStore naming(kept, make_zero(kept->dtype), {Int(0)}, std::nullopt, span_);
    out->push_back(AllocBuffer(kept));
    out->push_back(Update(call, naming.get()));
    hoisted_ = out;
    return To(call->dtype, BufferLoad(kept, {Int(0)}));
  }

  // The expression without the updates in it, which `before` gets.
  PrimExpr WithoutUpdates(const PrimExpr& expr, Array<Stmt>* before) {
    Array<Stmt>* outer = std::exchange(hoisted_, before);
    PrimExpr out = VisitExpr(expr);
    hoisted_ = outer;
    RefuseAtomics(out);
    return out;
  }

  Stmt VisitStmt_(const IfThenElseNode* node) final {
    Array<Stmt> before;
    const PrimExpr condition = WithoutUpdates(node->condition, &before);
    Optional<Stmt> other;
    if (node->else_case) other = VisitStmt(node->else_case.value());
    before.push_back(IfThenElse(condition, VisitStmt(node->then_case), other, node->span));
    return SeqStmt::Flatten(before);
  }

  // Iterations of T.Parallel run in any order: one that reads what another one stores has no defined value.
  void RefuseExchange(const ForNode* nest) {
    std::vector<const BufferStoreNode*> stores;
    std::set<const VarNode*> parallel;
    Map<Var, PrimExpr> other_iteration;
    arith::Analyzer any;
    PostOrderVisit(GetRef<Stmt>(nest), [&](const ffi::ObjectRef& ref) {
      if (const auto* store = ref.as<BufferStoreNode>()) stores.push_back(store);
      const auto* loop = ref.as<ForNode>();
      if (!loop || loop->kind != ForKind::kParallel) return;
      const Var other = loop->loop_var.copy_with_suffix("_other");
      parallel.insert(loop->loop_var.get());
      other_iteration.Set(loop->loop_var, other);
      any.Bind(loop->loop_var, Range::FromMinExtent(loop->min, loop->extent));
      any.Bind(other, Range::FromMinExtent(loop->min, loop->extent));
    });
    auto own = [&](const Array<PrimExpr>& indices) {  // the same place in every iteration
      for (const PrimExpr& index : indices)
        if (UsesVar(index, [&](const VarNode* v) { return parallel.count(v) > 0; })) return false;
      return true;
    };
    // Never the same place, whichever iterations the two are of: one lies below the other along some axis.
    auto apart = [&](const Array<PrimExpr>& a, const Array<PrimExpr>& b) {
      for (size_t d = 0; d < a.size(); ++d) {
        PrimExpr other = Substitute(b[d], other_iteration);
        if (any.CanProve(a[d] < other) || any.CanProve(other < a[d])) return true;
      }
      return false;
    };
    PostOrderVisit(nest->body, [&](const ffi::ObjectRef& ref) {
      const auto* load = ref.as<BufferLoadNode>();
      if (!load) return;
      bool stored = false, same = false;
      for (const BufferStoreNode* store : stores) {
        if (!store->buffer.same_as(load->buffer) || apart(store->indices, load->indices)) continue;
        stored = true;
        same = same || SameExprs(store->indices, load->indices) || (own(store->indices) && own(load->indices));
      }
      if (stored && !same) {
        Refuse(span_, "a value stored in this T.Parallel is read at another element",
               "split the loop in two, or write it with T.serial");
      }
    });
  }

  Stmt VisitStmt_(const BufferStoreNode* node) final {
    if (node->predicate) Refuse(span_, "predicated stores are not supported", "put the store under an `if`");
    const auto* cast = node->value.as<CastNode>();
    const auto* call = (cast ? cast->value : node->value).as<CallNode>();
    if (call && AtomicOf(call, true)) return Update(call, node);
    Array<Stmt> before;
    const PrimExpr value = WithoutUpdates(node->value, &before);
    const Array<PrimExpr> indices = node->indices.Map([&](const PrimExpr& index) { return VisitExpr(index); });
    before.push_back(BufferStore(node->buffer, value, indices, std::nullopt, node->span));
    return SeqStmt::Flatten(before);
  }

  Stmt VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    if (call && AtomicOf(call, false)) return Update(call, nullptr);
    if (call && AtomicOf(call, true)) return Update(call, nullptr);
    RefuseAtomics(node->value);
    if (!call || OpName(call).rfind("tl.tileop.", 0) != 0) return GetRef<Stmt>(node);
    tl::TileOperator op = tl::ParseOperator(GetRef<Call>(call));
    if (const auto* copy = op.as<tl::CopyNode>()) return ExpandCopy(copy);
    if (const auto* fill = op.as<tl::FillNode>()) return ExpandFill(fill);
    if (const auto* gemm = op.as<tl::GemmNode>()) return ExpandGemm(gemm);
    if (const auto* reduce = op.as<tl::ReduceOpNode>()) return ExpandReduce(reduce);
    if (const auto* scan = op.as<tl::CumSumOpNode>()) return ExpandScan(scan, false);
    if (const auto* scan = op.as<tl::CumMaxOpNode>()) return ExpandScan(scan, true);
    if (const auto* add = op.as<tl::AtomicAddNode>()) return ExpandUpdate(add, "add");
    if (const auto* max = op.as<tl::AtomicMaxNode>()) return ExpandUpdate(max, "max");
    if (const auto* min = op.as<tl::AtomicMinNode>()) return ExpandUpdate(min, "min");
    Refuse(span_, "operation `" + OpName(call) + "` is not supported on Tenstorrent",
           "write it as a loop over elements");
  }

  Stmt Store(const Buffer& buffer, const PrimExpr& value, const Array<PrimExpr>& indices) {
    return BufferStore(buffer, To(buffer->dtype, value), indices, std::nullopt, span_);
  }

  Stmt ExpandCopy(const tl::CopyNode* copy) {
    Region src = ToRegion(copy->src, copy->src_range, span_, "T.copy"),
           dst = ToRegion(copy->dst, copy->dst_range, span_, "T.copy");
    // Of blocks that differ, TileLang goes through the one that lies nearer to the threads, or else the source's.
    const bool tensors = IsGlobal(src.buffer) && IsGlobal(dst.buffer);
    const bool same_rank = WideExtents(src).size() == WideExtents(dst).size();
    const std::vector<int64_t> extents = tensors && same_rank ? WideExtents(src) : WideExtents(dst);
    if (WideExtents(src) != WideExtents(dst) && !(tensors && same_rank)) {
      Refuse(span_,
             "T.copy from `" + std::string(src.buffer->name) + "` to `" + std::string(dst.buffer->name) +
                 "`: the blocks differ in shape",
             "copy blocks of one shape");
    }
    return Nest(extents, span_, [&](const Indices& at) {
      return Store(dst.buffer, BufferLoad(src.buffer, AtWide(src, at)), AtWide(dst, at));
    });
  }

  // What an atomic element operation does: "add", "max", "min", "or", "store", "addx2", "addx4"; `previous`: one that
  // gives the old value.
  static std::optional<std::string> AtomicOf(const CallNode* call, bool previous) {
    static const std::set<std::string> kinds{"add", "max", "min", "or", "store", "addx2", "addx4"};
    const std::string name = OpName(call), prefix = "tl.atomic_", suffix = previous ? "_ret_elem_op" : "_elem_op";
    if (name.size() <= prefix.size() + suffix.size() || name.rfind(prefix, 0) != 0 ||
        name.compare(name.size() - suffix.size(), suffix.size(), suffix) != 0)
      return std::nullopt;
    const std::string kind = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
    return kinds.count(kind) ? std::optional<std::string>(kind) : std::nullopt;
  }

  static int64_t Lanes(const CallNode* call) {
    const std::string kind = AtomicOf(call, false).value_or(AtomicOf(call, true).value_or(""));
    return kind == "addx2" ? 2 : kind == "addx4" ? 4 : 1;
  }

  void RefuseAtomics(const PrimExpr& value) {
    PostOrderVisit(value, [&](const ffi::ObjectRef& ref) {
      const auto* call = ref.as<CallNode>();
      if (!call || OpName(call).rfind("tl.atomic_", 0) != 0 || OpName(call) == "tl.atomic_load_elem_op") return;
      Refuse(span_, "the old value of an atomic operation is a part of a choice or of a condition's second half",
             "give it a name first");
    });
  }

  static PrimExpr Combined(const std::string& kind, const PrimExpr& old, const PrimExpr& value) {
    const PrimExpr x = To(old->dtype, value);
    if (kind == "store") return x;
    return kind == "max" ? max(old, x) : kind == "min" ? min(old, x) : kind == "or" ? old | x : old + x;
  }

  // Element `lane` of those that `indices` name: along a ramp, or from the first one on.
  static Array<PrimExpr> Lane(Array<PrimExpr> indices, int64_t lane) {
    const auto* ramp = indices.back().as<RampNode>();
    const PrimExpr base = ramp ? ramp->base : indices.back();
    const PrimExpr step = ramp ? ramp->stride : make_const(base->dtype, 1);
    indices.Set(indices.size() - 1, base + step * make_const(base->dtype, lane));
    return indices;
  }

  // Read, combine, write back: other cores wait meanwhile (ir/turns.h). `previous` stores the old value.
  Stmt Update(const CallNode* call, const BufferStoreNode* previous) {
    const std::string kind = AtomicOf(call, false).value_or(AtomicOf(call, true).value_or(""));
    const BufferLoadNode* target = AtomicElement(call->args[0], span_);
    if (const int64_t lanes = Lanes(call); lanes > 1) {
      if (previous) BrokenContract("element loops", "old values of several lanes are taken lane by lane");
      const BufferLoadNode* source = AtomicElement(call->args[1], span_);
      Array<Stmt> updates;
      for (int64_t lane = 0; lane < lanes; ++lane) {
        const PrimExpr old = BufferLoad(target->buffer, Lane(target->indices, lane));
        const PrimExpr value = BufferLoad(source->buffer, Lane(source->indices, lane));
        updates.push_back(Store(target->buffer, Combined(kind, old, value), Lane(target->indices, lane)));
      }
      return SeqStmt(updates);
    }
    RefuseAtomics(call->args[1]);
    const PrimExpr value = VisitExpr(call->args[1]), old = BufferLoad(target->buffer, target->indices);
    if (!previous) return Store(target->buffer, Combined(kind, old, value), target->indices);
    Buffer kept = decl_buffer({Int(1)}, target->buffer->dtype, "old", "local.var");
    return SeqStmt({AllocBuffer(kept), Store(kept, old, {Int(0)}),
                    Store(target->buffer, Combined(kind, BufferLoad(kept, {Int(0)}), value), target->indices),
                    Store(previous->buffer, BufferLoad(kept, {Int(0)}), previous->indices)});
  }

  Stmt ExpandUpdate(const tl::AtomicOpBaseNode* update, const std::string& kind) {
    Region dst = ToRegion(update->dst, update->dst_range, span_, "an atomic operation");
    if (!update->src.defined()) {
      return Nest(dst.extents, span_, [&](const Indices& at) {
        const Array<PrimExpr> place = At(dst, at);
        return Store(dst.buffer, Combined(kind, BufferLoad(dst.buffer, place), update->src_value), place);
      });
    }
    Region src = ToRegion(update->src, update->src_range, span_, "an atomic operation");
    if (WideExtents(src) != WideExtents(dst)) {
      Refuse(span_,
             "an atomic operation between blocks of `" + std::string(src.buffer->name) + "` and `" +
                 std::string(dst.buffer->name) + "` that differ in shape",
             "use blocks of one shape");
    }
    return Nest(WideExtents(dst), span_, [&](const Indices& at) {
      const Array<PrimExpr> place = AtWide(dst, at);
      return Store(dst.buffer, Combined(kind, BufferLoad(dst.buffer, place), BufferLoad(src.buffer, AtWide(src, at))),
                   place);
    });
  }

  Stmt ExpandFill(const tl::FillNode* fill) {
    Region dst = ToRegion(fill->dst, fill->region, span_, "T.fill");
    return Nest(dst.extents, span_, [&](const Indices& at) { return Store(dst.buffer, fill->value, At(dst, at)); });
  }

  Stmt ExpandGemm(const tl::GemmNode* gemm) {
    auto region = [&](const BufferRegion& r) { return ToRegion(r->buffer, r->region, span_, "T.gemm"); };
    Region a = region(gemm->aRegion_), b = region(gemm->bRegion_), c = region(gemm->cRegion_);
    auto at = [](const Region& r, const PrimExpr& row, const PrimExpr& col) {
      Indices offsets(r.extents.size(), Int(0));
      offsets[offsets.size() - 2] = row;
      offsets.back() = col;
      return At(r, offsets);
    };
    const DataType type = AccumulatorOf(c.buffer->dtype);
    Buffer sum = decl_buffer({Int(1)}, type, "sum", "local.var");
    PrimExpr clear = gemm->clearAccum_;
    if (!clear->dtype.is_bool()) clear = clear != 0;
    return Nest({gemm->m_, gemm->n_}, span_, [&](const Indices& ij) {
      Array<PrimExpr> c_at = at(c, ij[0], ij[1]);
      PrimExpr before = To(type, BufferLoad(c.buffer, c_at));
      Stmt products = Nest({gemm->k_}, span_, [&](const Indices& k) {
        PrimExpr x = BufferLoad(a.buffer, gemm->transA_ ? at(a, k[0], ij[0]) : at(a, ij[0], k[0]));
        PrimExpr y = BufferLoad(b.buffer, gemm->transB_ ? at(b, ij[1], k[0]) : at(b, k[0], ij[1]));
        return Store(sum, BufferLoad(sum, {Int(0)}) + To(type, x) * To(type, y), {Int(0)});
      });
      PrimExpr zero = make_zero(type);
      return SeqStmt({AllocBuffer(sum),
                      Store(sum,
                            is_zero(clear)  ? before
                            : is_one(clear) ? zero
                                            : Select(clear, zero, before),
                            {Int(0)}),
                      products, Store(c.buffer, BufferLoad(sum, {Int(0)}), c_at)});
    });
  }

  static std::string KindOf(const tl::ReduceType& type) {
    if (type->IsMax() || type->IsAbsMax()) return "max";
    if (type->IsMin()) return "min";
    if (type->IsBitAnd()) return "bitand";
    if (type->IsBitOr()) return "bitor";
    return type->IsBitXor() ? "bitxor" : "sum";
  }

  Stmt ExpandReduce(const tl::ReduceOpNode* reduce) {
    Region src = ToRegion(reduce->srcRegion_->buffer, reduce->srcRegion_->region, span_, "T.reduce"),
           dst = ToRegion(reduce->dstRegion_->buffer, reduce->dstRegion_->region, span_, "T.reduce");
    const auto rank = static_cast<int>(src.extents.size());
    const int dim = reduce->dim < 0 ? reduce->dim + rank : reduce->dim;
    const DataType type = AccumulatorOf(dst.buffer->dtype);
    const bool magnitude = reduce->type->IsAbsSum() || reduce->type->IsAbsMax();
    std::string kind = KindOf(reduce->type);
    if (reduce->nan_propagate && (kind == "max" || kind == "min") && IsFloat(type)) kind += "_nan";
    const PrimExpr start = magnitude ? make_zero(type) : IdentityOf(kind, type);
    Buffer acc = decl_buffer({Int(1)}, type, "acc", "local.var");
    std::vector<int64_t> outer = src.extents;
    const int64_t length = outer[dim];
    outer[dim] = 1;
    const std::vector<int> left = WideAxes(outer);  // axes of extent 1 may be left out of the result
    if (WideExtents(dst) != WideExtents(Region{src.buffer, src.mins, outer}))
      BrokenContract("SelectRiscvPath", "T.reduce into a block of another shape, which TileLang refuses by itself");
    return Nest(outer, span_, [&](const Indices& at) {
      Stmt steps = Nest({length}, span_, [&](const Indices& k) {
        Indices place = at;
        place[dim] = k[0];
        PrimExpr x = To(type, BufferLoad(src.buffer, At(src, place)));
        return Store(acc, Combine(kind, BufferLoad(acc, {Int(0)}), magnitude ? abs(x) : x), {Int(0)});
      });
      Indices to;
      for (int axis : left) to.push_back(at[axis]);
      Array<PrimExpr> place = AtWide(dst, to);
      PrimExpr result = BufferLoad(acc, {Int(0)});
      if (!reduce->clear) result = Combine(kind, To(type, BufferLoad(dst.buffer, place)), result);
      return SeqStmt({AllocBuffer(acc), Store(acc, start, {Int(0)}), steps, Store(dst.buffer, result, place)});
    });
  }

  template <typename Node>
  Stmt ExpandScan(const Node* scan, bool maximum) {
    Region src = ToRegion(scan->srcRegion_->buffer, scan->srcRegion_->region, span_, "a scan"),
           dst = ToRegion(scan->dstRegion_->buffer, scan->dstRegion_->region, span_, "a scan");
    if (src.extents != dst.extents) Refuse(span_, "a scan between blocks of different shapes", "use one shape");
    const auto rank = static_cast<int>(src.extents.size());
    const int dim = scan->dim < 0 ? scan->dim + rank : scan->dim;
    const DataType type = AccumulatorOf(dst.buffer->dtype);
    Buffer acc = decl_buffer({Int(1)}, type, "acc", "local.var");
    std::vector<int64_t> outer = src.extents;
    const int64_t length = outer[dim];
    outer[dim] = 1;
    const std::string kind = maximum ? "max" : "sum";
    const PrimExpr start = IdentityOf(kind, type);
    return Nest(outer, span_, [&](const Indices& at) {
      Stmt steps = Nest({length}, span_, [&](const Indices& k) {
        Indices place = at;
        place[dim] = scan->reverse ? Int(length - 1) - k[0] : k[0];
        PrimExpr x = To(type, BufferLoad(src.buffer, At(src, place))), old = BufferLoad(acc, {Int(0)});
        return SeqStmt({Store(acc, Combine(kind, old, x), {Int(0)}),
                        Store(dst.buffer, BufferLoad(acc, {Int(0)}), At(dst, place))});
      });
      return SeqStmt({AllocBuffer(acc), Store(acc, start, {Int(0)}), steps});
    });
  }

  Span span_;
  Array<Stmt>* hoisted_ = nullptr;  // what comes in front of the expression at hand, all of which is computed
  bool waits_ = false;              // inside a loop that ends when something has happened
};

}  // namespace

Stmt ToElementLoops(const Stmt& stmt) { return ElementLoops()(stmt); }

}  // namespace tltt::compiler

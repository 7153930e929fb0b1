#include "passes/vector_lanes.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analysis/access.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/same.h"
#include "ir/span_scope.h"

namespace tltt::compiler {
namespace {

bool IsVector(DataType dtype) { return dtype.lanes() > 1; }

class LaneSplitter : public StmtExprMutator {
 private:
  using StmtExprMutator::VisitExpr_;
  // What takes the place of an on-chip buffer of vectors: a variable for each lane, or an array with an axis of lanes.
  struct Split {
    std::vector<Buffer> variables;
    Buffer array;
  };

  Stmt VisitStmt(const Stmt& stmt) final {
    const SpanScope scope(&span_, stmt);
    return AtPlaceOf(stmt, StmtExprMutator::VisitStmt(stmt));
  }

  std::vector<Buffer> Declared(const Buffer& buffer) {
    if (!IsVector(buffer->dtype) || IsGlobal(buffer)) return {buffer};
    const DataType lane = buffer->dtype.element_of();
    Split split;
    if (IsScalarVariable(buffer)) {
      for (int k = 0; k < buffer->dtype.lanes(); ++k)
        split.variables.push_back(
            decl_buffer(buffer->shape, lane, std::string(buffer->name) + "_" + std::to_string(k), buffer.scope()));
    } else {
      Array<PrimExpr> shape = buffer->shape;
      shape.push_back(Int(buffer->dtype.lanes()));
      split.array = decl_buffer(shape, lane, buffer->name, buffer.scope());
    }
    splits_[buffer.get()] = split;
    return split.variables.empty() ? std::vector<Buffer>{split.array} : split.variables;
  }

  Stmt VisitStmt_(const SBlockNode* node) final {
    Array<Buffer> allocs;
    for (const Buffer& buffer : node->alloc_buffers)
      for (const Buffer& own : Declared(buffer)) allocs.push_back(own);
    auto copy = ffi::make_object<SBlockNode>(*node);
    copy->alloc_buffers = allocs;
    copy->body = VisitStmt(node->body);
    return Stmt(copy);
  }
  Stmt VisitStmt_(const AllocBufferNode* node) final {
    if (!IsVector(node->buffer->dtype)) return GetRef<Stmt>(node);
    Array<Stmt> allocs;
    for (const Buffer& own : Declared(node->buffer)) allocs.push_back(AllocBuffer(own, {}, node->span));
    return SeqStmt::Flatten(allocs);
  }

  Stmt VisitStmt_(const BindNode* node) final {
    if (!IsVector(node->var.dtype())) return StmtExprMutator::VisitStmt_(node);
    Array<Stmt> binds;
    std::vector<Var> lanes;
    for (int k = 0; k < node->var.dtype().lanes(); ++k) {
      lanes.emplace_back(std::string(node->var->name_hint) + "_" + std::to_string(k), node->var.dtype().element_of());
      binds.push_back(Bind(lanes.back(), Lane(node->value, k), node->span));
    }
    vars_[node->var.get()] = lanes;
    return SeqStmt(binds);
  }

  Stmt VisitStmt_(const BufferStoreNode* node) final {
    const int count = node->value->dtype.lanes();
    if (count == 1 && !splits_.count(node->buffer.get())) return StmtExprMutator::VisitStmt_(node);
    if (IsVector(node->buffer->dtype) && IsGlobal(node->buffer)) return GetRef<Stmt>(node);
    Array<Stmt> stores, results;
    for (int k = 0; k < count; ++k) {
      const auto [buffer, indices] = Place(node->buffer, node->indices, k);
      PrimExpr value = Lane(node->value, k);
      if (ReadsOther(node)) {  // a lane that is stored first must not be read by another
        Buffer kept = decl_buffer({Int(1)}, value->dtype, "lane", "local.var");
        stores.push_back(AllocBuffer(kept));
        stores.push_back(BufferStore(kept, value, {Int(0)}, std::nullopt, node->span));
        value = BufferLoad(kept, {Int(0)});
      }
      results.push_back(BufferStore(buffer, value, indices, std::nullopt, node->span));
    }
    return SeqStmt::Flatten(stores, results);
  }

  // Whether the value reads the memory that the store writes, at another place.
  static bool ReadsOther(const BufferStoreNode* node) {
    bool reads = false;
    PostOrderVisit(node->value, [&](const ffi::ObjectRef& ref) {
      const auto* load = ref.as<BufferLoadNode>();
      reads =
          reads || (load && load->buffer->data.same_as(node->buffer->data) && !SameExprs(load->indices, node->indices));
    });
    return reads;
  }

  // Where lane k of an access lies: a variable, a place along the axis of lanes, or one of a slice.
  std::pair<Buffer, Array<PrimExpr>> Place(const Buffer& buffer, const Array<PrimExpr>& given, int k) {
    Array<PrimExpr> indices;
    for (const PrimExpr& index : given) indices.push_back(IsVector(index->dtype) ? Lane(index, k) : VisitExpr(index));
    auto it = splits_.find(buffer.get());
    if (it == splits_.end()) return {buffer, indices};
    if (!it->second.variables.empty()) return {it->second.variables.at(k), indices};
    indices.push_back(Int(k));
    return {it->second.array, indices};
  }

  PrimExpr VisitExpr_(const ShuffleNode* node) final {
    return IsVector(node->dtype) ? GetRef<PrimExpr>(node) : ShuffledLane(node, 0);
  }

  PrimExpr ShuffledLane(const ShuffleNode* node, int k) {
    const auto* index = node->indices[k].as<IntImmNode>();
    if (!index) Refuse(span_, "a lane of a vector whose number is not constant", "keep the lanes in an array");
    int64_t place = index->value;
    for (const PrimExpr& vector : node->vectors) {
      const int lanes = vector->dtype.lanes();
      if (place < lanes) return Lane(vector, static_cast<int>(place));
      place -= lanes;
    }
    BrokenContract("frontend", "a shuffle beyond its vectors");
  }

  PrimExpr VisitExpr_(const CallNode* node) final {
    const bool bits = node->op.same_as(builtin::reinterpret());
    if (bits && !IsVector(node->dtype) && IsVector(node->args[0]->dtype)) return Joined(node);
    if (IsRegion(node)) return Block(node);
    return StmtExprMutator::VisitExpr_(node);
  }

  // The bits of all lanes as one number, the first lane in the lowest.
  PrimExpr Joined(const CallNode* node) {
    const PrimExpr& vector = node->args[0];
    const DataType lane = DataType::UInt(vector->dtype.bits()), whole = DataType::UInt(node->dtype.bits());
    PrimExpr joined = make_zero(whole);
    for (int k = 0; k < vector->dtype.lanes(); ++k)
      joined = joined | (cast(whole, Bits(Lane(vector, k), lane)) << make_const(whole, k * lane.bits()));
    return Bits(joined, node->dtype);
  }
  static PrimExpr Bits(const PrimExpr& value, DataType dtype) {
    return value->dtype == dtype ? value : Call(dtype, builtin::reinterpret(), {value});
  }

  // tl.region(first element, access, extents...): all lanes of a block of vectors.
  PrimExpr Block(const CallNode* node) {
    const auto* first = node->args[0].as<BufferLoadNode>();
    auto it = first ? splits_.find(first->buffer.get()) : splits_.end();
    if (it == splits_.end()) return StmtExprMutator::VisitExpr_(node);
    if (!it->second.variables.empty())
      Refuse(span_, "a variable of several lanes taken as a block", "make it an array: T.alloc_local");
    Array<PrimExpr> indices;
    for (const PrimExpr& index : first->indices) indices.push_back(VisitExpr(index));
    indices.push_back(Int(0));
    Array<PrimExpr> args{BufferLoad(it->second.array, indices)};
    for (size_t i = 1; i < node->args.size(); ++i) args.push_back(VisitExpr(node->args[i]));
    args.push_back(Int(first->buffer->dtype.lanes()));
    return Call(node->dtype, node->op, args, node->annotations, node->span);
  }

  // Lane k of a value; a scalar is the same in all lanes.
  PrimExpr Lane(const PrimExpr& e, int k) {
    if (!IsVector(e->dtype)) return VisitExpr(e);
    auto lane = [&](const PrimExpr& part) { return Lane(part, k); };
    if (const auto* n = e.as<BroadcastNode>()) return VisitExpr(n->value);
    if (const auto* n = e.as<RampNode>())
      return VisitExpr(n->base) + VisitExpr(n->stride) * make_const(n->stride->dtype, k);
    if (const auto* n = e.as<ShuffleNode>()) return ShuffledLane(n, k);
    if (const auto* n = e.as<CastNode>()) return cast(n->dtype.element_of(), lane(n->value));
    if (const auto* n = e.as<BufferLoadNode>()) {
      if (IsVector(n->buffer->dtype) && IsGlobal(n->buffer)) return e;
      const auto [buffer, indices] = Place(n->buffer, n->indices, k);
      return BufferLoad(buffer, indices);
    }
    if (const auto* n = e.as<VarNode>())
      if (auto it = vars_.find(n); it != vars_.end()) return it->second.at(k);
    if (const auto* n = e.as<AddNode>()) return lane(n->a) + lane(n->b);
    if (const auto* n = e.as<SubNode>()) return lane(n->a) - lane(n->b);
    if (const auto* n = e.as<MulNode>()) return lane(n->a) * lane(n->b);
    if (const auto* n = e.as<DivNode>()) return div(lane(n->a), lane(n->b));
    if (const auto* n = e.as<FloorDivNode>()) return floordiv(lane(n->a), lane(n->b));
    if (const auto* n = e.as<FloorModNode>()) return floormod(lane(n->a), lane(n->b));
    if (const auto* n = e.as<MinNode>()) return min(lane(n->a), lane(n->b));
    if (const auto* n = e.as<MaxNode>()) return max(lane(n->a), lane(n->b));
    if (const auto* n = e.as<LTNode>()) return lane(n->a) < lane(n->b);
    if (const auto* n = e.as<LENode>()) return lane(n->a) <= lane(n->b);
    if (const auto* n = e.as<GTNode>()) return lane(n->a) > lane(n->b);
    if (const auto* n = e.as<GENode>()) return lane(n->a) >= lane(n->b);
    if (const auto* n = e.as<EQNode>()) return lane(n->a) == lane(n->b);
    if (const auto* n = e.as<NENode>()) return lane(n->a) != lane(n->b);
    if (const auto* n = e.as<AndNode>()) return lane(n->a) && lane(n->b);
    if (const auto* n = e.as<OrNode>()) return lane(n->a) || lane(n->b);
    if (const auto* n = e.as<NotNode>()) return !lane(n->a);
    if (const auto* n = e.as<SelectNode>())
      return Select(lane(n->condition), lane(n->true_value), lane(n->false_value));
    if (const auto* n = e.as<CallNode>()) return CallLane(n, k);
    Refuse(span_, "a value of " + ffi::DLDataTypeToString(e->dtype) + " that is not computed lane by lane",
           "compute with the lanes: T.extract_lane");
  }

  PrimExpr CallLane(const CallNode* call, int k) {
    const std::string name = OpName(call);
    const DataType dtype = call->dtype.element_of();
    if (name == "tl.atomic_addx2_ret_elem_op" || name == "tl.atomic_addx4_ret_elem_op")
      return Call(dtype, Op::Get("tl.atomic_add_ret_elem_op"),
                  {PointerLane(call->args[0], k), LoadLane(call->args[1], k)}, call->annotations, call->span);
    if (call->op.same_as(builtin::reinterpret()) && call->args[0]->dtype.lanes() != call->dtype.lanes()) {
      const PrimExpr& first = call->args[0];
      if (IsVector(first->dtype))
        Refuse(span_,
               "bits of " + ffi::DLDataTypeToString(first->dtype) + " taken as " + ffi::DLDataTypeToString(call->dtype),
               "take them as one number first");
      const DataType whole = DataType::UInt(first->dtype.bits()), part = DataType::UInt(dtype.bits());
      return Bits(cast(part, Bits(VisitExpr(first), whole) >> make_const(whole, k * dtype.bits())), dtype);
    }
    std::vector<PrimExpr> args;
    for (const PrimExpr& arg : call->args) args.push_back(arg.as<StringImmNode>() ? arg : Lane(arg, k));
    if (name == "tl.add2") return args[0] + args[1];
    if (name == "tl.sub2") return args[0] - args[1];
    if (name == "tl.mul2") return args[0] * args[1];
    if (name == "tl.fma2") return Call(dtype, Op::Get("tl.fma"), {args[0], args[1], args[2]});
    if (name == "tl.max2") return max(args[0], args[1]);
    if (name == "tl.min2") return min(args[0], args[1]);
    if (name == "tl.abs2") return abs(args[0]);
    if (SideEffect(GetRef<PrimExpr>(call)) > CallEffectKind::kReadState)
      Refuse(span_, "`" + name + "` of a value of " + ffi::DLDataTypeToString(call->dtype), "call it for each lane");
    return Call(dtype, call->op, Array<PrimExpr>(args.begin(), args.end()), call->annotations, call->span);
  }

  // tl.access_ptr(element, ...) of the element k places further on.
  static BufferLoad Further(const PrimExpr& pointer, int k, const Span& span) {
    const BufferLoadNode* load = AtomicElement(pointer, span);
    Array<PrimExpr> indices = load->indices;
    indices.Set(indices.size() - 1, indices.back() + make_const(indices.back()->dtype, k));
    return BufferLoad(load->buffer, indices);
  }
  PrimExpr LoadLane(const PrimExpr& pointer, int k) { return VisitExpr(Further(pointer, k, span_)); }
  PrimExpr PointerLane(const PrimExpr& pointer, int k) {
    const PrimExpr element = VisitExpr(Further(pointer, k, span_));
    const auto* access = pointer.as<CallNode>();
    Array<PrimExpr> args = access->args;
    args.Set(0, element);
    return Call(access->dtype, access->op, args, access->annotations, access->span);
  }

  std::unordered_map<const BufferNode*, Split> splits_;
  std::unordered_map<const VarNode*, std::vector<Var>> vars_;  // names of vectors, lane by lane
  Span span_;
};

bool HasVectors(const PrimFunc& func) {
  bool found = false;
  PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
    const auto* expr = ref.as<PrimExprNode>();
    const auto* alloc = ref.as<AllocBufferNode>();
    found =
        found || (expr && IsVector(expr->dtype)) || ref.as<ShuffleNode>() || (alloc && IsVector(alloc->buffer->dtype));
    if (const auto* block = ref.as<SBlockNode>())
      for (const Buffer& buffer : block->alloc_buffers) found = found || IsVector(buffer->dtype);
  });
  return found;
}

}  // namespace

PrimFunc SplitLanes(PrimFunc func) {
  if (!HasVectors(func)) return func;
  Stmt body = LaneSplitter()(func->body);
  func.CopyOnWrite()->body = body;
  return func;
}

}  // namespace tltt::compiler

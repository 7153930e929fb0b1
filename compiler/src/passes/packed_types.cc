#include "passes/packed_types.h"

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "analysis/access.h"
#include "analysis/element_loops.h"
#include "ir/attrs.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/sharing.h"
#include "ir/span_scope.h"
#include "passes/operation_loops.h"

namespace tltt::compiler {

int PackedInByte(DataType dtype) {
  const bool packs = (dtype.is_int() || dtype.is_uint()) && dtype.bits() == 4;
  return (packs || dtype.is_float4_e2m1fn()) && dtype.lanes() == 1 ? 8 / dtype.bits() : 1;
}

namespace {

const DataType kByte = DataType::UInt(8);

bool IsNarrowInteger(DataType dtype) { return PackedInByte(dtype) > 1 && !dtype.is_float4_e2m1fn(); }

// A byte's two elements as one value, which is what torch has a type of.
bool IsPair(DataType dtype) { return dtype.is_float4_e2m1fn() && dtype.lanes() == 2; }

// The type that holds one element in a byte of its own.
DataType Unpacked(DataType dtype) {
  return !IsNarrowInteger(dtype) ? dtype : dtype.is_uint() ? kByte : DataType::Int(8);
}

PrimExpr ByteOf(int value) { return make_const(kByte, value); }
int MaskOf(DataType narrow) { return (1 << narrow.bits()) - 1; }

// The number that the lowest bits of a byte stand for.
PrimExpr FromBits(const PrimExpr& byte, DataType narrow) {
  if (narrow.is_float4_e2m1fn()) return Call(narrow, builtin::reinterpret(), {byte & ByteOf(MaskOf(narrow))});
  if (narrow.is_uint()) return byte & ByteOf(MaskOf(narrow));
  const PrimExpr unused = make_const(DataType::Int(8), 8 - narrow.bits());
  return (cast(DataType::Int(8), byte << ByteOf(8 - narrow.bits())) >> unused);
}

// A value as it is after it was held in the narrow type.
PrimExpr Cut(const PrimExpr& value, DataType narrow) {
  return IsNarrowInteger(narrow) ? FromBits(cast(kByte, value), narrow) : value;
}

PrimExpr ToBits(const PrimExpr& value, DataType narrow) {
  const PrimExpr byte =
      narrow.is_float4_e2m1fn() ? PrimExpr(Call(kByte, builtin::reinterpret(), {value})) : cast(kByte, value);
  return byte & ByteOf(MaskOf(narrow));
}

class Unpacker : public Sharing<StmtExprMutator> {
 public:
  explicit Unpacker(const PrimFunc& func) {
    for (const auto& [param, buffer] : func->buffer_map) Own(buffer);
    PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
      if (const auto* alloc = ref.as<AllocBufferNode>()) Own(alloc->buffer);
      if (const auto* block = ref.as<SBlockNode>())
        for (const Buffer& buffer : block->alloc_buffers) Own(buffer);
    });
  }

  // The buffer in the shape and dtype that its memory has.
  Buffer Stored(const Buffer& buffer) {
    auto [it, fresh] = stored_.emplace(buffer.get(), buffer);
    if (!fresh) return it->second;
    const int packed = PackedInByte(buffer->dtype);
    auto own = owners_.find(buffer->data.get());
    const bool unpacked = own != owners_.end() && !IsGlobal(own->second) && PackedInByte(own->second->dtype) > 1;
    if (unpacked && buffer->dtype != own->second->dtype)
      Refuse(span_,
             "`" + std::string(buffer->name) + "` is a view of `" + std::string(own->second->name) + "`, whose " +
                 "elements have a byte each on this chip, with elements of another type",
             "make the buffer one of bytes and view it as " + ffi::DLDataTypeToString(own->second->dtype));
    const bool pairs = IsPair(buffer->dtype) && IsGlobal(buffer);
    if (packed == 1 && !pairs) return buffer;
    auto copy = ffi::make_object<BufferNode>(*buffer.get());
    if (pairs) {
      copy->dtype = kByte;
      packed_.emplace(buffer.get(), buffer->dtype);
      return it->second = Buffer(copy);
    }
    copy->dtype = unpacked ? Unpacked(buffer->dtype) : kByte;
    if (!unpacked) PackShape(buffer, packed, copy.get());
    it->second = Buffer(copy);
    if (!unpacked) packed_.emplace(buffer.get(), buffer->dtype);
    return it->second;
  }

 private:
  void Own(const Buffer& buffer) { owners_.emplace(buffer->data.get(), buffer); }

  void PackShape(const Buffer& buffer, int packed, BufferNode* copy) {
    const std::string what = "`" + std::string(buffer->name) + "` of " + ffi::DLDataTypeToString(buffer->dtype);
    const PrimExpr count = make_const(DataType::Int(64), packed);
    auto in_bytes = [&](const PrimExpr& elements, const std::string& of) {
      if (!analyzer_.CanProveEqual(floormod(cast(DataType::Int(64), elements), count), 0))
        Refuse(buffer->span.defined() ? buffer->span : span_, of + " of " + what + " fills no whole bytes",
               "use a multiple of " + std::to_string(packed));
      return analyzer_.Simplify(floordiv(elements, make_const(elements->dtype, packed)));
    };
    if (buffer->shape.empty()) Refuse(span_, what + " has no axis", "give it a last axis of whole bytes");
    copy->shape.Set(buffer->shape.size() - 1, in_bytes(buffer->shape.back(), "the last axis"));
    for (size_t d = 0; d + 1 < buffer->strides.size(); ++d)
      copy->strides.Set(d, in_bytes(buffer->strides[d], "a stride"));
  }

  Stmt VisitStmt(const Stmt& stmt) final {
    const SpanScope scope(&span_, stmt);
    return AtPlaceOf(stmt, Sharing::VisitStmt(stmt));
  }

  Buffer VisitBufferDef(const Buffer& buffer, bool) final { return Stored(buffer); }
  Buffer VisitBufferUse(const Buffer& buffer) final { return Stored(buffer); }

  Stmt VisitStmt_(const ForNode* node) final {
    const bool block = node->kind == ForKind::kThreadBinding && node->thread_binding &&
                       std::string(node->thread_binding.value()->thread_tag).rfind("blockIdx.", 0) == 0;
    const bool apart = Differs(node->extent);
    if (block) {
      blocks_.insert(node->loop_var.get());
    } else {
      inner_.Set(node->loop_var, cast(node->loop_var.dtype(), Substitute(node->min, inner_)));
    }
    return Apart(apart, [&] { return Sharing::VisitStmt_(node); });
  }

  Stmt VisitStmt_(const BindNode* node) final {
    const bool thread = AsThreadIndex(node->value);
    if (thread) inner_.Set(node->var, make_zero(node->var.dtype()));
    if (!thread && node->value->dtype.is_int()) inner_.Set(node->var, Substitute(node->value, inner_));
    if (!IsNarrowInteger(node->var.dtype())) return Sharing::VisitStmt_(node);
    const Var wide(node->var->name_hint, Unpacked(node->var.dtype()));
    const PrimExpr value = VisitExpr(node->value);
    vars_.Set(node->var, wide);
    return Bind(wide, value, node->span);
  }
  PrimExpr VisitExpr_(const VarNode* node) final {
    return vars_.Get(GetRef<Var>(node)).value_or(GetRef<PrimExpr>(node));
  }

  Array<PrimExpr> Visited(const Array<PrimExpr>& indices) {
    Array<PrimExpr> out;
    for (const PrimExpr& index : indices) out.push_back(VisitExpr(index));
    return out;
  }

  // Where an element of a packed buffer lies: the indices of its byte, and how far up in it.
  std::pair<Array<PrimExpr>, PrimExpr> PlaceOf(const Array<PrimExpr>& given, DataType narrow) {
    Array<PrimExpr> indices = Visited(given);
    const PrimExpr last = indices.back(), count = make_const(last->dtype, PackedInByte(narrow));
    indices.Set(indices.size() - 1, analyzer_.Simplify(floordiv(last, count)));
    const PrimExpr part = analyzer_.Simplify(floormod(last, count));
    return {indices, cast(kByte, part) * ByteOf(narrow.bits())};
  }

  PrimExpr VisitExpr_(const BufferLoadNode* node) final {
    const Buffer stored = Stored(node->buffer);
    auto it = packed_.find(node->buffer.get());
    if (it != packed_.end() && IsPair(it->second)) {
      const PrimExpr byte = BufferLoad(stored, Visited(node->indices));
      const DataType element = it->second.element_of();
      return Shuffle({FromBits(byte, element), FromBits(byte >> ByteOf(element.bits()), element)}, {Int(0), Int(1)});
    }
    if (it != packed_.end()) {
      const auto [indices, shift] = PlaceOf(node->indices, it->second);
      return FromBits(BufferLoad(stored, indices) >> shift, it->second);
    }
    PrimExpr expr = Sharing::VisitExpr_(node);
    const auto* load = expr.as<BufferLoadNode>();
    return load == node ? expr : BufferLoad(stored, load->indices, load->predicate, load->span);
  }

  Stmt VisitStmt_(const BufferStoreNode* node) final {
    const Buffer stored = Stored(node->buffer);
    auto it = packed_.find(node->buffer.get());
    const PrimExpr value = VisitExpr(node->value);
    if (it == packed_.end()) return BufferStore(stored, value, Visited(node->indices), node->predicate, node->span);
    const DataType narrow = it->second;
    if (IsPair(narrow)) {
      auto part = [&](int lane) { return ToBits(Shuffle({value}, {Int(lane)}), narrow.element_of()); };
      return BufferStore(stored, part(0) | (part(1) << ByteOf(narrow.bits())), Visited(node->indices), node->predicate,
                         node->span);
    }
    if (IsGlobal(stored)) RequireOwnBytes(node);
    const auto [indices, shift] = PlaceOf(node->indices, narrow);
    const PrimExpr others = BufferLoad(stored, indices) & ~(ByteOf(MaskOf(narrow)) << shift);
    return BufferStore(stored, others | (ToBits(value, narrow) << shift), indices, node->predicate, node->span);
  }

  // Elements that a block's own loops and threads go through lie in bytes that no other block writes parts of, where
  // what is left of the last index without them is a whole number of bytes. Where a part of a byte is left (`2 * j +
  // 1`), all stores have to start in the same bytes in every block, so that each block in the end stores bytes whole.
  void RequireOwnBytes(const BufferStoreNode* node) {
    const DataType type = node->indices.back()->dtype;
    const PrimExpr count = make_const(type, PackedInByte(node->buffer->dtype));
    Array<PrimExpr> start;
    for (const PrimExpr& index : node->indices) start.push_back(analyzer_.Simplify(Substitute(index, inner_)));
    const PrimExpr part = analyzer_.Simplify(floormod(start.back(), count));
    start.Set(start.size() - 1, analyzer_.Simplify(start.back() - part));
    auto [it, fresh] = stores_.emplace(node->buffer->data.get(), Stores{start});
    Stores& stores = it->second;
    stores.parts = stores.parts || !is_zero(part);
    stores.apart = stores.apart || apart_ > 0;
    stores.alike = stores.alike && start.size() == stores.start.size();
    for (size_t d = 0; stores.alike && d < start.size(); ++d)
      stores.alike = analyzer_.CanProveEqual(start[d], stores.start[d]);
    if (part.as<IntImmNode>() && !(stores.parts && (stores.apart || !stores.alike))) return;
    Refuse(span_,
           "blocks may store elements of one byte of `" + std::string(node->buffer->name) + "`, which holds " +
               std::to_string(PackedInByte(node->buffer->dtype)) + " of " +
               ffi::DLDataTypeToString(node->buffer->dtype),
           "let each block store whole bytes, from a multiple of as many elements on");
  }

  // Whether blocks may differ in it.
  bool Differs(const PrimExpr& expr) {
    bool differs = false;
    PostOrderVisit(Substitute(expr, inner_), [&](const ffi::ObjectRef& ref) {
      const auto* var = ref.as<VarNode>();
      differs = differs || ref.as<BufferLoadNode>() || (var && blocks_.count(var));
    });
    return differs;
  }

  // What some blocks do and others may not.
  Stmt Apart(bool apart, const std::function<Stmt()>& visit) {
    apart_ += apart;
    Stmt out = visit();
    apart_ -= apart;
    return out;
  }
  Stmt VisitStmt_(const IfThenElseNode* node) final {
    return Apart(Differs(node->condition), [&] { return Sharing::VisitStmt_(node); });
  }
  Stmt VisitStmt_(const WhileNode* node) final {
    return Apart(true, [&] { return Sharing::VisitStmt_(node); });
  }

  bool TouchesPacked(const PrimExpr& expr) {
    bool touches = false;
    PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) {
      const auto* load = ref.as<BufferLoadNode>();
      if (!load) return;
      Stored(load->buffer);
      touches = touches || packed_.count(load->buffer.get());
    });
    return touches;
  }

  // Tile operations on packed elements are loops over them.
  Stmt VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    const std::string name = call ? OpName(call) : "";
    if (name.rfind("tl.tileop.", 0) != 0 || !TouchesPacked(node->value)) return Sharing::VisitStmt_(node);
    return VisitStmt(name == "tl.tileop.transpose" ? TransposeLoop(call, span_) : ToElementLoops(GetRef<Stmt>(node)));
  }

  PrimExpr VisitExpr_(const CallNode* node) final {
    const std::string name = OpName(node);
    const bool address = name == "tl.access_ptr" || name == "tirx.address_of";
    if (address && TouchesPacked(node->args[0]))
      Refuse(span_, "the address of an element of fewer than 8 bits", "load and store the element by its name");
    PrimExpr expr = Sharing::VisitExpr_(node);
    const DataType narrow = node->dtype;
    if (!IsNarrowInteger(narrow)) return expr;
    const auto* call = expr.as<CallNode>();
    if (node->op.same_as(builtin::reinterpret())) return FromBits(Call(kByte, node->op, call->args), narrow);
    return Cut(Call(Unpacked(narrow), call->op, call->args, call->annotations, call->span), narrow);
  }

  PrimExpr VisitExpr_(const CastNode* node) final {
    const PrimExpr value = VisitExpr(node->value);
    if (!IsNarrowInteger(node->dtype))
      return value.same_as(node->value) ? GetRef<PrimExpr>(node) : cast(node->dtype, value);
    return Cut(cast(Unpacked(node->dtype), value), node->dtype);
  }
  PrimExpr VisitExpr_(const IntImmNode* node) final {
    return IsNarrowInteger(node->dtype) ? make_const(Unpacked(node->dtype), node->value) : GetRef<PrimExpr>(node);
  }
  // Sums and products of narrow integers wrap around as those do.
  PrimExpr VisitExpr_(const AddNode* node) final { return Wrapped(Sharing::VisitExpr_(node), node->a->dtype); }
  PrimExpr VisitExpr_(const SubNode* node) final { return Wrapped(Sharing::VisitExpr_(node), node->a->dtype); }
  PrimExpr VisitExpr_(const MulNode* node) final { return Wrapped(Sharing::VisitExpr_(node), node->a->dtype); }
  PrimExpr VisitExpr_(const DivNode* node) final { return Wrapped(Sharing::VisitExpr_(node), node->a->dtype); }
  PrimExpr VisitExpr_(const FloorDivNode* node) final { return Wrapped(Sharing::VisitExpr_(node), node->a->dtype); }
  static PrimExpr Wrapped(const PrimExpr& expr, DataType narrow) { return Cut(expr, narrow); }

  // The stores to a packed tensor so far.
  struct Stores {
    Array<PrimExpr> start;  // of the first one, without the block's own loops, in whole bytes
    bool parts = false;     // one starts inside of a byte
    bool apart = false;     // not all blocks do one
    bool alike = true;      // all start in the same bytes
  };

  std::unordered_map<const VarNode*, Stores> stores_;  // by memory
  std::unordered_set<const VarNode*> blocks_;          // indices of blocks
  int apart_ = 0;
  std::unordered_map<const VarNode*, Buffer> owners_;  // by memory
  std::unordered_map<const BufferNode*, Buffer> stored_;
  std::unordered_map<const BufferNode*, DataType> packed_;  // buffers of several elements in a byte, and their type
  Map<Var, PrimExpr> vars_;                                 // names of narrow integers
  Map<Var, PrimExpr> inner_;  // a block's own loop variables at their start, and what is computed with them
  arith::Analyzer analyzer_;
  Span span_;
};

bool HasNarrowTypes(const PrimFunc& func) {
  bool found = false;
  auto note = [&](DataType dtype) { found = found || IsPacked(dtype); };
  for (const auto& [param, buffer] : func->buffer_map) note(buffer->dtype);
  PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
    if (const auto* expr = ref.as<PrimExprNode>()) note(expr->dtype);
    if (const auto* alloc = ref.as<AllocBufferNode>()) note(alloc->buffer->dtype);
    if (const auto* block = ref.as<SBlockNode>())
      for (const Buffer& buffer : block->alloc_buffers) note(buffer->dtype);
  });
  return found;
}

}  // namespace

bool IsPacked(DataType dtype) { return PackedInByte(dtype) > 1 || IsPair(dtype); }

PrimFunc UnpackTypes(PrimFunc func) {
  if (!HasNarrowTypes(func)) return func;
  Unpacker unpacker(func);
  Map<String, Any> packed;
  Map<Var, Buffer> parameters;
  for (const auto& [param, buffer] : func->buffer_map) {
    parameters.Set(param, unpacker.Stored(buffer));
    if (IsPacked(buffer->dtype)) packed.Set(buffer->name, String(ffi::DLDataTypeToString(buffer->dtype.element_of())));
  }
  Stmt body = unpacker(func->body);
  PrimFuncNode* node = func.CopyOnWrite();
  node->body = body;
  node->buffer_map = parameters;
  return packed.empty() ? func : WithAttr(std::move(func), attr::kPacked, packed);
}

}  // namespace tltt::compiler

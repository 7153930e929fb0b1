// Frontend: blocks of one row fill whole tiles.
//
// Before:                                         After:
//   A: Tensor((M, 8192))                            A: Tensor((M, 1, 256, 32)), tt.folded = {A: 8192}
//   x = alloc_buffer((1, 8192))                     x = alloc_buffer((1, 256, 32)); x_rows = alloc_buffer((1, 256))
//   T.copy(A[bx, 0 : 8192], x)                      T.copy(A[bx, 0, 0 : 256, 0 : 32], x)
//   for j in T.Parallel(8192):                      for j_row, j in T.Parallel(256, 32):
//     x[0, j] = x[0, j] * 2                           x[0, j_row, j] = x[0, j_row, j] * 2
//   T.reduce_sum(x, s, dim=1)                       T.reduce_sum(x, x_rows, dim=2); T.reduce_sum(x_rows, s, dim=1)
//
// A vector that lies in row 0 of its tiles uses 1/32 of them, of L1, of what moves and of what is computed. Folded into
// rows of 32 elements it fills them. Tensors are the same bytes under another shape: only their tiles are others.
//
// Establishes: vectors whose every use allows it (analysis/vectors.h) have two axes.
#include <set>

#include "analysis/access.h"
#include "analysis/vectors.h"
#include "ir/attrs.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

class Folder : public StmtExprMutator {
 public:
  Folder(const PrimFunc& func, const FoldableVectors& vectors) : vectors_(vectors) {
    for (const auto& [var, buffer] : func->buffer_map) {
      names_.insert(buffer->name);
      auto it = vectors_.tensors.find(buffer.get());
      if (it == vectors_.tensors.end()) continue;
      Array<PrimExpr> shape = buffer->shape;
      const int64_t extent = shape.back().as<IntImmNode>()->value;
      shape.pop_back();
      Extend(&shape, {extent / it->second, it->second / kTileWidth, kTileWidth});
      folded_[buffer.get()] = {Reshaped(buffer, shape), it->second};
    }
    PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
      const auto* alloc = ref.as<AllocBufferNode>();
      if (!alloc) return;
      names_.insert(alloc->buffer->name);
      auto it = vectors_.buffers.find(alloc->buffer.get());
      if (it == vectors_.buffers.end()) return;
      Array<PrimExpr> shape = alloc->buffer->shape;
      shape.pop_back();
      Extend(&shape, {it->second / kTileWidth, kTileWidth});
      folded_[alloc->buffer.get()] = {Reshaped(alloc->buffer, shape), 0};
    });
  }

  Buffer Of(const Buffer& buffer) const {
    auto it = folded_.find(buffer.get());
    return it == folded_.end() ? buffer : it->second.buffer;
  }

  Stmt Run(const Stmt& body) { return PlaceAllocs(VisitStmt(body)); }

 private:
  struct Folded {
    Buffer buffer;
    int64_t vector = 0;  // elements of a tensor's vectors
  };

  static void Extend(Array<PrimExpr>* shape, const std::vector<int64_t>& extents) {
    for (int64_t extent : extents) shape->push_back(Int(extent));
  }

  static Buffer Reshaped(const Buffer& buffer, const Array<PrimExpr>& shape) {
    auto copy = ffi::make_object<BufferNode>(*buffer.get());
    copy->shape = shape;
    copy->strides = {};
    return Buffer(copy);
  }

  // Indices of the folded buffer for an element, or the first element of a run that fills its tiles' rows.
  Array<PrimExpr> Indices(const Folded& to, const Array<PrimExpr>& from) {
    Array<PrimExpr> indices = from;
    PrimExpr at = indices.back();
    indices.pop_back();
    if (to.vector > 0) {
      const bool whole = is_one(to.buffer->shape[to.buffer->shape.size() - 3]);
      indices.push_back(whole ? Int(0) : analyzer_.Simplify(floordiv(at, Int(to.vector))));
      if (!whole) at = floormod(at, Int(to.vector));
    }
    indices.push_back(analyzer_.Simplify(floordiv(at, Int(kTileWidth))));
    indices.push_back(analyzer_.Simplify(floormod(at, Int(kTileWidth))));
    return indices;
  }

  const Folded* Find(const Buffer& buffer) const {
    auto it = folded_.find(buffer.get());
    return it == folded_.end() ? nullptr : &it->second;
  }

  PrimExpr VisitExpr_(const BufferLoadNode* node) final {
    PrimExpr expr = StmtExprMutator::VisitExpr_(node);
    const auto* load = expr.as<BufferLoadNode>();
    const Folded* to = Find(node->buffer);
    return to ? BufferLoad(to->buffer, Indices(*to, load->indices), load->predicate) : expr;
  }

  Stmt VisitStmt_(const BufferStoreNode* node) final {
    Stmt stmt = StmtExprMutator::VisitStmt_(node);
    const auto* store = stmt.as<BufferStoreNode>();
    const Folded* to = Find(node->buffer);
    if (!to) return stmt;
    return BufferStore(to->buffer, store->value, Indices(*to, store->indices), store->predicate, node->span);
  }

  // tl.region(first element, access, extents...).
  PrimExpr VisitExpr_(const CallNode* node) final {
    const auto* first = OpName(node) == "tl.region" ? node->args[0].as<BufferLoadNode>() : nullptr;
    const Folded* to = first ? Find(first->buffer) : nullptr;
    if (!to) return StmtExprMutator::VisitExpr_(node);
    Array<PrimExpr> args = node->args;
    const int64_t length = args.back().as<IntImmNode>()->value;
    args.pop_back();
    args.Set(0, BufferLoad(to->buffer, Indices(*to, first->indices)));
    if (to->vector > 0) args.push_back(Int(1));
    args.push_back(Int(length / kTileWidth));
    args.push_back(Int(kTileWidth));
    return Call(node->dtype, node->op, args, node->annotations, node->span);
  }

  Stmt VisitStmt_(const AllocBufferNode* node) final {
    return AllocBuffer(Of(node->buffer), node->annotations, node->span);
  }

  Stmt VisitStmt_(const ForNode* node) final {
    auto it = vectors_.loops.find(node->loop_var.get());
    if (it == vectors_.loops.end()) return StmtExprMutator::VisitStmt_(node);
    const DataType dtype = node->loop_var.dtype();
    const IntImm rows(dtype, it->second / kTileWidth), columns(dtype, kTileWidth);
    const Var row(std::string(node->loop_var->name_hint) + "_row", dtype), column(node->loop_var->name_hint, dtype);
    analyzer_.Bind(row, Range::FromMinExtent(IntImm(dtype, 0), rows));
    analyzer_.Bind(column, Range::FromMinExtent(IntImm(dtype, 0), columns));
    Stmt body =
        VisitStmt(Substitute(node->body, Map<Var, PrimExpr>{{node->loop_var, row * columns + PrimExpr(column)}}));
    body = For(column, IntImm(dtype, 0), columns, node->kind, body, std::nullopt, {}, std::nullopt, node->span);
    return For(row, IntImm(dtype, 0), rows, node->kind, body, std::nullopt, node->annotations, std::nullopt,
               node->span);
  }

  Stmt VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    if (!call || OpName(call) != "tl.tileop.reduce") return StmtExprMutator::VisitStmt_(node);
    const Folded* from = Find(tl::NormalizeToBufferRegion(call->args[0])->buffer);
    if (!from) return StmtExprMutator::VisitStmt_(node);
    return ReduceTwice(call, from->buffer, node->span);
  }

  // Within the rows of 32, then those. The two are one in LowerToSFPU.
  Stmt ReduceTwice(const CallNode* call, const Buffer& from, const Span& span) {
    Array<PrimExpr> shape = from->shape;
    shape.pop_back();
    const std::string kind = call->args[2].as<StringImmNode>()->value;
    // Maxima and minima of 16 bits are of such a type between as well, since what becomes of NaN depends on it.
    const DataType result = tl::NormalizeToBufferRegion(call->args[1])->buffer->dtype;
    const bool sum = kind.find("sum") != std::string::npos;
    const Buffer rows = decl_buffer(shape, sum || result.bits() != 16 ? DataType::Float(32) : result,
                                    Fresh(std::string(from->name) + "_rows"), "local.fragment");
    allocs_.push_back(AllocBuffer(rows, {}, span));
    Region between{rows, {}, {}};
    for (const PrimExpr& dim : shape) {
      between.mins.push_back(Int(0));
      between.extents.push_back(dim.as<IntImmNode>()->value);
    }
    Array<PrimExpr> first = call->args, second = call->args;
    const auto last = static_cast<int64_t>(shape.size());
    first.Set(0, VisitExpr(call->args[0]));
    first.Set(1, RegionExpr(between));
    first.Set(3, Int(last));
    first.Set(4, Bool(true));
    second.Set(0, RegionExpr(between));
    second.Set(1, VisitExpr(call->args[1]));
    second.Set(2, Str(kind.rfind("abs", 0) == 0 ? kind.substr(3) : kind));
    second.Set(3, Int(last - 1));
    auto reduce = [&](const Array<PrimExpr>& args) {
      return Evaluate(Call(call->dtype, call->op, args, call->annotations, call->span), span);
    };
    return SeqStmt({reduce(first), reduce(second)});
  }

  Stmt PlaceAllocs(const Stmt& body) {
    if (allocs_.empty()) return body;
    if (const auto* loop = body.as<ForNode>(); loop && loop->kind == ForKind::kThreadBinding) {
      auto copy = ffi::make_object<ForNode>(*loop);
      copy->body = PlaceAllocs(loop->body);
      return Stmt(copy);
    }
    return SeqStmt::Flatten(allocs_, body);
  }

  std::string Fresh(std::string name) {
    while (!names_.insert(name).second) name += "_";
    return name;
  }

  const FoldableVectors& vectors_;
  std::unordered_map<const BufferNode*, Folded> folded_;
  std::set<std::string> names_;
  Array<Stmt> allocs_;
  arith::Analyzer analyzer_;
};

PrimFunc Fold(PrimFunc func) {
  if (!OptionOf(TargetOf(func), "fold_vectors")) return func;
  std::vector<Refusal> sites;
  if (auto given = func->GetAttr<Array<Map<String, Any>>>(attr::kRiscvSites))
    for (const Map<String, Any>& site : given.value())
      sites.push_back({site.at("what").cast<String>(), site.at("span").cast<Span>()});
  const auto layouts = func->GetAttr<Map<String, Any>>(attr::kUserLayout).value_or(Map<String, Any>());
  const FoldableVectors vectors = FindFoldableVectors(func, sites, layouts);
  if (vectors.buffers.empty() && vectors.tensors.empty()) return func;
  Folder folder(func, vectors);
  Stmt body = folder.Run(func->body);
  Map<Var, Buffer> parameters;
  Map<String, Any> folded;
  for (const auto& [var, buffer] : func->buffer_map) {
    parameters.Set(var, folder.Of(buffer));
    auto it = vectors.tensors.find(buffer.get());
    if (it != vectors.tensors.end()) folded.Set(buffer->name, Integer(it->second));
  }
  auto* node = func.CopyOnWrite();
  node->body = body;
  node->buffer_map = parameters;
  return WithAttr(std::move(func), attr::kFolded, folded);
}

}  // namespace

Pass FoldVectors() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return Fold(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.FoldVectors", {});
}

}  // namespace tltt::compiler

#include "analysis/vectors.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "analysis/access.h"
#include "analysis/orientation.h"
#include "analysis/touches.h"
#include "ir/ops.h"
#include "ir/records.h"

namespace tltt::compiler {
namespace {

// What stands inside a T.Parallel that runs along one vector.
struct Nest {
  std::vector<Var> wide;
  int64_t length = 0;
  bool plain = true;  // constant extents, and nothing but stores and conditions inside
};

Nest NestOf(const ForNode* loop) {
  Nest nest;
  Stmt body = GetRef<Stmt>(loop);
  while (const auto* node = body.as<ForNode>()) {
    if (!IsElementLoop(node)) break;
    const auto* extent = node->extent.as<IntImmNode>();
    nest.plain = nest.plain && extent && is_zero(node->min);
    if (nest.plain && extent->value > 1) {
      nest.wide.push_back(node->loop_var);
      nest.length = extent->value;
    }
    body = node->body;
  }
  PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
    const auto* stmt = ref.as<StmtNode>();
    if (!stmt) return;
    const auto* eval = ref.as<EvaluateNode>();
    nest.plain = nest.plain && (ref.as<SeqStmtNode>() || ref.as<IfThenElseNode>() || ref.as<BufferStoreNode>() ||
                                (eval && eval->value.as<IntImmNode>()));
  });
  return nest;
}

bool Uses(const PrimExpr& expr, const Var& var) {
  bool uses = false;
  PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) { uses = uses || ref.same_as(var); });
  return uses;
}

template <typename Visit>
void ForEachElement(const Stmt& stmt, Visit visit) {
  PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
    if (const auto* load = ref.as<BufferLoadNode>()) visit(load->buffer, load->indices);
    if (const auto* store = ref.as<BufferStoreNode>()) visit(store->buffer, store->indices);
  });
}

class VectorFinder {
 public:
  VectorFinder(const PrimFunc& func, const std::vector<Refusal>& sites, const Map<String, Any>& fixed) : sites_(sites) {
    for (const auto& [var, buffer] : func->buffer_map)
      if (!fixed.count(buffer->name)) parameters_.insert(buffer.get());
    Visit(func->body, false);
  }

  FoldableVectors Result() {
    for (auto& [tensor, use] : tensors_) {
      use.vector = VectorOf(tensor, use);
      if (use.vector == 0) Exclude(tensor);
    }
    FoldableVectors found;
    std::unordered_set<const BufferNode*> excluded;
    for (const BufferNode* buffer : excluded_) excluded.insert(Root(buffer));
    auto folds = [&](const BufferNode* buffer) { return !excluded.count(Root(buffer)); };
    for (const auto& [buffer, length] : lengths_)
      if (folds(buffer)) found.buffers.emplace(buffer, length);
    for (const auto& [tensor, use] : tensors_)
      if (folds(tensor)) found.tensors.emplace(tensor, use.vector);
    for (const auto& [var, loop] : loops_)
      if (folds(loop.second)) found.loops.emplace(var, loop.first);
    return found;
  }

 private:
  // How blocks of a tensor are taken: their lengths, and what divides where they start.
  struct TensorUse {
    std::set<int64_t> lengths;
    bool at_tiles = true, at_blocks = true;  // starts are multiples of 1024; of the length
    int64_t vector = 0;
  };

  // The whole axis as one vector where blocks are whole tiles of it; else vectors of the blocks' length.
  static int64_t VectorOf(const BufferNode* tensor, const TensorUse& use) {
    constexpr int64_t kTile = int64_t{kTileHeight} * kTileWidth;
    const int64_t extent = tensor->shape.back().as<IntImmNode>()->value;
    const bool tiles =
        std::all_of(use.lengths.begin(), use.lengths.end(), [](int64_t length) { return length % kTile == 0; });
    if (tiles && use.at_tiles && extent % kTileWidth == 0) return extent;
    const int64_t length = *use.lengths.begin();
    return use.lengths.size() == 1 && use.at_blocks && extent % length == 0 ? length : 0;
  }

  void Visit(const Stmt& stmt, bool by_element) {
    if (stmt.as<AllocBufferNode>()) return;
    if (const auto* seq = stmt.as<SeqStmtNode>()) {
      for (const Stmt& s : seq->seq) Visit(s, by_element);
      return;
    }
    if (const auto* loop = stmt.as<ForNode>(); loop && !IsElementLoop(loop)) {
      const bool data = ReadsMemory(loop->min) || ReadsMemory(loop->extent) || LeavesLoop(loop->body);
      if (data) ByElement(Evaluate(loop->min + loop->extent));
      return Visit(loop->body, by_element || data || IsSite(stmt));
    }
    if (const auto* branch = stmt.as<IfThenElseNode>()) {
      const bool data = ReadsMemory(branch->condition);
      if (data) ByElement(Evaluate(branch->condition));
      const bool inside = by_element || data || IsSite(stmt);
      Visit(branch->then_case, inside);
      if (branch->else_case) Visit(branch->else_case.value(), inside);
      return;
    }
    bool site = false;
    PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
      const auto* inner = ref.as<StmtNode>();
      site = site || (inner && IsSite(GetRef<Stmt>(inner)));
    });
    if (by_element || site || stmt.as<WhileNode>() || NeedsElements(stmt)) return ByElement(stmt);
    if (const auto* loop = stmt.as<ForNode>()) return VisitParallel(loop);
    if (!VisitTileOperation(stmt)) ByElement(stmt);
  }

  // Whether SelectRiscvPath gives the statement to a data-movement core because of a dtype.
  static bool NeedsElements(const Stmt& stmt) {
    for (const auto& [buffer, touch] : Touches::Of(stmt).list()) {
      const std::string dtype = ffi::DLDataTypeToString(buffer->dtype);
      if (!IsScalarVariable(buffer) && !HasTileArithmetic(dtype) && !IsWord(dtype)) return true;
    }
    return false;
  }

  bool IsSite(const Stmt& stmt) const {
    return std::any_of(sites_.begin(), sites_.end(), [&](const Refusal& s) { return SamePlace(stmt->span, s.span); });
  }

  void VisitParallel(const ForNode* loop) {
    const Stmt stmt = GetRef<Stmt>(loop);
    const Nest nest = NestOf(loop);
    if (!nest.plain || nest.wide.empty()) return ByElement(stmt);
    if (nest.wide.size() > 1) return ExcludeAll(stmt);
    const Var& along = nest.wide[0];
    struct Access {
      Buffer buffer;
      PrimExpr start;
    };
    std::vector<Access> accesses;
    bool plain = true;
    ForEachElement(stmt, [&](const Buffer& buffer, const Array<PrimExpr>& indices) {
      size_t uses = 0;
      for (const PrimExpr& index : indices) uses += Uses(index, along);
      if (uses == 0) {
        if (IsGlobal(buffer) || !IsSingle(buffer)) Exclude(buffer.get());
        return;
      }
      const Array<PrimExpr> linear = arith::DetectLinearEquation(indices.back(), {along});
      plain = plain && uses == 1 && linear.size() == 2 && is_one(linear[0]);
      if (plain) accesses.push_back({buffer, linear[1]});
    });
    if (!plain) return ExcludeAll(stmt);
    for (const Access& access : accesses) {
      Add(access.buffer, access.start, nest.length);
      Alike(accesses[0].buffer.get(), access.buffer.get());
    }
    if (!accesses.empty()) loops_.emplace(along.get(), std::make_pair(nest.length, accesses[0].buffer.get()));
  }

  // Copies, fills and reductions of vectors; false for every other statement.
  bool VisitTileOperation(const Stmt& stmt) {
    const auto* eval = stmt.as<EvaluateNode>();
    const auto* call = eval ? eval->value.as<CallNode>() : nullptr;
    const std::string name = call ? OpName(call) : "";
    if (name == "tl.tileop.copy") {
      const BufferRegion src = tl::NormalizeToBufferRegion(call->args[0]);
      const BufferRegion dst = tl::NormalizeToBufferRegion(call->args[1]);
      const int64_t length = LengthOf(src);
      if (length == 0 || LengthOf(dst) != length) {
        Exclude(src->buffer.get());
        Exclude(dst->buffer.get());
      } else if (length > 1) {
        Add(src->buffer, src->region.back()->min, length);
        Add(dst->buffer, dst->region.back()->min, length);
        Alike(src->buffer.get(), dst->buffer.get());
      } else {
        for (const BufferRegion& r : {src, dst})
          if (!IsSingle(r->buffer)) Exclude(r->buffer.get());
      }
      return true;
    }
    if (name == "tl.tileop.fill") {
      const BufferRegion dst = tl::NormalizeToBufferRegion(call->args[0]);
      const int64_t length = LengthOf(dst);
      if (length > 1) {
        Add(dst->buffer, dst->region.back()->min, length);
      } else if (length == 0 || !IsSingle(dst->buffer)) {
        Exclude(dst->buffer.get());
      }
      return true;
    }
    if (name == "tl.tileop.reduce") {
      const BufferRegion src = tl::NormalizeToBufferRegion(call->args[0]);
      const BufferRegion dst = tl::NormalizeToBufferRegion(call->args[1]);
      const auto* dim = call->args[3].as<IntImmNode>();
      const bool elements = call->annotations.count("nan_propagate");  // no tiles keep NaN apart from numbers
      const int64_t length = elements ? 0 : LengthOf(src);
      if (length > 1 && dim && dim->value + 1 == static_cast<int64_t>(src->region.size()) && IsSingle(dst->buffer)) {
        Add(src->buffer, src->region.back()->min, length);
      } else {
        Exclude(src->buffer.get());
        Exclude(dst->buffer.get());
      }
      return true;
    }
    return false;
  }

  // A statement for a data-movement core, which finds elements of on-chip buffers wherever they lie.
  void ByElement(const Stmt& stmt) {
    for (const auto& [buffer, touch] : Touches::Of(stmt).list())
      if (IsGlobal(buffer)) Exclude(buffer.get());
    PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
      const auto* call = ref.as<CallNode>();
      const std::string name = call && call->op.as<OpNode>() ? OpName(call) : "";
      if (name != "tl.region" && name != "tl.access_ptr" && name != "tirx.address_of" && name != "tirx.tvm_access_ptr")
        return;
      for (const PrimExpr& arg : call->args)
        if (const auto* load = arg.as<BufferLoadNode>()) Exclude(load->buffer.get());
    });
  }

  void ExcludeAll(const Stmt& stmt) {
    for (const auto& [buffer, touch] : Touches::Of(stmt).list()) Exclude(buffer.get());
  }
  void Exclude(const BufferNode* buffer) { excluded_.insert(buffer); }

  // The extent of a region along its last axis where it extends along no other; 0: it does, or is not constant.
  static int64_t LengthOf(const BufferRegion& region) {
    int64_t length = 1;
    for (size_t i = 0; i < region->region.size(); ++i) {
      const auto* extent = region->region[i]->extent.as<IntImmNode>();
      if (!extent || (extent->value != 1 && i + 1 < region->region.size())) return 0;
      length = extent->value;
    }
    return length;
  }

  static bool IsSingle(const Buffer& buffer) {
    return std::all_of(buffer->shape.begin(), buffer->shape.end(), [](const PrimExpr& dim) { return is_one(dim); });
  }

  // `length` elements of `buffer` from `start` on, along its last axis.
  void Add(const Buffer& buffer, const PrimExpr& start, int64_t length) {
    bool fits = length % kTileWidth == 0 && length > kTileWidth &&
                HasTileArithmetic(ffi::DLDataTypeToString(buffer->dtype)) && !buffer->shape.empty();
    for (size_t i = 0; i < buffer->shape.size(); ++i) {
      const auto* dim = buffer->shape[i].as<IntImmNode>();
      const bool last = i + 1 == buffer->shape.size();
      fits = fits && dim && (IsGlobal(buffer) || dim->value == (last ? length : 1));
    }
    fits = fits && (IsGlobal(buffer) ? parameters_.count(buffer.get()) > 0 : is_zero(start));
    if (!fits) return Exclude(buffer.get());
    if (!IsGlobal(buffer)) {
      lengths_[buffer.get()] = length;
      return;
    }
    TensorUse& use = tensors_[buffer.get()];
    use.lengths.insert(length);
    auto divides = [&](int64_t unit) {
      return analyzer_.CanProveEqual(floormod(start, IntImm(start->dtype, unit)), 0);
    };
    use.at_tiles = use.at_tiles && divides(int64_t{kTileHeight} * kTileWidth);
    use.at_blocks = use.at_blocks && divides(length);
  }

  const BufferNode* Root(const BufferNode* buffer) {
    auto it = parent_.try_emplace(buffer, buffer).first;
    while (it->second != it->first) it = parent_.find(it->second);
    return it->first;
  }
  void Alike(const BufferNode* a, const BufferNode* b) { parent_[Root(a)] = Root(b); }

  const std::vector<Refusal>& sites_;
  std::unordered_set<const BufferNode*> parameters_, excluded_;
  std::unordered_map<const BufferNode*, int64_t> lengths_;
  std::unordered_map<const BufferNode*, TensorUse> tensors_;
  std::unordered_map<const BufferNode*, const BufferNode*> parent_;
  std::unordered_map<const VarNode*, std::pair<int64_t, const BufferNode*>> loops_;
  arith::Analyzer analyzer_;
};

}  // namespace

FoldableVectors FindFoldableVectors(const PrimFunc& func, const std::vector<Refusal>& sites,
                                    const Map<String, Any>& fixed) {
  return VectorFinder(func, sites, fixed).Result();
}

}  // namespace tltt::compiler

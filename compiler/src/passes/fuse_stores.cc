#include "passes/fuse_stores.h"

#include <set>
#include <tuple>

#include "analysis/tile_parts.h"
#include "ir/ops.h"
#include "passes/sequences.h"
#include "ir/sharing.h"

namespace tltt::compiler {
namespace {

class LoadReplacer : public Sharing<ExprMutator> {
 public:
  LoadReplacer(std::string cb, PrimExpr value) : cb_(std::move(cb)), value_(std::move(value)) {}

 private:
  PrimExpr VisitExpr_(const CallNode* node) final {
    if (OpName(node) == "tt.tile.load" && StrArg(node, 0) == cb_) return value_;
    return ExprMutator::VisitExpr_(node);
  }
  std::string cb_;
  PrimExpr value_;
};

// Loads of one buffer become loads of another that holds the same block.
class LoadRenamer : public ExprMutator {
 public:
  LoadRenamer(std::string cb, std::string to) : cb_(std::move(cb)), to_(std::move(to)) {}

  PrimExpr VisitExpr(const PrimExpr& expr) final {
    auto it = done_.find(expr);
    if (it == done_.end()) it = done_.emplace(expr, ExprMutator::VisitExpr(expr)).first;
    return it->second;
  }

 private:
  PrimExpr VisitExpr_(const CallNode* node) final {
    if (OpName(node) != "tt.tile.load" || StrArg(node, 0) != cb_) return ExprMutator::VisitExpr_(node);
    Array<PrimExpr> args = node->args;
    args.Set(0, Str(to_));
    return TtCall("tt.tile.load", args, node->dtype);
  }
  std::string cb_, to_;
  std::unordered_map<PrimExpr, PrimExpr, ffi::ObjectPtrHash, ffi::ObjectPtrEqual> done_;
};

// Where an expression over `rows` x `cols` tiles may take `value` in place of its loads of `cb`: every load is of the
// tile at the same place of an equal block, and a value that is a reduction itself goes into none.
class FusionCheck {
 public:
  FusionCheck(std::string cb, int64_t rows, int64_t cols, bool reduces)
      : cb_(std::move(cb)), rows_(rows), cols_(cols), reduces_(reduces) {}

  bool Allows(const PrimExpr& expr, int64_t rows, int64_t cols) {
    Visit(expr, rows, cols, false);
    return ok_ && found_ && !(reduces_ && reduction_);
  }

 private:
  void Visit(const PrimExpr& expr, int64_t rows, int64_t cols, bool reduced) {
    const auto* call = expr.as<CallNode>();
    if (!call || !seen_.emplace(call, rows, cols, reduced).second) return;
    const std::string name = OpName(call);
    if (name == "tt.tile.load" && StrArg(call, 0) == cb_) {
      found_ = true;
      ok_ = ok_ && StrArg(call, 1) == "tile" && !IsPartial(call) && rows == rows_ && cols == cols_ &&
            !(reduced && reduces_);
    } else if (name == "tt.tile.reduce") {
      reduction_ = true;
      Visit(call->args[2], IntArg(call, 3), IntArg(call, 4), true);
    } else {
      for (const PrimExpr& arg : call->args) Visit(arg, rows, cols, reduced);
    }
  }

  std::string cb_;
  int64_t rows_, cols_;
  bool reduces_;
  std::set<std::tuple<const CallNode*, int64_t, int64_t, bool>> seen_;
  bool ok_ = true, found_ = false, reduction_ = false;
};

bool HasReduction(const PrimExpr& expr) {
  bool found = false;
  PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) {
    const auto* call = ref.as<CallNode>();
    found = found || (call && call->op.as<OpNode>() && OpName(call) == "tt.tile.reduce");
  });
  return found;
}

class Fuser : public SequenceRewriter {
 public:
  explicit Fuser(const CbTable* cbs) : cbs_(cbs) {}

 private:
  void Rewrite(Array<Stmt>* seq, const CbSet& live_out) final {
    for (size_t i = 0; i < seq->size(); ++i) Forward(seq, i, live_out);
    for (size_t i = 0; i < seq->size();) {
      if (!TryFuse(seq, i, live_out)) ++i;
    }
  }

  // Lets the readers of a copy of a block that the reader loaded read that block itself; a copy that nothing reads any
  // more goes.
  void Forward(Array<Stmt>* seq, size_t i, const CbSet& live_out) {
    const CallNode* copy = AsTt((*seq)[i], "tt.tile.store");
    const CallNode* load = copy ? AsTt(copy->args[1], "tt.tile.load") : nullptr;
    if (!load || StrArg(load, 1) != "tile" || IsPartial(load)) return;
    const std::string cb = StrArg(copy, 0), from = StrArg(load, 0);
    const CbRecord &to = cbs_->at(cb), &source = cbs_->at(from);
    if (source.kind != "input" || to.kind != "intermed" || source.shape != to.shape || source.dtype != to.dtype ||
        source.Format() != to.Format() || source.column != to.column) {
      return;
    }
    std::vector<std::pair<size_t, Stmt>> readers;
    size_t end = i + 1;
    for (; end < seq->size(); ++end) {
      const Stmt& stmt = (*seq)[end];
      CbAccess access;
      if (!AccessOf(stmt, &access)) {
        if (LiveIn(stmt, {}).count(cb) || Writes(stmt, cb) || Writes(stmt, from)) return;
        continue;
      }
      if (access.reads.count(cb)) {
        const CallNode* store = AsTt(stmt, "tt.tile.store");
        if (!store) return;
        PrimExpr value = LoadRenamer(cb, from)(store->args[1]);
        readers.emplace_back(end, TtStmt("tt.tile.store", {store->args[0], value}, stmt->span));
      }
      if (access.writes == from) return;
      if (access.writes == cb) break;
    }
    if (readers.size() < 2 || (end == seq->size() && live_out.count(cb))) return;  // one reader fuses
    for (const auto& [place, stmt] : readers) seq->Set(static_cast<int64_t>(place), stmt);
    seq->erase(seq->begin() + static_cast<int64_t>(i));
  }

  // Substitutes the value stored by seq[i] into its only reader, and removes seq[i].
  bool TryFuse(Array<Stmt>* seq, size_t i, const CbSet& live_out) {
    const CallNode* producer = AsTt((*seq)[i], "tt.tile.store");
    if (!producer) return false;
    const std::string cb = StrArg(producer, 0);
    CbAccess made;
    AccessOf((*seq)[i], &made);
    for (size_t j = i + 1; j < seq->size(); ++j) {
      CbAccess access;
      const bool whole = AccessOf((*seq)[j], &access);
      const CallNode* consumer = AsTt((*seq)[j], "tt.tile.store");
      if (whole && consumer && access.reads.count(cb)) {
        std::vector<CbSet> after = LiveAfterEach(*seq, live_out);
        if (access.writes != cb && after[j].count(cb)) return false;
        if (auto merged = Merged(cb, producer->args[1], consumer->args[1])) {
          seq->Set(j, TtStmt("tt.tile.store", {Str(access.writes), *merged}, (*seq)[j]->span));
          seq->erase(seq->begin() + static_cast<int64_t>(i));
          return true;
        }
        const CbRecord &from = cbs_->at(cb), &to = cbs_->at(access.writes);
        FusionCheck check(cb, from.Rows(), from.Cols(), HasReduction(producer->args[1]));
        if (!check.Allows(consumer->args[1], to.Rows(), to.Cols())) return false;
        PrimExpr value = producer->args[1];
        if (!IsWord(from.dtype)) value = TtCall("tt.tile.cast", {value, Str(from.dtype)}, DataType::Float(32));
        PrimExpr fused = LoadReplacer(cb, value)(consumer->args[1]);
        seq->Set(j, TtStmt("tt.tile.store", {Str(access.writes), fused}, (*seq)[j]->span));
        seq->erase(seq->begin() + static_cast<int64_t>(i));
        return true;
      }
      if (!whole) {
        // Control flow in between: fuse across it only when it touches neither the value nor what it is made of.
        CbSet inside = LiveIn((*seq)[j], {});
        if (inside.count(cb) || Writes((*seq)[j], cb) || ChangesVariables((*seq)[j], producer->args[1])) return false;
        for (const auto& r : made.reads)
          if (Writes((*seq)[j], r)) return false;
        continue;
      }
      if (access.reads.count(cb) || access.writes == cb || made.reads.count(access.writes)) return false;
    }
    return false;
  }

  // A reduction of `cb`, the reduction of one column of tiles along the other axis, is one of all their elements.
  static std::optional<PrimExpr> Merged(const std::string& cb, const PrimExpr& made, const PrimExpr& expr) {
    const CallNode* inner = AsTt(made, "tt.tile.reduce");
    if (!inner || StrArg(inner, 1) != "row" || IntArg(inner, 4) != 1 || IntArg(inner, 5) != 0) return std::nullopt;
    int loads = 0;
    const CallNode* outer = nullptr;
    PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) {
      const auto* call = ref.as<CallNode>();
      if (!call) return;
      if (OpName(call) == "tt.tile.load") loads += StrArg(call, 0) == cb;
      if (OpName(call) != "tt.tile.reduce" || StrArg(call, 1) != "col" || StrArg(call, 0) != StrArg(inner, 0)) return;
      const CallNode* load = AsTt(call->args[2], "tt.tile.load");
      if (load && StrArg(load, 0) == cb && StrArg(load, 1) == "tile" && !IsPartial(load)) outer = call;
    });
    if (!outer || loads != 1) return std::nullopt;
    Array<PrimExpr> args = outer->args;
    args.Set(1, Str("all"));
    args.Set(2, inner->args[2]);
    const PrimExpr from = GetRef<PrimExpr>(outer), to = TtCall("tt.tile.reduce", args, outer->dtype);
    return Replacer(from, to)(expr);
  }

  static bool Writes(const Stmt& stmt, const std::string& cb) {
    bool writes = false;
    PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
      const auto* call = ref.as<CallNode>();
      if (!call || !call->op.as<OpNode>()) return;
      const std::string name = OpName(call);
      if (name == "tt.tile.store" || name == "tt.mm.mma" || name == "tt.read_to_cb") writes |= StrArg(call, 0) == cb;
    });
    return writes;
  }

  // Whether `stmt` assigns to a scalar variable that `expr` reads.
  static bool ChangesVariables(const Stmt& stmt, const PrimExpr& expr) {
    std::set<const BufferNode*> read;
    PostOrderVisit(expr, [&](const ffi::ObjectRef& ref) {
      if (const auto* load = ref.as<BufferLoadNode>()) read.insert(load->buffer.get());
    });
    bool changes = false;
    PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
      const auto* store = ref.as<BufferStoreNode>();
      changes = changes || (store && read.count(store->buffer.get()));
    });
    return changes;
  }

  const CbTable* cbs_;
};

}  // namespace

Stmt FuseStores(const Stmt& body, const CbTable* cbs) { return Fuser(cbs).Run(body, {}); }

}  // namespace tltt::compiler

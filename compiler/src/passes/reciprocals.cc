#include "passes/reciprocals.h"

#include <unordered_map>

#include "analysis/tile_parts.h"
#include "ir/ops.h"
#include "passes/sequences.h"

namespace tltt::compiler {
namespace {

// Divisions by a vector become products; `exact` tells whether it stands nowhere else.
class DivisorReplacer : public ExprMutator {
 public:
  explicit DivisorReplacer(std::string cb) : cb_(std::move(cb)) {}
  bool exact = true;

  // What stands in several places is replaced once and stays shared.
  PrimExpr VisitExpr(const PrimExpr& expr) final {
    auto it = done_.find(expr);
    if (it == done_.end()) it = done_.emplace(expr, ExprMutator::VisitExpr(expr)).first;
    return it->second;
  }

 private:
  PrimExpr VisitExpr_(const CallNode* node) final {
    const std::string name = OpName(node);
    if (name == "tt.fpu.divide" && IsVector(node->args[1])) {
      return TtCall("tt.fpu.multiply", {VisitExpr(node->args[0]), node->args[1]}, node->dtype);
    }
    if (name == "tt.tile.load" && StrArg(node, 0) == cb_) exact = false;
    return ExprMutator::VisitExpr_(node);
  }

  bool IsVector(const PrimExpr& expr) const {
    const CallNode* load = AsTt(expr, "tt.tile.load");
    return load && StrArg(load, 0) == cb_ && StrArg(load, 1) != "tile" && !IsPartial(load);
  }

  std::string cb_;
  std::unordered_map<PrimExpr, PrimExpr, ffi::ObjectPtrHash, ffi::ObjectPtrEqual> done_;
};

class Inverter : public SequenceRewriter {
 public:
  explicit Inverter(const CbTable* cbs) : cbs_(cbs) {}

 private:
  void Rewrite(Array<Stmt>* seq, const CbSet& live_out) final {
    for (size_t i = 0; i < seq->size(); ++i) Invert(seq, i, live_out);
  }

  // Turns the vector that seq[i] stores into its reciprocal, where all that reads this version divides by it.
  void Invert(Array<Stmt>* seq, size_t i, const CbSet& live_out) {
    const CallNode* producer = AsTt((*seq)[i], "tt.tile.store");
    if (!producer) return;
    const std::string cb = StrArg(producer, 0);
    if (cbs_->at(cb).dtype != "float32") return;
    std::vector<std::pair<size_t, Stmt>> readers;
    size_t end = i + 1;
    for (; end < seq->size(); ++end) {
      const Stmt& stmt = (*seq)[end];
      CbAccess access;
      if (!AccessOf(stmt, &access)) {
        if (LiveIn(stmt, {}).count(cb)) return;
        continue;
      }
      if (access.reads.count(cb)) {
        const CallNode* store = AsTt(stmt, "tt.tile.store");
        if (!store) return;
        DivisorReplacer replacer(cb);
        PrimExpr value = replacer(store->args[1]);
        if (!replacer.exact || access.writes == cb) return;
        readers.emplace_back(end, TtStmt("tt.tile.store", {store->args[0], value}, stmt->span));
      }
      if (access.writes == cb) break;
    }
    if (readers.empty() || (end == seq->size() && live_out.count(cb))) return;
    const DataType f32 = DataType::Float(32);
    PrimExpr one = TtCall("tt.tile.fill", {FloatImm(f32, 1)}, f32);
    PrimExpr inverse = TtCall("tt.fpu.divide", {one, producer->args[1]}, f32);
    seq->Set(static_cast<int64_t>(i), TtStmt("tt.tile.store", {producer->args[0], inverse}, (*seq)[i]->span));
    for (const auto& [place, stmt] : readers) seq->Set(static_cast<int64_t>(place), stmt);
  }

  const CbTable* cbs_;
};

}  // namespace

Stmt TakeReciprocals(const Stmt& body, const CbTable* cbs) { return Inverter(cbs).Run(body, {}); }

}  // namespace tltt::compiler

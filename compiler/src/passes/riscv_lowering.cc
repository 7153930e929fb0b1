#include "passes/riscv_lowering.h"

#include "analysis/access.h"
#include "analysis/touches.h"
#include "ir/diagnostics.h"
#include "ir/ops.h"

namespace tltt::compiler {

namespace {

class ElementLowering : public StmtExprMutator {
 public:
  // `written`: the tensors among them that the kernel writes and the statement touches.
  ElementLowering(const std::vector<TensorRecord>& tensors, ScalarRanges* ranges, std::vector<std::string> written)
      : tensors_(tensors), ranges_(ranges), written_(std::move(written)) {}

 private:
  struct Place {
    PrimExpr page, at, inside;
  };

  Stmt VisitStmt_(const ForNode* node) final {
    if (!ReadsMemory(node->min) && !ReadsMemory(node->extent)) {
      if (node->extent.as<IntImmNode>()) ranges_->Enter(node);
    }
    return StmtExprMutator::VisitStmt_(node);
  }

  template <typename F>
  auto Under(const PrimExpr& condition, F visit) {
    if (ReadsMemory(condition)) return visit();
    With<arith::ConstraintContext> context(&ranges_->analyzer, condition);
    return visit();
  }

  // What holds where a branch is taken need not be tested again.
  Stmt VisitStmt_(const IfThenElseNode* node) final {
    const PrimExpr condition = VisitExpr(node->condition);
    const Stmt then_case = Under(node->condition, [&] { return VisitStmt(node->then_case); });
    Optional<Stmt> else_case;
    if (node->else_case) else_case = Under(!node->condition, [&] { return VisitStmt(node->else_case.value()); });
    return IfThenElse(condition, then_case, else_case, node->span);
  }
  PrimExpr VisitExpr_(const CallNode* node) final {
    if (!node->op.same_as(tirx::builtin::if_then_else())) return StmtExprMutator::VisitExpr_(node);
    const PrimExpr condition = VisitExpr(node->args[0]);
    Array<Stmt>* outer = std::exchange(named_, nullptr);  // what is in a branch stays there
    const PrimExpr a = Under(node->args[0], [&] { return VisitExpr(node->args[1]); });
    const PrimExpr b = Under(!node->args[0], [&] { return VisitExpr(node->args[2]); });
    named_ = outer;
    return if_then_else(condition, a, b, node->span);
  }

  // Behind the wait everything that the kernel writes is read anew: other cores have written it.
  Stmt VisitStmt_(const EvaluateNode* node) final {
    if (!AsTt(GetRef<Stmt>(node), "tt.take_turn")) return StmtExprMutator::VisitStmt_(node);
    Array<Stmt> seq{GetRef<Stmt>(node)};
    for (const std::string& name : written_) seq.push_back(TtStmt("tt.forget", {Str(name)}, node->span));
    return SeqStmt::Flatten(seq);
  }

  PrimExpr VisitExpr_(const BufferLoadNode* node) final {
    if (!IsGlobal(node->buffer)) return StmtExprMutator::VisitExpr_(node);
    Place place = PlaceOf(node->buffer, node->indices);
    PrimExpr value = TtCall("tt.element", {Str(node->buffer->name), place.page, place.at}, node->dtype);
    return is_one(place.inside) ? value : if_then_else(place.inside, value, make_zero(node->dtype));
  }

  Stmt VisitStmt_(const BufferStoreNode* node) final {
    Array<Stmt> seq;
    Array<Stmt>* outer = std::exchange(named_, &seq);
    if (IsGlobal(node->buffer)) {
      Place place = PlaceOf(node->buffer, node->indices);
      Stmt store =
          TtStmt("tt.set_element", {Str(node->buffer->name), place.page, place.at, VisitExpr(node->value)}, node->span);
      seq.push_back(is_one(place.inside) ? store : IfThenElse(place.inside, store, std::nullopt, node->span));
    } else {
      seq.push_back(StmtExprMutator::VisitStmt_(node));
    }
    named_ = outer;
    return SeqStmt::Flatten(seq);
  }

  Place PlaceOf(const Buffer& buffer, const Array<PrimExpr>& given) {
    const TensorRecord* found = FindTensor(tensors_, buffer->name);
    if (!found) BrokenContract("D3", "no tensor " + std::string(buffer->name));
    const TensorRecord& t = *found;
    arith::Analyzer& analyzer = ranges_->analyzer;
    PrimExpr inside = Bool(true);
    std::vector<PrimExpr> index;
    for (size_t axis = 0; axis < given.size(); ++axis) {
      // Proofs are made on the user's expression, before loads in it become calls.
      const PrimExpr plain = analyzer.Simplify(given[axis]);
      const PrimExpr i = Named(VisitExpr(plain), plain);
      if (ReadsMemory(plain) || !analyzer.CanProve(plain >= 0)) inside = inside && i >= make_const(i->dtype, 0);
      if (ReadsMemory(plain) || !analyzer.CanProve(plain < make_const(plain->dtype, t.shape[axis])))
        inside = inside && i < make_const(i->dtype, t.shape[axis]);
      index.push_back(i);
    }
    PrimExpr page = Int(0), at = Int(0);
    if (t.row_page > 0) {
      const int64_t row = t.shape.empty() ? 1 : t.shape.back(), pages = (row + t.row_page - 1) / t.row_page;
      for (size_t axis = 0; axis + 1 < index.size(); ++axis) page = page * Int(t.shape[axis]) + index[axis];
      if (!index.empty()) at = index.back();
      if (pages > 1) {
        page = page * Int(pages) + floordiv(at, Int(t.row_page));
        at = floormod(at, Int(t.row_page));
      }
    } else {
      for (size_t axis = 0; axis < index.size(); ++axis)
        if (static_cast<int>(axis) != t.row_axis && static_cast<int>(axis) != t.col_axis)
          page = page * Int(t.shape[axis]) + index[axis];
      const PrimExpr row = t.row_axis < 0 ? Int(0) : index[t.row_axis],
                     col = t.col_axis < 0 ? Int(0) : index[t.col_axis];
      page = (page * Int(t.TileRows()) + floordiv(row, Int(kTileHeight))) * Int(t.TileCols()) +
             floordiv(col, Int(kTileWidth));
      at = TtCall("tt.tile_element", {row, col}, DataType::Int(32));
    }
    return {analyzer.Simplify(page), at, inside};
  }

  // A place that is read from memory, by a name in front of the statement: it is used several times. Reading it there
  // is right whatever the statement goes on to do, as reads outside of tensors give 0.
  PrimExpr Named(PrimExpr index, const PrimExpr& plain) {
    if (!named_ || !ReadsMemory(plain)) return index;
    Var var("place", index.dtype());
    named_->push_back(Bind(var, index));
    return var;
  }

  const std::vector<TensorRecord>& tensors_;
  ScalarRanges* ranges_;
  Array<Stmt>* named_ = nullptr;  // in front of the store that is visited
  std::vector<std::string> written_;
};

}  // namespace

Stmt LowerRiscv(const AttrStmtNode* node, const std::vector<TensorRecord>& tensors, ScalarRanges* ranges) {
  std::vector<std::string> written;
  for (const auto& [buffer, touch] : Touches::Of(node->body).list()) {
    if (!IsGlobal(buffer)) continue;
    const TensorRecord* t = FindTensor(tensors, buffer->name);
    if (t && t->access != "in") written.push_back(t->name);
  }
  Array<Stmt> seq{ElementLowering(tensors, ranges, written)(node->body)};
  for (const std::string& name : written) seq.push_back(TtStmt("tt.forget", {Str(name)}, node->span));
  return MakeRiscv(RoleOfRiscv(node), SeqStmt::Flatten(seq), node->span);
}

}  // namespace tltt::compiler

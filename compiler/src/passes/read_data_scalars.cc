// Frontend: numbers out of tensors that decide about tile operations become variables of every core.
//
// Before:                                            After:
//   for j in serial(counts[by]):                       with attr("tt.riscv", "all"): counts_value[0] = counts[by]
//     T.copy(B[table[by, j] * 64, 0], b_shared)        for j in serial(counts_value[0]):
//                                                        with attr("tt.riscv", "all"): table_value[0] = table[by, j]
//                                                        table_place = tt.as_index(table_value[0])
//                                                        T.copy(B[table_place * 64, 0], b_shared)
//
// Reader and writer read such an element themselves; compute gets it from the reader, where it needs it (D1). A place
// in a tensor is taken as a number that is never negative: a negative one, modulo 2^32, lies beyond every tensor's
// edge, where reads give 0 and writes do nothing.
//
// Establishes: control flow, starts of blocks and numbers of tile operations depend on variables, not on tensors.
#include <set>
#include <utility>
#include <vector>

#include "analysis/access.h"
#include "analysis/data_scalars.h"
#include "analysis/touches.h"
#include "ir/ops.h"
#include "ir/riscv.h"
#include "ir/same.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

class DataReader : public StmtMutator {
 public:
  explicit DataReader(const PrimFunc& func) : data_(func->body) {
    for (const auto& [var, buffer] : func->buffer_map) names_.insert(buffer->name);
    PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
      if (const auto* alloc = ref.as<AllocBufferNode>()) names_.insert(alloc->buffer->name);
      if (const auto* loop = ref.as<ForNode>()) names_.insert(loop->loop_var->name_hint);
    });
  }

  Stmt Run(const Stmt& body) { return VisitStmt(body); }

 private:
  Stmt VisitStmt_(const AttrStmtNode* node) final {
    return AsRiscv(GetRef<Stmt>(node)) ? GetRef<Stmt>(node) : StmtMutator::VisitStmt_(node);
  }
  Stmt VisitStmt_(const AllocBufferNode* node) final { return GetRef<Stmt>(node); }
  Stmt VisitStmt_(const WhileNode* node) final { return GetRef<Stmt>(node); }

  Stmt VisitStmt_(const ForNode* node) final {
    if (IsElementLoop(node)) return Leaf(GetRef<Stmt>(node));
    Here here(this, node->span);
    auto copy = ffi::make_object<ForNode>(*node);
    copy->min = here.Held(node->min);
    copy->extent = here.Held(node->extent);
    copy->body = VisitStmt(node->body);
    return here.With(Stmt(copy));
  }
  Stmt VisitStmt_(const IfThenElseNode* node) final {
    Here here(this, node->span);
    const PrimExpr condition = here.Held(node->condition);
    Optional<Stmt> otherwise;
    if (node->else_case) otherwise = VisitStmt(node->else_case.value());
    return here.With(IfThenElse(condition, VisitStmt(node->then_case), otherwise, node->span));
  }
  Stmt VisitStmt_(const BufferStoreNode* node) final { return Leaf(GetRef<Stmt>(node)); }
  Stmt VisitStmt_(const EvaluateNode* node) final { return Leaf(GetRef<Stmt>(node)); }

  // What stands in front of one statement: its numbers out of tensors.
  class Here {
   public:
    Here(DataReader* reader, Span span)
        : reader_(reader),
          span_(std::move(span)),
          replace_(
              &reader->data_, [this](const BufferLoad& load) { return Element(load); },
              [this](const PrimExpr& index) { return Place(index); }) {}

    // The number in a variable of its own, computed in front of the statement.
    PrimExpr Held(const PrimExpr& expr) {
      if (!ReadsMemory(expr)) return expr;
      const PrimExpr value = Number(expr);
      if (value.as<BufferLoadNode>()) return value;
      const Buffer variable = NewVariable("number");
      before_.push_back(BufferStore(variable, cast(DataType::Int(32), value), {Int(0)}, std::nullopt, span_));
      const PrimExpr held = BufferLoad(variable, {Int(0)});
      return expr->dtype.is_bool() ? PrimExpr(held != 0) : cast(expr->dtype, held);
    }
    Stmt With(const Stmt& stmt) const { return SeqStmt::Flatten(before_, stmt); }
    // The statement itself where nothing in it depends on data.
    Stmt Statement(const Stmt& stmt) {
      const Stmt out = Replaced(stmt);
      return depends_ ? out : stmt;
    }

   private:
    Stmt Replaced(const Stmt& stmt) {
      const auto* store = stmt.as<BufferStoreNode>();
      if (!store || !IsScalarVariable(store->buffer)) return replace_(stmt);
      return BufferStore(store->buffer, Number(store->value), store->indices, std::nullopt, store->span);
    }

    PrimExpr Number(const PrimExpr& expr) {
      if (!ReadsMemory(expr)) return expr;
      depends_ = true;
      return OfWords(replace_(expr));
    }

    PrimExpr Element(const BufferLoad& load) {
      depends_ = true;
      for (const auto& [known, value] : known_)
        if (SameExpr(known, load)) return value;
      Array<PrimExpr> indices;
      for (const PrimExpr& index : load->indices) indices.push_back(Number(index));
      const Buffer variable = NewVariable(std::string(load->buffer->name) + "_value");
      before_.push_back(MakeRiscv(kEveryRole,
                                  BufferStore(variable, cast(DataType::Int(32), BufferLoad(load->buffer, indices)),
                                              {Int(0)}, std::nullopt, span_),
                                  span_));
      const PrimExpr held = BufferLoad(variable, {Int(0)});
      const PrimExpr value = load->dtype.is_bool() ? PrimExpr(held != 0) : cast(load->dtype, held);
      known_.emplace_back(load, value);
      return value;
    }

    // Sums and multiples stay what they are, so that what is known of them can be proven; the rest is one number.
    PrimExpr Place(const PrimExpr& index) {
      if (!ReadsMemory(index)) return index;
      depends_ = true;
      if (const auto* sum = index.as<AddNode>()) return Place(sum->a) + Place(sum->b);
      if (const auto* product = index.as<MulNode>()) {
        const auto* factor = product->b.as<IntImmNode>();
        if (factor && factor->value >= 0) return Place(product->a) * product->b;
      }
      if (!reader_->data_.Known(index) || UsesLoop(index)) return replace_(index);
      const PrimExpr value = Held(index);
      const auto* load = value.as<BufferLoadNode>();
      Var place(reader_->Fresh(load ? std::string(load->buffer->name) + "_place" : "place"), DataType::Int(32));
      before_.push_back(Bind(place, TtCall("tt.as_index", {value}, DataType::Int(32)), span_));
      return cast(index->dtype, place);
    }

    // A loop variable of the T.Parallel that the statement is: it has no value in front of it.
    bool UsesLoop(const PrimExpr& index) const {
      return UsesVar(index, [&](const VarNode* var) { return inner.count(var) > 0; });
    }

    // Arithmetic of 32 bits alone: whole numbers of few bits are held in 32, and quotients by powers of two, which
    // round down, are shifts.
    static PrimExpr OfWords(const PrimExpr& expr) {
      class Widen : public ExprMutator {
        PrimExpr VisitExpr_(const FloorDivNode* node) final {
          int shift = 0;
          if (node->dtype != DataType::Int(32) || !is_const_power_of_two_integer(node->b, &shift))
            return ExprMutator::VisitExpr_(node);
          return Call(node->dtype, Op::Get("tirx.shift_right"), {VisitExpr(node->a), Int(shift)});
        }
        PrimExpr VisitExpr_(const FloorModNode* node) final {
          int shift = 0;
          if (node->dtype != DataType::Int(32) || !is_const_power_of_two_integer(node->b, &shift))
            return ExprMutator::VisitExpr_(node);
          return Call(node->dtype, Op::Get("tirx.bitwise_and"), {VisitExpr(node->a), Int((int64_t{1} << shift) - 1)});
        }
        PrimExpr VisitExpr_(const CastNode* node) final {
          const auto* inner = node->value.as<CastNode>();
          const auto* load = inner ? inner->value.as<BufferLoadNode>() : nullptr;
          const bool held = load && IsScalarVariable(load->buffer) && load->dtype == DataType::Int(32);
          if (held && node->dtype.bits() >= 32) return cast(node->dtype, inner->value);
          return ExprMutator::VisitExpr_(node);
        }
      } widen;
      return widen(expr);
    }

    Buffer NewVariable(const std::string& name) {
      Buffer variable = decl_buffer({Int(1)}, DataType::Int(32), reader_->Fresh(name), "local.var");
      before_.push_back(AllocBuffer(variable, {}, span_));
      return variable;
    }

    DataReader* reader_;
    Span span_;
    Array<Stmt> before_;
    bool depends_ = false;
    std::vector<std::pair<BufferLoad, PrimExpr>> known_;
    ReplaceData replace_;

   public:
    std::set<const VarNode*> inner;
  };

  Stmt Leaf(const Stmt& stmt) {
    Here here(this, stmt->span);
    PostOrderVisit(stmt, [&](const ffi::ObjectRef& ref) {
      if (const auto* loop = ref.as<ForNode>()) here.inner.insert(loop->loop_var.get());
    });
    Stmt out = here.Statement(stmt);
    if (!out->span.defined()) out->span = stmt->span;
    return here.With(out);
  }

  std::string Fresh(const std::string& name) {
    std::string fresh = name;
    for (int n = 1; !names_.insert(fresh).second; ++n) fresh = name + "_" + std::to_string(n);
    return fresh;
  }

  DataScalars data_;
  std::set<std::string> names_;
};

}  // namespace

Pass ReadDataScalars() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) {
    const Target target = func->GetAttr<Target>(tvm::attr::kTarget).value();
    if (target->GetAttr<int64_t>("riscv").value_or(1) == 0) return func;
    Stmt body = DataReader(func).Run(func->body);
    if (!body.same_as(func->body)) func.CopyOnWrite()->body = body;
    return func;
  };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.ReadDataScalars", {});
}

}  // namespace tltt::compiler

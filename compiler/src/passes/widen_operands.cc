#include "passes/widen_operands.h"

#include <set>
#include <string>
#include <vector>

#include "analysis/access.h"
#include "ir/ops.h"
#include "ir/records.h"

namespace tltt::compiler {

namespace {

bool FitsSixteenBitFloat(DataType dtype) {
  const bool integer = (dtype.is_int() || dtype.is_uint()) && dtype.bits() == 8;
  return dtype.is_float4_e2m1fn() || dtype.is_float8_e4m3fn() || dtype.is_float8_e5m2() || integer;
}

class Widener : public StmtMutator {
 public:
  explicit Widener(const PrimFunc& func) {
    const auto fidelity = func->GetAttr<Target>(tvm::attr::kTarget).value()->GetAttr<String>("math_fidelity");
    all_bits_ = fidelity.value_or("").empty() || fidelity.value_or("") == "HiFi4";
    for (const auto& [var, buffer] : func->buffer_map) names_.insert(buffer->name);
    PostOrderVisit(func->body, [&](const ffi::ObjectRef& ref) {
      if (const auto* alloc = ref.as<AllocBufferNode>()) names_.insert(alloc->buffer->name);
    });
  }

  std::vector<Stmt> allocs;

 private:
  Stmt VisitStmt_(const EvaluateNode* node) final {
    const auto* call = node->value.as<CallNode>();
    if (!call || OpName(call) != "tl.tileop.gemm") return GetRef<Stmt>(node);
    const tl::TileOperator op = tl::ParseOperator(GetRef<Call>(call));
    const auto* gemm = op.as<tl::GemmNode>();
    const bool sums = HasTileArithmetic(ffi::DLDataTypeToString(gemm->c_->dtype));
    if (!sums && !(all_bits_ && SumsAreExact(gemm))) return GetRef<Stmt>(node);
    const Span& span = node->span;
    Array<PrimExpr> args = call->args;
    Array<Stmt> seq;
    const BufferRegion operands[] = {gemm->aRegion_, gemm->bRegion_};
    for (int i = 0; i < 2; ++i) {
      const DataType own = operands[i]->buffer->dtype, other = operands[1 - i]->buffer->dtype;
      if (!FitsSixteenBitFloat(own)) continue;
      const Region narrow = ToRegion(operands[i]->buffer, operands[i]->region, span, "T.gemm");
      const Region wide = Beside(narrow, "_wide", other.is_float16() ? other : DataType::BFloat(16), span);
      seq.push_back(
          Evaluate(Call(DataType::Handle(), Op::Get("tl.tileop.copy"), {RegionExpr(narrow), RegionExpr(wide)}), span));
      args.Set(i, RegionExpr(wide));
    }
    if (seq.empty()) return GetRef<Stmt>(node);
    if (sums) {
      seq.push_back(Evaluate(Call(call->dtype, call->op, args, call->annotations, call->span), span));
      return SeqStmt(seq);
    }
    const Region sum = ToRegion(gemm->cRegion_->buffer, gemm->cRegion_->region, span, "T.gemm");
    const Region part = Beside(sum, "_part", DataType::Float(32), span);
    args.Set(2, RegionExpr(part));
    args.Set(9, Bool(true));  // clear_accum
    seq.push_back(Evaluate(Call(call->dtype, call->op, args, call->annotations, call->span), span));
    seq.push_back(Added(part, sum, gemm->clearAccum_, span));
    return SeqStmt(seq);
  }

  // Whether fp32 holds every sum of products of one T.gemm.
  static bool SumsAreExact(const tl::GemmNode* gemm) {
    double product = 1;
    for (const Buffer& operand : {gemm->a_, gemm->b_}) {
      const DataType dtype = operand->dtype;
      if ((!dtype.is_int() && !dtype.is_uint()) || dtype.bits() != 8) return false;
      product *= dtype.is_uint() ? 255 : 128;
    }
    return gemm->c_->dtype.is_int() && product * gemm->k_ <= 1 << 24;
  }

  // sum += part, or sum = part where `clear` holds.
  static Stmt Added(const Region& part, const Region& sum, PrimExpr clear, const Span& span) {
    if (!clear->dtype.is_bool()) clear = clear != 0;
    std::vector<Var> vars;
    Array<PrimExpr> from, to;
    for (size_t d = 0; d < sum.extents.size(); ++d) {
      vars.emplace_back("i" + std::to_string(d));
      from.push_back(vars[d]);
      to.push_back(sum.mins[d] + vars[d]);
    }
    const PrimExpr product = Cast(sum.buffer->dtype, BufferLoad(part.buffer, from)), old = BufferLoad(sum.buffer, to);
    PrimExpr value = is_one(clear)    ? product
                     : is_zero(clear) ? old + product
                                      : Select(clear, make_zero(product->dtype), old) + product;
    Stmt body = BufferStore(sum.buffer, value, to, std::nullopt, span);
    for (size_t d = vars.size(); d-- > 0;)
      body = For(vars[d], Int(0), Int(sum.extents[d]), ForKind::kParallel, body, std::nullopt, {}, std::nullopt, span);
    return body;
  }

  // The whole of a new buffer that has the region's extents.
  Region Beside(const Region& region, const char* suffix, DataType dtype, const Span& span) {
    Array<PrimExpr> shape;
    for (int64_t extent : region.extents) shape.push_back(Int(extent));
    std::string name = std::string(region.buffer->name) + suffix;
    while (!names_.insert(name).second) name += "_";
    Buffer buffer = decl_buffer(shape, dtype, name, "shared.dyn");
    allocs.push_back(AllocBuffer(buffer, {}, span));
    return {buffer, std::vector<PrimExpr>(region.extents.size(), Int(0)), region.extents};
  }

  bool all_bits_ = true;  // of operands take part in products
  std::set<std::string> names_;
};

// Inside the loops of the grid.
Stmt WithAllocs(const Stmt& body, const std::vector<Stmt>& allocs) {
  if (const auto* loop = body.as<ForNode>(); loop && loop->kind == ForKind::kThreadBinding) {
    auto copy = ffi::make_object<ForNode>(*loop);
    copy->body = WithAllocs(loop->body, allocs);
    return Stmt(copy);
  }
  return SeqStmt::Flatten(Array<Stmt>(allocs.begin(), allocs.end()), body);
}

}  // namespace

PrimFunc WidenGemmOperands(PrimFunc func) {
  Widener widener(func);
  Stmt body = widener(func->body);
  if (widener.allocs.empty()) return func;
  func.CopyOnWrite()->body = WithAllocs(body, widener.allocs);
  return func;
}

}  // namespace tltt::compiler

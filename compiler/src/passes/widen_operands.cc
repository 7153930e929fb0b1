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
  return dtype.is_float8_e4m3fn() || dtype.is_float8_e5m2() || integer;
}

class Widener : public StmtMutator {
 public:
  explicit Widener(const PrimFunc& func) {
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
    const DataType accumulator = gemm->c_->dtype;
    if (!HasTileArithmetic(ffi::DLDataTypeToString(accumulator))) return GetRef<Stmt>(node);
    Array<PrimExpr> args = call->args;
    Array<Stmt> seq;
    const BufferRegion operands[] = {gemm->aRegion_, gemm->bRegion_};
    for (int i = 0; i < 2; ++i) {
      const DataType own = operands[i]->buffer->dtype, other = operands[1 - i]->buffer->dtype;
      if (!FitsSixteenBitFloat(own)) continue;
      const Region narrow = ToRegion(operands[i]->buffer, operands[i]->region, node->span, "T.gemm");
      Region wide{Wide(narrow, other.is_float16() ? other : DataType::BFloat(16), node->span), {}, narrow.extents};
      wide.mins.assign(narrow.mins.size(), Int(0));
      seq.push_back(Evaluate(
          Call(DataType::Handle(), Op::Get("tl.tileop.copy"), {RegionExpr(narrow), RegionExpr(wide)}), node->span));
      args.Set(i, RegionExpr(wide));
    }
    if (seq.empty()) return GetRef<Stmt>(node);
    seq.push_back(Evaluate(Call(call->dtype, call->op, args, call->attrs, call->span), node->span));
    return SeqStmt(seq);
  }

  Buffer Wide(const Region& narrow, DataType dtype, const Span& span) {
    Array<PrimExpr> shape;
    for (int64_t extent : narrow.extents) shape.push_back(Int(extent));
    std::string name = std::string(narrow.buffer->name) + "_wide";
    while (!names_.insert(name).second) name += "_";
    Buffer wide = decl_buffer(shape, dtype, name, "shared.dyn");
    allocs.push_back(AllocBuffer(wide, {}, span));
    return wide;
  }

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

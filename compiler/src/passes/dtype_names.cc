#include "passes/dtype_names.h"

#include <unordered_map>

#include "ir/ops.h"

namespace tltt::compiler {
namespace {

// The same dtype where it has no other name.
DataType Own(DataType dtype) {
  if (dtype.is_float8_e4m3()) return DataType::Float8E4M3FN(dtype.lanes());
  if (ffi::DLDataTypeToString(dtype.element_of()) == "custom[tfloat32]") return DataType::Float(32, dtype.lanes());
  return dtype;
}

class Renamer : public StmtExprMutator {
 public:
  Buffer Renamed(const Buffer& buffer) {
    auto [it, fresh] = buffers_.emplace(buffer.get(), buffer);
    if (fresh && Own(buffer->dtype) != buffer->dtype) {
      auto copy = ffi::make_object<BufferNode>(*buffer.get());
      copy->dtype = Own(buffer->dtype);
      it->second = Buffer(copy);
    }
    return it->second;
  }

 private:
  Buffer VisitBufferDef(const Buffer& buffer, bool) final { return Renamed(buffer); }
  Buffer VisitBufferUse(const Buffer& buffer) final { return Renamed(buffer); }
  PrimExpr VisitExpr_(const BufferLoadNode* node) final {
    const PrimExpr expr = StmtExprMutator::VisitExpr_(node);
    const auto* load = expr.as<BufferLoadNode>();
    return load == node ? expr : BufferLoad(load->buffer, load->indices, load->predicate, load->span);
  }
  PrimExpr VisitExpr_(const CastNode* node) final {
    const PrimExpr value = VisitExpr(node->value);
    return Own(node->dtype) == node->dtype && value.same_as(node->value) ? GetRef<PrimExpr>(node)
                                                                         : cast(Own(node->dtype), value);
  }
  PrimExpr VisitExpr_(const FloatImmNode* node) final {
    return Own(node->dtype) == node->dtype ? GetRef<PrimExpr>(node)
                                           : FloatImm(Own(node->dtype), node->value, node->span);
  }
  PrimExpr VisitExpr_(const CallNode* node) final {
    PrimExpr expr = StmtExprMutator::VisitExpr_(node);
    if (Own(expr->dtype) == expr->dtype) return expr;
    auto copy = ffi::make_object<CallNode>(*expr.as<CallNode>());
    copy->dtype = Own(expr->dtype);
    return PrimExpr(copy);
  }

  std::unordered_map<const BufferNode*, Buffer> buffers_;
};

}  // namespace

PrimFunc OwnDtypes(PrimFunc func) {
  Renamer renamer;
  Map<Var, Buffer> parameters;
  for (const auto& [param, buffer] : func->buffer_map) parameters.Set(param, renamer.Renamed(buffer));
  Stmt body = renamer(func->body);
  PrimFuncNode* node = func.CopyOnWrite();
  node->body = body;
  node->buffer_map = parameters;
  return func;
}

}  // namespace tltt::compiler

// B2: the launch grid becomes a loop over the blocks that a core owns.
//
// Before: for bx in blockIdx.x(8): for by in blockIdx.y(16): body(bx, by)
// After:  start_id = tt.get_arg_val("start_id"); count = tt.get_arg_val("count")
//         for i in serial(count) {tt.persistent}:
//           block_id = start_id + i; bx = block_id % 8; by = block_id / 8
//           body(bx, by)
//
// Establishes: no thread bindings; block indices are Bind statements at the head of the persistent loop's body.
#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

PrimFunc ToCoreGrid(PrimFunc func) {
  if (!func->GetAttr<Array<Any>>(attr::kWorkPartition)) BrokenContract("B2", "no work partition: B1 has not run");
  Stmt body = func->body;
  Var vars[3];
  int64_t extents[3] = {1, 1, 1};
  while (const auto* loop = body.as<ForNode>()) {
    if (loop->kind != ForKind::kThreadBinding) break;
    std::string tag = loop->thread_binding.value()->thread_tag;
    int axis = tag.back() - 'x';
    if (tag.rfind("blockIdx.", 0) != 0 || axis < 0 || axis > 2)
      BrokenContract("B2", "unexpected thread binding " + tag);
    vars[axis] = loop->loop_var;
    extents[axis] = loop->extent.as<IntImmNode>()->value;
    body = loop->body;
  }
  Var start("start_id", DataType::Int(32)), count("count", DataType::Int(32)), i("i", DataType::Int(32));
  Var block("block_id", DataType::Int(32));
  PrimExpr index[3] = {extents[0] == 1 ? Int(0) : floormod(block, Int(extents[0])),
                       extents[1] == 1   ? Int(0)
                       : extents[2] == 1 ? floordiv(block, Int(extents[0]))
                                         : floormod(floordiv(block, Int(extents[0])), Int(extents[1])),
                       extents[2] == 1 ? Int(0) : floordiv(block, Int(extents[0] * extents[1]))};
  if (extents[0] == 1 && extents[1] > 1 && extents[2] == 1) index[1] = block;
  Array<Stmt> inner{Bind(block, start + i)};
  Map<Var, PrimExpr> constants;
  for (int axis = 0; axis < 3; ++axis) {
    if (!vars[axis].defined()) continue;
    if (extents[axis] == 1) {
      constants.Set(vars[axis], Int(0));
    } else {
      inner.push_back(
          Bind(vars[axis], extents[0] * extents[1] * extents[2] == extents[axis] ? PrimExpr(block) : index[axis]));
    }
  }
  inner.push_back(Substitute(body, constants));
  Stmt loop =
      For(i, Int(0), count, ForKind::kSerial, SeqStmt::Flatten(inner), std::nullopt, {{attr::kPersistentLoop, block}});
  func.CopyOnWrite()->body = SeqStmt({Bind(start, TtCall("tt.get_arg_val", {Str("start_id")}, DataType::Int(32))),
                                      Bind(count, TtCall("tt.get_arg_val", {Str("count")}, DataType::Int(32))), loop});
  return WithAttr(std::move(func), attr::kTransformedToCore, Integer(1));
}

}  // namespace

Pass GridToCoreGrid() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return ToCoreGrid(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.GridToCoreGrid", {});
}

}  // namespace tltt::compiler

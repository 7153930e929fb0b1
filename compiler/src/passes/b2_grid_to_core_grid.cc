// B2: the launch grid becomes a loop over the blocks that a core owns.
//
// Before: for bx in blockIdx.x(8): for by in blockIdx.y(16): body(bx, by)
// After:  start_id = tt.get_arg_val("start_id"); count = tt.get_arg_val("count")
//         for i in serial(count) {tt.persistent}:
//           block_id = start_id + i; bx = block_id % 8; by = block_id / 8
//           body(bx, by)
//
// Other orders and policies of B1 take another way from i to (bx, by): some more divisions for column_major,
// block_linear and match_shard, or the block's number from a table in the runtime arguments for curves and custom
// lists.
//
// Establishes: no thread bindings; block indices are Bind statements at the head of the persistent loop's body.
#include <algorithm>

#include "ir/diagnostics.h"
#include "ir/ops.h"
#include "ir/records.h"
#include "ir/sharing.h"
#include "ir/work.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

// A scalar of the persistent loop's head, in 0 .. extent - 1.
struct Scalar {
  Var var;
  int64_t extent;
};

// Binds the position (row, column) in the grid of the block that a core does in turn `i`.
class BlockPosition {
 public:
  BlockPosition(const Partition& work, PrimExpr start, Var i)
      : work_(work), start_(std::move(start)), i_(std::move(i)) {
    const int64_t blocks = work.rows * work.columns;
    if (work.NeedsTable()) {
      block_ = Define("block_id", blocks, TtCall("tt.get_arg_val", {Str(kFirstBlockArg), i_}, DataType::Int(32)));
      return;
    }
    PrimExpr turn = i_;
    if (work.chunk == 1) turn = turn * Int(work.stride);
    if (work.chunk > 1) turn = floordiv(i_, Int(work.chunk)) * Int(work.stride) + floormod(i_, Int(work.chunk));
    const bool row_major = work.order->kind == TileOrder::Kind::kRowMajor;
    block_ = Define(row_major ? "block_id" : "rank", blocks, start_ + turn);
    if (!row_major) {
      if (work.order->kind == TileOrder::Kind::kColumnMajor) {
        row_ = floormod(block_, Int(work.rows)), column_ = floordiv(block_, Int(work.rows));
      } else {
        Blocked(std::min(work.order->block_rows, work.rows), std::min(work.order->block_columns, work.columns));
      }
    }
  }

  Array<Stmt> binds;
  std::vector<Scalar> scalars;

  PrimExpr Row() const {
    return row_.defined() ? row_ : work_.columns == 1 ? block_ : floordiv(block_, Int(work_.columns));
  }
  PrimExpr Column() const {
    return column_.defined() ? column_ : work_.rows == 1 ? block_ : floormod(block_, Int(work_.columns));
  }
  PrimExpr Define(const std::string& name, int64_t extent, const PrimExpr& value) {
    Var var(name, DataType::Int(32));
    binds.push_back(Bind(var, value));
    scalars.push_back({var, extent});
    return var;
  }

 private:
  // Rectangles of h x w blocks, row-major; blocks of each row-major; cut off at the grid's edges.
  void Blocked(int64_t h, int64_t w) {
    const int64_t rows = work_.rows, columns = work_.columns;
    PrimExpr band = Define("band", (rows + h - 1) / h, floordiv(block_, Int(h * columns)));
    PrimExpr in_band = Define("in_band", h * columns, floormod(block_, Int(h * columns)));
    PrimExpr height = Int(h), width = Int(w);
    if (rows % h) height = Define("height", h + 1, min(Int(h), Int(rows) - band * Int(h)));
    PrimExpr group = Define("group", (columns + w - 1) / w, floordiv(in_band, height * Int(w)));
    PrimExpr inside = Define("inside", h * w, floormod(in_band, height * Int(w)));
    if (columns % w) width = Define("width", w + 1, min(Int(w), Int(columns) - group * Int(w)));
    row_ = band * Int(h) + floordiv(inside, width);
    column_ = group * Int(w) + floormod(inside, width);
  }

  const Partition& work_;
  PrimExpr start_;
  Var i_;
  PrimExpr block_, row_, column_;
};

// The launch's loops are the outermost of a body; one that is left inside of it has no cores to run on.
void RequireCoreLaunch(const Stmt& body) {
  PostOrderVisit(body, [](const ffi::ObjectRef& ref) {
    const auto* loop = ref.as<ForNode>();
    if (!loop || loop->kind != ForKind::kThreadBinding) return;
    TVM_FFI_THROW(ValueError) << "Output still contains T.Kernel blocks: " << loop->loop_var->name_hint
                              << " is bound to " << loop->thread_binding.value()->thread_tag
                              << tl::SpanHintSuffix(loop->span);
  });
}

PrimFunc ToCoreGrid(PrimFunc func) {
  const Partition work = WorkOf(func);
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
    body = loop->body;
  }
  RequireCoreLaunch(body);
  const auto grid = func->GetAttr<Array<Integer>>(attr::kLaunchGrid).value();  // B1 may have grown it
  for (int axis = 0; axis < 3; ++axis) extents[axis] = grid[axis]->value;
  Var start("start_id", DataType::Int(32)), count("count", DataType::Int(32)), i("i", DataType::Int(32));
  BlockPosition position(work, start, i);
  PrimExpr row = position.Row();
  if (extents[1] > 1 && extents[2] > 1 && !row.as<VarNode>()) row = position.Define("row", work.rows, row);
  const PrimExpr index[3] = {position.Column(), extents[2] == 1 ? row : floormod(row, Int(extents[1])),
                             extents[1] == 1 ? row : floordiv(row, Int(extents[1]))};
  Map<Var, PrimExpr> constants;
  for (int axis = 0; axis < 3; ++axis) {
    if (!vars[axis].defined()) continue;
    if (extents[axis] == 1) {
      constants.Set(vars[axis], Int(0));
    } else {
      position.binds.push_back(Bind(vars[axis], index[axis]));
      position.scalars.push_back({vars[axis], extents[axis]});
    }
  }
  Array<Stmt> inner = position.binds;
  inner.push_back(constants.empty() ? body : ReplaceVars(constants)(body));
  Array<Any> ranges;
  for (const auto& [var, extent] : position.scalars) ranges.push_back(Array<Any>{var, Integer(extent)});
  Stmt loop =
      For(i, Int(0), count, ForKind::kSerial, SeqStmt::Flatten(inner), std::nullopt, {{attr::kPersistentLoop, ranges}});
  Array<Stmt> seq;
  if (!work.NeedsTable()) seq.push_back(Bind(start, TtCall("tt.get_arg_val", {Str("start_id")}, DataType::Int(32))));
  seq.push_back(Bind(count, TtCall("tt.get_arg_val", {Str("count")}, DataType::Int(32))));
  seq.push_back(loop);
  func.CopyOnWrite()->body = SeqStmt(seq);
  return WithAttr(std::move(func), attr::kTransformedToCore, Integer(1));
}

}  // namespace

Pass GridToCoreGrid() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return ToCoreGrid(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.GridToCoreGrid", {});
}

}  // namespace tltt::compiler

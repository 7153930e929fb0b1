// A1: a layout record for every tensor parameter, and the launch grid.
//
// Before: func gemm(A: (1024, 1024) bf16, ...) { for bx in blockIdx.x(8): for by in blockIdx.y(8): ... }
// After:  attrs += { tt.buffer.A = {memory: "DRAM", layout: "interleaved", tile_shape: [32, 32], tile_axes: [0, 1],
//                                   dtype: "bfloat16", shape: [1024, 1024], access: "in"}, ..., tt.launch_grid = [8, 8]
//                                   }
//
// The tile axes of a tensor are the two axes along which the kernel's blocks extend; access comes from reads and
// writes.
#include <algorithm>
#include <set>

#include "analysis/access.h"
#include "analysis/layout.h"
#include "analysis/touches.h"
#include "ir/diagnostics.h"
#include "ir/records.h"
#include "ir/riscv.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

std::vector<int64_t> StaticShape(const Buffer& buffer, const Span& span) {
  std::vector<int64_t> shape;
  for (const PrimExpr& dim : buffer->shape) {
    const auto* imm = dim.as<IntImmNode>();
    if (!imm) {
      Refuse(buffer->span.defined() ? buffer->span : span,
             "tensor `" + std::string(buffer->name) +
                 "` has a symbolic shape; sizes must be known when the kernel is compiled",
             "call the kernel with tensors, or give the size: tltt compile --size NAME=VALUE");
    }
    shape.push_back(imm->value);
  }
  return shape;
}

// Row and column axis of a tensor from its accesses.
std::pair<int, int> TileAxes(const std::string& name, size_t rank, const std::vector<const TensorAccess*>& accesses) {
  if (rank == 0) return {-1, -1};
  if (rank == 1) return {-1, 0};
  int row = -2, col = -1;
  for (const TensorAccess* access : accesses) {
    std::vector<int> wide = WideAxes(access->region.extents);
    if (wide.size() < 2) continue;
    int r = wide[wide.size() - 2], c = wide.back();
    if (row == -2) {
      row = r, col = c;
    } else if (row != r || col != c) {
      Refuse(access->span, "tensor `" + name + "` is accessed in blocks along different pairs of axes",
             "let all blocks of `" + name + "` extend along the same two axes");
    }
  }
  if (row >= 0) return {row, col};
  // Vectors only: every row is a vector of its own where blocks start at any row.
  for (const TensorAccess* access : accesses) {
    std::vector<int> wide = WideAxes(access->region.extents);
    if (wide.size() != 1) continue;
    if (col >= 0 && col != wide[0]) {
      Refuse(access->span, "tensor `" + name + "` is accessed in vectors along different axes", "use one axis");
    }
    col = wide[0];
  }
  const int last = static_cast<int>(rank) - 1;
  if (col < 0) return {last - 1, last};
  if (col == last) return {-1, last};
  // A vector along an inner axis beside a unit last axis is a column of tiles.
  return {col, last};
}

class GridFinder : public StmtVisitor {
 public:
  std::vector<int64_t> grid = {1, 1, 1};
  std::vector<int> loops_seen;
  Span span;

 private:
  void VisitStmt_(const ForNode* node) final {
    if (node->kind == ForKind::kThreadBinding && node->thread_binding) {
      std::string tag = node->thread_binding.value()->thread_tag;
      if (tag.rfind("blockIdx.", 0) == 0) {
        int axis = tag.back() - 'x';
        const auto* extent = node->extent.as<IntImmNode>();
        if (!extent) {
          Refuse(node->span, "the launch grid depends on values that are only known at run time",
                 "give the kernel constant sizes");
        }
        if (std::find(loops_seen.begin(), loops_seen.end(), axis) != loops_seen.end()) {
          BrokenContract("A1", "several launches in one function");  // SplitLaunches
        }
        loops_seen.push_back(axis);
        grid[axis] = extent->value;
      }
    }
    StmtVisitor::VisitStmt_(node);
  }
};

// Tensors that no tile operation touches lie in rows: a page is a row, or a part of one.
int64_t RowPage(const TensorRecord& t) {
  constexpr int64_t kAlignment = 64, kLargest = 2048;  // bytes
  const int64_t element = ElementBytesOfDtype(t.dtype);
  const int64_t row = (t.shape.empty() ? 1 : t.shape.back()) * element;
  return std::min(kLargest, (row + kAlignment - 1) / kAlignment * kAlignment) / element;
}

// Whether 32x32 elements of the dtype are a tile of its format.
bool FillsTiles(const std::string& dtype) {
  return TileBytes(*DataFormatOfDtype(dtype)) == ElementBytesOfDtype(dtype) * kTileHeight * kTileWidth;
}

// What the statements that run element by element do to tensors.
Touches ElementTouches(const Stmt& body) {
  std::vector<Stmt> stmts;
  PostOrderVisit(body, [&](const ffi::ObjectRef& ref) {
    const auto* node = ref.as<AttrStmtNode>();
    if (node && AsRiscv(GetRef<Stmt>(node))) stmts.push_back(GetRef<Stmt>(node));
  });
  return Touches::Of(stmts);
}

PrimFunc InferLayouts(PrimFunc func) {
  const Touches elements = ElementTouches(func->body);
  const auto folded = func->GetAttr<Map<String, Any>>(attr::kFolded).value_or(Map<String, Any>());
  const auto packed = func->GetAttr<Map<String, Any>>(attr::kPacked).value_or(Map<String, Any>());
  std::vector<TensorAccess> accesses = CollectTensorAccesses(func->body);
  std::set<const BufferNode*> own;
  for (const auto& [param, buffer] : func->buffer_map) own.insert(buffer.get());
  auto require_own = [&](const Buffer& buffer, const Span& span) {
    if (own.count(buffer.get())) return;
    Refuse(span, "tensor `" + std::string(buffer->name) + "` is a view of another one",
           "index the kernel's parameter itself, by its own shape");
  };
  for (const TensorAccess& access : accesses) require_own(access.region.buffer, access.span);
  for (const auto& [buffer, touch] : elements.list())
    if (IsGlobal(buffer)) require_own(buffer, buffer->span.defined() ? buffer->span : func->span);
  std::vector<std::string> names;
  for (const Var& param : func->params)
    if (func->buffer_map.count(param)) names.push_back(func->buffer_map.at(param)->name);
  const auto layouts = UserLayoutsOf(func, names);
  const Chip& chip = ChipOf(TargetOf(func));
  Array<String> order;
  for (const Var& param : func->params) {
    auto it = func->buffer_map.find(param);
    if (it == func->buffer_map.end()) {
      Refuse(func->span, "scalar parameter `" + std::string(param->name_hint) + "` is not supported",
             "call the kernel with its value, or give it: tltt compile --size NAME=VALUE");
    }
    Buffer buffer = (*it).second;
    TensorRecord t;
    t.name = buffer->name;
    t.shape = StaticShape(buffer, func->span);
    t.dtype = ffi::DLDataTypeToString(buffer->dtype);
    if (folded.count(buffer->name)) t.vector = folded.at(buffer->name).cast<Integer>()->value;
    if (packed.count(buffer->name)) t.packed = packed.at(buffer->name).cast<String>();
    const Span span = buffer->span.defined() ? buffer->span : func->span;
    const Touch element = elements.Of(buffer);
    const bool by_element = element.read || element.written;
    for (int64_t dim : t.shape)
      if (dim < 1)
        Refuse(span, "tensor `" + t.name + "` has no elements", "do not launch the kernel for empty tensors");
    bool read = false, written = false;
    std::vector<const TensorAccess*> mine;
    for (const TensorAccess& access : accesses) {
      if (!access.region.buffer.same_as(buffer)) continue;
      (access.write ? written : read) = true;
      mine.push_back(&access);
    }
    const auto layout = layouts.find(t.name);
    if (mine.empty() && (by_element || !HasTileArithmetic(t.dtype)) && layout == layouts.end()) {
      RequireElementDtype(t.dtype, "tensor `" + t.name + "`", span);
      t.row_page = RowPage(t);
    } else if (mine.empty() && by_element) {
      RequireElementDtype(t.dtype, "tensor `" + t.name + "`", span);
      if (!FillsTiles(t.dtype)) {
        Refuse(span, "annotate_tt_layout of `" + t.name + "`: no tile holds elements of " + t.dtype,
               "leave the annotation out: the tensor then lies in rows over the DRAM");
      }
    } else {
      RequireDtype(t.dtype, "tensor `" + t.name + "`", span);
    }
    // Elements are written into pages whose other elements stay what they are.
    read = read || by_element;
    written = written || element.written;
    t.access = read && written ? "inout" : written ? "out" : read ? "in" : "none";
    std::tie(t.row_axis, t.col_axis) = TileAxes(t.name, t.shape.size(), mine);
    if (layout != layouts.end()) ApplyLayout(layout->second, chip, &t);
    if (by_element && !t.data_format.empty()) {
      Refuse(span, "tensor `" + t.name + "` is held as " + t.data_format + " and is read or written element by element",
             "leave the tensor in its own format");
    }
    order.push_back(t.name);
    func = WithAttr(std::move(func), attr::kBufferPrefix + t.name, ToMap(t));
  }
  func = WithAttr(std::move(func), attr::kTensorOrder, order);
  GridFinder finder;
  finder(func->body);
  return WithAttr(std::move(func), attr::kLaunchGrid, ToInts(finder.grid));
}

}  // namespace

Pass InferTTLayout() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return InferLayouts(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.InferTTLayout", {});
}

}  // namespace tltt::compiler

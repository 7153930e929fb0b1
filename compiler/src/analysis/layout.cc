#include "analysis/layout.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <unordered_map>

#include "analysis/access.h"
#include "ir/diagnostics.h"
#include "tltt/shards.h"

namespace tltt::compiler {
namespace {

std::string Join(const std::vector<int64_t>& values) {
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i) text += (i ? ", " : "") + std::to_string(values[i]);
  return text + "]";
}

std::string FormatFor(const UserLayout& layout, const TensorRecord& t) {
  const std::map<std::string, std::string> aliases = {
      {"bfp8", "Bfp8_b"}, {"bfp4", "Bfp4_b"}, {"bf16", "Float16_b"}, {"fp16", "Float16"}, {"fp32", "Float32"}};
  std::string name = layout.data_format;
  if (auto alias = aliases.find(name); alias != aliases.end()) name = alias->second;
  if (auto own = DataFormatOfDtype(name)) name = DataFormatName(*own);
  const std::vector<std::string> known = {"Float32", "Float16", "Float16_b", "Bfp8_b", "Bfp4_b"};
  if (std::find(known.begin(), known.end(), name) != known.end()) return name;
  Refuse(layout.span,
         "annotate_tt_layout of `" + t.name + "`: data format `" + layout.data_format + "` of a " + t.dtype +
             " tensor is not supported" + DidYouMean(name, known),
         "use Float32, Float16, Float16_b, Bfp8_b (bfp8) or Bfp4_b (bfp4)");
}

// The axes of the tensor in the order of its page numbers: batch axes, row, column; with the elements that one page
// spans along each.
struct PageAxis {
  int axis;  // -1: an axis of extent 1 that the tensor does not have
  int64_t extent, unit;
  int64_t Pages() const { return (extent + unit - 1) / unit; }
};

std::vector<PageAxis> PageAxes(const TensorRecord& t) {
  std::vector<PageAxis> axes;
  for (int axis = 0; axis < static_cast<int>(t.shape.size()); ++axis)
    if (axis != t.row_axis && axis != t.col_axis) axes.push_back({axis, t.shape[axis], 1});
  if (t.row_axis >= 0) axes.push_back({t.row_axis, t.shape[t.row_axis], kTileHeight});
  if (t.col_axis >= 0) axes.push_back({t.col_axis, t.shape[t.col_axis], kTileWidth});
  return axes;
}

// Shards of a tensor by its annotation's axes.
void ApplyShards(const NdShard& shard, const UserLayout& layout, TensorRecord* t) {
  const Span& span = layout.span;
  const std::string who = "nd_shard of `" + t->name + "`";
  const auto find = [&](const char* name) {
    return std::find(shard.axes.begin(), shard.axes.end(), name) - shard.axes.begin();
  };
  const size_t m = static_cast<size_t>(find("M")), n = static_cast<size_t>(find("N")), count = shard.axes.size();
  if (m == count || n == count)
    Refuse(span, who + " must include axes 'M' and 'N'",
           "name the axes along which tiles extend M (rows) and N (columns)");
  const size_t rank = t->shape.size();
  if (count != rank && count != 2) {
    Refuse(span, who + " has " + std::to_string(count) + " axes, but the tensor has " + std::to_string(rank),
           "name every axis of the tensor, or M and N alone");
  }
  if (shard.grid.size() != count || (!shard.shard_shape.empty() && shard.shard_shape.size() != count)) {
    Refuse(span, who + ": axes, grid and shard_shape_elems differ in length",
           "give one number of shards and one extent for each axis");
  }
  if (!shard.align_tiles)
    Refuse(span, t->memory + " sharded buffer " + t->name + " must be tile-aligned", "leave align_tiles out");
  std::vector<PageAxis> axes = PageAxes(*t);
  // Positions in the annotation, in the order of `axes`.
  std::vector<size_t> position;
  if (count == rank && rank >= 2) {
    if (t->col_axis != static_cast<int>(n) || (t->row_axis >= 0 && t->row_axis != static_cast<int>(m))) {
      Refuse(span,
             who + ": 'M' and 'N' are axes " + std::to_string(m) + " and " + std::to_string(n) +
                 ", but the kernel's blocks extend along axes " + std::to_string(t->row_axis) + " and " +
                 std::to_string(t->col_axis),
             "call the axes along which blocks extend M and N");
    }
    for (const PageAxis& axis : axes) position.push_back(static_cast<size_t>(axis.axis));
  } else {
    // M and N alone: batches lie one after the other along M, each padded to whole tiles.
    const PageAxis column = axes.empty() ? PageAxis{-1, 1, kTileWidth} : axes.back();
    if (!axes.empty()) axes.pop_back();
    int64_t rows = 1;
    for (const PageAxis& axis : axes) rows *= axis.Pages();
    axes = {{-1, rows * kTileHeight, kTileHeight}, column};
    position = {m, n};
  }
  t->tensor_pages.clear(), t->shard_pages.clear();
  int64_t shard_rows = 1, shard_columns = 1;
  for (size_t i = 0; i < axes.size(); ++i) {
    const PageAxis& axis = axes[i];
    const std::string& name = shard.axes[position[i]];
    const int64_t grid = shard.grid[position[i]];
    int64_t elements =
        shard.shard_shape.empty() ? (axis.Pages() + grid - 1) / grid * axis.unit : shard.shard_shape[position[i]];
    if (elements % axis.unit != 0) {
      Refuse(span,
             t->memory + " shard not tile-aligned: " + t->memory + " sharded buffer " + t->name +
                 " must be tile-aligned, but its shard has " + std::to_string(elements) + " elements along axis " +
                 name,
             "use multiples of " + std::to_string(axis.unit) + ", e.g. " +
                 std::to_string((elements + axis.unit - 1) / axis.unit * axis.unit));
    }
    if (elements * grid < axis.extent) {
      Refuse(span,
             who + ": " + std::to_string(grid) + " shards of " + std::to_string(elements) + " elements cover " +
                 std::to_string(elements * grid) + " of " + std::to_string(axis.extent) + " along axis " + name,
             "use more or larger shards, or leave shard_shape_elems out");
    }
    t->tensor_pages.push_back(axis.Pages());
    t->shard_pages.push_back(elements / axis.unit);
    const int64_t used = (axis.Pages() - 1) / t->shard_pages.back() + 1;
    (i + 1 == axes.size() ? shard_columns : shard_rows) *= used;
  }
  t->shard_grid = {shard_rows, shard_columns};
}

// Values of integer expressions; variables that are not given count as 0.
class Evaluator : public ExprFunctor<int64_t(const PrimExpr&)> {
 public:
  std::unordered_map<const VarNode*, int64_t> values;

 private:
  int64_t VisitExpr_(const IntImmNode* n) final { return n->value; }
  int64_t VisitExpr_(const VarNode* n) final {
    auto it = values.find(n);
    return it == values.end() ? 0 : it->second;
  }
  int64_t VisitExpr_(const CastNode* n) final { return VisitExpr(n->value); }
  int64_t VisitExpr_(const AddNode* n) final { return VisitExpr(n->a) + VisitExpr(n->b); }
  int64_t VisitExpr_(const SubNode* n) final { return VisitExpr(n->a) - VisitExpr(n->b); }
  int64_t VisitExpr_(const MulNode* n) final { return VisitExpr(n->a) * VisitExpr(n->b); }
  int64_t VisitExpr_(const MinNode* n) final { return std::min(VisitExpr(n->a), VisitExpr(n->b)); }
  int64_t VisitExpr_(const MaxNode* n) final { return std::max(VisitExpr(n->a), VisitExpr(n->b)); }
  int64_t VisitExpr_(const FloorDivNode* n) final { return Divide(n).first; }
  int64_t VisitExpr_(const FloorModNode* n) final { return Divide(n).second; }
  int64_t VisitExpr_(const DivNode* n) final { return Divide(n).first; }
  int64_t VisitExpr_(const ModNode* n) final { return Divide(n).second; }
  int64_t VisitExprDefault_(const ffi::Object*) final { return 0; }

  template <typename Node>
  std::pair<int64_t, int64_t> Divide(const Node* n) {
    const int64_t a = VisitExpr(n->a), b = VisitExpr(n->b);
    if (b == 0) return {0, 0};
    const int64_t quotient = a / b - ((a % b != 0) && ((a < 0) != (b < 0)));
    return {quotient, a - quotient * b};
  }
};

}  // namespace

void ApplyLayout(const UserLayout& layout, const Chip& chip, TensorRecord* t) {
  const Span& span = layout.span;
  if (layout.memory != "DRAM" && layout.memory != "L1")
    Refuse(span,
           "Invalid memory type for " + t->name + ": " + layout.memory + DidYouMean(layout.memory, {"DRAM", "L1"}),
           "use DRAM or L1");
  if (layout.layout != "interleaved" && layout.layout != "sharded") {
    Refuse(span,
           "Invalid layout type for " + t->name + ": " + layout.layout +
               DidYouMean(layout.layout, {"interleaved", "sharded"}),
           "use interleaved or sharded");
  }
  t->memory = layout.memory;
  t->layout = layout.layout;
  t->cb_depth = layout.cb_depth;
  if (layout.tile_shape.size() != 2)
    Refuse(span, "Tile shape must be 2D for " + t->name + ": " + Join(layout.tile_shape), "use [32, 32]");
  if (layout.tile_shape[0] != kTileHeight || layout.tile_shape[1] != kTileWidth) {
    Refuse(span, "Non-standard tile shape " + Join(layout.tile_shape) + " of " + t->name + ": tiles are 32x32 here",
           "use [32, 32]");
  }
  if (!layout.data_format.empty()) t->data_format = FormatFor(layout, *t);
  if (!layout.halo.empty()) {
    Refuse(span, "Halo metadata not supported for " + t->name,
           "leave `halo` out: blocks that reach into neighbouring shards are read from their cores");
  }
  if (layout.layout == "sharded" && !layout.nd_shard) {
    Refuse(span, layout.memory + " sharded buffer " + t->name + " requires nd_shard specification",
           "add nd_shard={\"axes\": [\"M\", \"N\"], \"grid\": [rows, columns]}");
  }
  if (layout.layout == "interleaved" && layout.nd_shard)
    Refuse(span, "annotate_tt_layout of `" + t->name + "` is interleaved, but has nd_shard", "use layout=\"sharded\"");
  if (layout.nd_shard) {
    const std::string& order = layout.nd_shard->order;
    if (order != "match_shard" && !ParseTileOrder(order)) {
      Refuse(span,
             "nd_shard of `" + t->name + "`: unknown order `" + order + "`" +
                 DidYouMean(order, {"row_major", "match_shard", "column_major", "z_order", "hilbert"}),
             "use row_major, match_shard, column_major, block_linear(k), z_order or hilbert");
    }
    ApplyShards(*layout.nd_shard, layout, t);
  }
  if (t->memory != "L1") return;
  const int64_t cores = int64_t{chip.grid.x} * chip.grid.y;
  const int64_t pages = t->shard_pages.empty() ? (t->Pages() + cores - 1) / cores
                                               : std::accumulate(t->shard_pages.begin(), t->shard_pages.end(),
                                                                 int64_t{1}, std::multiplies<>());
  const int64_t bytes = pages * TileBytes(t->Format()), capacity = int64_t{chip.l1_bytes} - chip.l1_base;
  if (bytes > capacity) {
    Refuse(span,
           "L1 shard exceeds capacity: " + std::to_string(bytes) + " bytes required, " + std::to_string(capacity) +
               " bytes available (tensor `" + t->name + "` on one core)",
           "use more, smaller shards, or DRAM");
  }
}

std::vector<int64_t> ShardOfBlocks(const PrimFunc& func, const TensorRecord& tensor, int64_t rows, int64_t columns) {
  const VarNode* vars[3] = {};
  int64_t extents[3] = {1, 1, 1};
  Stmt body = func->body;
  while (const auto* loop = body.as<ForNode>()) {
    if (loop->kind != ForKind::kThreadBinding) break;
    const int axis = std::string(loop->thread_binding.value()->thread_tag).back() - 'x';
    vars[axis] = loop->loop_var.get();
    extents[axis] = loop->extent.as<IntImmNode>()->value;
    body = loop->body;
  }
  const std::vector<TensorAccess> accesses = CollectTensorAccesses(func->body);
  const TensorAccess* access = nullptr;
  for (const TensorAccess& candidate : accesses) {
    if (candidate.region.buffer->name != tensor.name) continue;
    if (!access || (candidate.write && !access->write)) access = &candidate;
  }
  if (!access) BrokenContract("B1", "tensor " + tensor.name + " is not accessed");
  ShardSpec spec;
  for (int64_t pages : tensor.tensor_pages) spec.tensor_pages.push_back(static_cast<uint32_t>(pages));
  for (int64_t pages : tensor.shard_pages) spec.shard_pages.push_back(static_cast<uint32_t>(pages));
  const std::vector<PageAxis> axes = PageAxes(tensor);
  std::vector<int64_t> shards;
  Evaluator evaluator;
  for (int64_t block = 0; block < rows * columns; ++block) {
    const int64_t row = block / columns;
    const int64_t index[3] = {block % columns, row % extents[1], row / extents[1]};
    for (int axis = 0; axis < 3; ++axis)
      if (vars[axis]) evaluator.values[vars[axis]] = index[axis];
    int64_t page = 0;
    for (const PageAxis& axis : axes) {
      const int64_t start = evaluator(access->region.mins[static_cast<size_t>(axis.axis)]) / axis.unit;
      page = page * axis.Pages() + std::clamp<int64_t>(start, 0, axis.Pages() - 1);
    }
    shards.push_back(static_cast<int64_t>(ShardOfPage(spec, static_cast<uint64_t>(page))));
  }
  return shards;
}

}  // namespace tltt::compiler

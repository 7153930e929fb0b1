#include "analysis/layout.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <unordered_map>

#include "analysis/access.h"
#include "ir/diagnostic_codes.h"
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
  const std::string own = DataFormatName(*DataFormatOfDtype(t.dtype));
  if (name == own) return name;
  const std::vector<std::string> known = {"Float32", "Float16", "Float16_b", "Bfp8_b", "Bfp4_b"};
  const bool floats = std::find(known.begin(), known.end(), own) != known.end();
  if (floats && std::find(known.begin(), known.end(), name) != known.end()) return name;
  const std::string what = "annotate_tt_layout of `" + t.name + "`: data format `" + layout.data_format + "` of a " +
                           t.dtype + " tensor is not supported";
  if (!floats)
    Refuse(layout.span, what + DidYouMean(name, {own}), "use " + own + ", or give the tensor the format's dtype",
           Code::kDtype);
  std::vector<std::string> names = {"float32", "float16", "bfloat16"};
  for (const auto& [alias, format] : aliases) names.push_back(alias);
  names.insert(names.end(), known.begin(), known.end());
  Refuse(layout.span, what + DidYouMean(name, names), "use Float32, Float16, Float16_b, Bfp8_b (bfp8) or Bfp4_b (bfp4)",
         Code::kDtype);
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
           "name the axes along which tiles extend M (rows) and N (columns)", Code::kLayout);
  const size_t rank = t->shape.size();
  if (count != rank && count != 2) {
    Refuse(span, who + " has " + std::to_string(count) + " axes, but the tensor has " + std::to_string(rank),
           "name every axis of the tensor, or M and N alone", Code::kLayout);
  }
  if (shard.grid.size() != count || (!shard.shard_shape.empty() && shard.shard_shape.size() != count)) {
    Refuse(span, who + ": axes, grid and shard_shape_elems differ in length",
           "give one number of shards and one extent for each axis", Code::kLayout);
  }
  if (!shard.align_tiles)
    Refuse(span, t->memory + " sharded buffer " + t->name + " must be tile-aligned", "leave align_tiles out",
           Code::kLayout);
  std::vector<PageAxis> axes = PageAxes(*t);
  // Positions in the annotation, in the order of `axes`.
  std::vector<size_t> position;
  if (count == rank && rank >= 2) {
    if (t->col_axis != static_cast<int>(n) || (t->row_axis >= 0 && t->row_axis != static_cast<int>(m))) {
      Refuse(span,
             who + ": 'M' and 'N' are axes " + std::to_string(m) + " and " + std::to_string(n) +
                 ", but the kernel's blocks extend along axes " + std::to_string(t->row_axis) + " and " +
                 std::to_string(t->col_axis),
             "call the axes along which blocks extend M and N", Code::kLayout);
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
  t->tensor_pages.clear(), t->shard_pages.clear(), t->shard_grid.clear();
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
                 std::to_string((elements + axis.unit - 1) / axis.unit * axis.unit),
             Code::kLayout);
    }
    if (elements * grid < axis.extent) {
      Refuse(span,
             who + ": " + std::to_string(grid) + " shards of " + std::to_string(elements) + " elements cover " +
                 std::to_string(elements * grid) + " of " + std::to_string(axis.extent) + " along axis " + name,
             "use more or larger shards, or leave shard_shape_elems out", Code::kLayout);
    }
    t->tensor_pages.push_back(axis.Pages());
    t->shard_pages.push_back(elements / axis.unit);
    t->shard_grid.push_back(grid);
    if (layout.halo.empty()) continue;
    const auto reach = layout.halo.find(name);
    t->halo_before.push_back(reach == layout.halo.end() ? 0 : reach->second.first);
    t->halo_behind.push_back(reach == layout.halo.end() ? 0 : reach->second.second);
  }
  for (const auto& [name, reach] : layout.halo) {
    if (std::find(shard.axes.begin(), shard.axes.end(), name) == shard.axes.end() || count != rank)
      Refuse(span, "halo of `" + t->name + "`: nd_shard names no axis `" + name + "` of the tensor",
             "name every axis of the tensor in `axes`, and axes of these in `halo`", Code::kLayout);
  }
}

struct Bounds {
  int64_t low = 0, high = 0;
};

constexpr int64_t kFar = int64_t{1} << 40;  // of values that nothing bounds

// Ranges of integer expressions over the ranges of their variables.
class Evaluator : public ExprFunctor<Bounds(const PrimExpr&)> {
 public:
  std::unordered_map<const VarNode*, Bounds> values;

 private:
  Bounds VisitExpr_(const IntImmNode* n) final { return {n->value, n->value}; }
  Bounds VisitExpr_(const VarNode* n) final {
    auto it = values.find(n);
    return it == values.end() ? Bounds{-kFar, kFar} : it->second;
  }
  Bounds VisitExpr_(const CastNode* n) final { return VisitExpr(n->value); }
  Bounds VisitExpr_(const AddNode* n) final {
    const Bounds a = VisitExpr(n->a), b = VisitExpr(n->b);
    return {a.low + b.low, a.high + b.high};
  }
  Bounds VisitExpr_(const SubNode* n) final {
    const Bounds a = VisitExpr(n->a), b = VisitExpr(n->b);
    return {a.low - b.high, a.high - b.low};
  }
  Bounds VisitExpr_(const MulNode* n) final {
    const Bounds a = VisitExpr(n->a), b = VisitExpr(n->b);
    const auto ends = std::minmax({a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high});
    return {std::max(ends.first, -kFar), std::min(ends.second, kFar)};
  }
  Bounds VisitExpr_(const MinNode* n) final {
    const Bounds a = VisitExpr(n->a), b = VisitExpr(n->b);
    return {std::min(a.low, b.low), std::min(a.high, b.high)};
  }
  Bounds VisitExpr_(const MaxNode* n) final {
    const Bounds a = VisitExpr(n->a), b = VisitExpr(n->b);
    return {std::max(a.low, b.low), std::max(a.high, b.high)};
  }
  Bounds VisitExpr_(const FloorDivNode* n) final { return Quotient(VisitExpr(n->a), VisitExpr(n->b)); }
  Bounds VisitExpr_(const DivNode* n) final { return Quotient(VisitExpr(n->a), VisitExpr(n->b)); }
  Bounds VisitExpr_(const FloorModNode* n) final { return Remainder(VisitExpr(n->a), VisitExpr(n->b)); }
  Bounds VisitExpr_(const ModNode* n) final { return Remainder(VisitExpr(n->a), VisitExpr(n->b)); }
  Bounds VisitExprDefault_(const ffi::Object*) final { return {-kFar, kFar}; }

  static int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && a < 0); }
  static Bounds Quotient(const Bounds& a, const Bounds& b) {
    if (b.low != b.high || b.low <= 0) return {-kFar, kFar};
    return {FloorDiv(a.low, b.low), FloorDiv(a.high, b.low)};
  }
  static Bounds Remainder(const Bounds& a, const Bounds& b) {
    if (b.low != b.high || b.low <= 0) return {-kFar, kFar};
    const int64_t quotient = FloorDiv(a.low, b.low);
    if (quotient != FloorDiv(a.high, b.low)) return {0, b.low - 1};
    return {a.low - quotient * b.low, a.high - quotient * b.low};
  }
};

// Where the blocks of the launch grid touch a tensor.
class BlockReach {
 public:
  BlockReach(const PrimFunc& func, const TensorRecord& tensor, int64_t columns)
      : columns_(columns), axes_(PageAxes(tensor)) {
    PostOrderVisit(func->body, [this](const ffi::ObjectRef& ref) {
      const auto* loop = ref.as<ForNode>();
      if (!loop) return;
      if (loop->kind == ForKind::kThreadBinding) {
        const int axis = std::string(loop->thread_binding.value()->thread_tag).back() - 'x';
        vars_[axis] = loop->loop_var.get();
        extents_[axis] = loop->extent.as<IntImmNode>()->value;
      } else if (const auto* extent = loop->extent.as<IntImmNode>(); extent && is_zero(loop->min)) {
        evaluator_.values[loop->loop_var.get()] = {0, std::max<int64_t>(extent->value - 1, 0)};
      }
    });
    for (TensorAccess& access : CollectTensorAccesses(func->body))
      if (access.region.buffer->name == tensor.name) accesses.push_back(std::move(access));
    for (TensorAccess& access : CollectElementAccesses(func->body))
      if (access.region.buffer->name == tensor.name) accesses.push_back(std::move(access));
  }

  std::vector<TensorAccess> accesses;
  const std::vector<PageAxis>& axes() const { return axes_; }

  // First elements of the access along each page axis, for a block.
  std::vector<Bounds> Of(const TensorAccess& access, int64_t block) {
    const int64_t row = block / columns_;
    const int64_t index[3] = {block % columns_, row % extents_[1], row / extents_[1]};
    for (int axis = 0; axis < 3; ++axis)
      if (vars_[axis]) evaluator_.values[vars_[axis]] = {index[axis], index[axis]};
    std::vector<Bounds> bounds;
    for (const PageAxis& axis : axes_) bounds.push_back(evaluator_(access.region.mins[static_cast<size_t>(axis.axis)]));
    return bounds;
  }

 private:
  int64_t columns_;
  std::vector<PageAxis> axes_;
  const VarNode* vars_[3] = {};
  int64_t extents_[3] = {1, 1, 1};
  Evaluator evaluator_;
};

ShardSpec SpecOf(const TensorRecord& tensor) {
  ShardSpec spec;
  for (int64_t pages : tensor.tensor_pages) spec.tensor_pages.push_back(static_cast<uint32_t>(pages));
  for (int64_t pages : tensor.shard_pages) spec.shard_pages.push_back(static_cast<uint32_t>(pages));
  return spec;
}

}  // namespace

void ApplyLayout(const UserLayout& layout, const Chip& chip, TensorRecord* t) {
  const Span& span = layout.span;
  if (layout.memory != "DRAM" && layout.memory != "L1")
    Refuse(span,
           "Invalid memory type for " + t->name + ": " + layout.memory + DidYouMean(layout.memory, {"DRAM", "L1"}),
           "use DRAM or L1", Code::kLayout);
  if (layout.layout != "interleaved" && layout.layout != "sharded") {
    Refuse(span,
           "Invalid layout type for " + t->name + ": " + layout.layout +
               DidYouMean(layout.layout, {"interleaved", "sharded"}),
           "use interleaved or sharded", Code::kLayout);
  }
  t->span = span;
  t->memory = layout.memory;
  t->layout = layout.layout;
  t->cb_depth = layout.cb_depth;
  if (layout.tile_shape.size() != 2)
    Refuse(span, "Tile shape must be 2D for " + t->name + ": " + Join(layout.tile_shape), "use [32, 32]",
           Code::kLayout);
  if (layout.tile_shape[0] != kTileHeight || layout.tile_shape[1] != kTileWidth) {
    Refuse(span, "Non-standard tile shape " + Join(layout.tile_shape) + " of " + t->name + ": tiles are 32x32 here",
           "use [32, 32]", Code::kLayout);
  }
  if (!layout.data_format.empty()) {
    const std::string format = FormatFor(layout, *t);
    if (format != DataFormatName(*DataFormatOfDtype(t->dtype))) t->data_format = format;
  }
  if (!layout.halo.empty() && (layout.memory != "L1" || !layout.nd_shard)) {
    Refuse(span, "Halo metadata not supported for " + t->name + ": its tiles lie on no core's shard",
           "shard it in L1, or leave `halo` out", Code::kLayout);
  }
  if (layout.layout == "sharded" && !layout.nd_shard) {
    Refuse(span, layout.memory + " sharded buffer " + t->name + " requires nd_shard specification",
           "add nd_shard={\"axes\": [\"M\", \"N\"], \"grid\": [rows, columns]}", Code::kLayout);
  }
  if (layout.layout == "interleaved" && layout.nd_shard)
    Refuse(span, "annotate_tt_layout of `" + t->name + "` is interleaved, but has nd_shard", "use layout=\"sharded\"",
           Code::kLayout);
  if (layout.nd_shard) {
    const std::string& order = layout.nd_shard->order;
    if (order != "match_shard" && !ParseTileOrder(order)) {
      Refuse(span,
             "nd_shard of `" + t->name + "`: unknown order `" + order + "`" +
                 DidYouMean(order, {"row_major", "match_shard", "column_major", "z_order", "hilbert"}),
             "use row_major, match_shard, column_major, block_linear(k), z_order or hilbert", Code::kLayout);
    }
    if (order != "row_major") t->walk = order;  // row-major shards are walked as they lie
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
           "use more, smaller shards, or DRAM", Code::kNoRoom);
  }
}

std::vector<int64_t> ShardOfBlocks(const PrimFunc& func, const TensorRecord& tensor, int64_t rows, int64_t columns) {
  BlockReach reach(func, tensor, columns);
  const TensorAccess* access = nullptr;
  for (const TensorAccess& candidate : reach.accesses)
    if (!access || (candidate.write && !access->write)) access = &candidate;
  if (!access) BrokenContract("B1", "tensor " + tensor.name + " is not accessed");
  const ShardSpec spec = SpecOf(tensor);
  std::vector<int64_t> shards;
  for (int64_t block = 0; block < rows * columns; ++block) {
    const std::vector<Bounds> bounds = reach.Of(*access, block);
    int64_t page = 0;
    for (size_t i = 0; i < bounds.size(); ++i) {
      const PageAxis& axis = reach.axes()[i];
      page = page * axis.Pages() + std::clamp<int64_t>(bounds[i].low / axis.unit, 0, axis.Pages() - 1);
    }
    shards.push_back(static_cast<int64_t>(ShardOfPage(spec, static_cast<uint64_t>(page))));
  }
  return shards;
}

bool BlocksFollowShards(const PrimFunc& func, const TensorRecord& tensor, const Partition& work) {
  if (!tensor.Sharded() || tensor.memory != "L1" || (tensor.access != "in" && tensor.access != "out")) return false;
  BlockReach reach(func, tensor, work.columns);
  if (reach.accesses.size() != 1) return false;
  const TensorAccess& access = reach.accesses[0];
  std::vector<int64_t> block;  // pages along each axis
  int64_t pages = 1, shard = 1;
  for (size_t d = 0; d < reach.axes().size(); ++d) {
    const PageAxis& axis = reach.axes()[d];
    const int64_t elements = axis.axis < 0 ? 1 : access.region.extents[static_cast<size_t>(axis.axis)];
    block.push_back((elements + axis.unit - 1) / axis.unit);
    pages *= block.back(), shard *= tensor.shard_pages[d];
  }
  // Pages of a shard are row-major: whole axes, then a part of one, then single places.
  size_t d = block.size();
  while (d > 0 && block[d - 1] == tensor.shard_pages[d - 1]) --d;
  for (size_t outer = 0; outer + 1 < d; ++outer)
    if (block[outer] != 1) return false;
  if (shard % pages != 0) return false;
  const std::vector<uint32_t> grid = ShardGrid(SpecOf(tensor));
  for (const CoreWork& core : work.cores) {
    const auto bank = std::find(tensor.banks.begin(), tensor.banks.end(), core.core);
    if (bank == tensor.banks.end() || core.count * pages > shard) return false;
    for (int64_t i = 0; i < core.count; ++i) {
      const std::vector<Bounds> bounds = reach.Of(access, work.BlockAt(core, i));
      int64_t rest = bank - tensor.banks.begin(), stride = 1, at = 0;
      for (size_t axis = bounds.size(); axis-- > 0;) {
        const int64_t unit = reach.axes()[axis].unit, extent = tensor.shard_pages[axis];
        if (bounds[axis].low != bounds[axis].high || bounds[axis].low % unit != 0) return false;
        const int64_t first = bounds[axis].low / unit;
        const int64_t inside = first - rest % grid[axis] * extent;
        rest /= grid[axis];
        if (inside < 0 || inside + block[axis] > extent || first + block[axis] > tensor.tensor_pages[axis])
          return false;
        at += inside * stride;
        stride *= extent;
      }
      if (at != i * pages) return false;
    }
  }
  return true;
}

void RequireHalo(const PrimFunc& func, const TensorRecord& tensor, const Partition& work, const Span& span) {
  if (tensor.halo_before.empty()) return;
  BlockReach reach(func, tensor, work.columns);
  const std::vector<uint32_t> grid = ShardGrid(SpecOf(tensor));
  for (const CoreWork& core : work.cores) {
    const auto bank = std::find(tensor.banks.begin(), tensor.banks.end(), core.core);
    if (bank == tensor.banks.end()) {
      Refuse(span,
             "halo of `" + tensor.name + "`: core (" + std::to_string(core.core.x) + ", " +
                 std::to_string(core.core.y) + ") does blocks, but the shard that it would hold of the tensor is empty",
             "leave `halo` out to allow any reach, or cut the tensor so that every core holds a part of it",
             Code::kLayout);
    }
    // The shard's position along each axis.
    std::vector<int64_t> at(grid.size());
    int64_t rest = bank - tensor.banks.begin();
    for (size_t i = grid.size(); i-- > 0;) at[i] = rest % grid[i], rest /= grid[i];
    for (int64_t i = 0; i < core.count; ++i) {
      const int64_t block = work.BlockAt(core, i);
      for (const TensorAccess& access : reach.accesses) {
        const std::vector<Bounds> bounds = reach.Of(access, block);
        for (size_t d = 0; d < bounds.size(); ++d) {
          const PageAxis& axis = reach.axes()[d];
          const int64_t shard = tensor.shard_pages[d] * axis.unit, first = at[d] * shard;
          const int64_t low = std::max<int64_t>(bounds[d].low, 0);
          const int64_t high =
              std::min(bounds[d].high + access.region.extents[static_cast<size_t>(axis.axis)], axis.extent);
          const int64_t before = first - low, behind = high - std::min(first + shard, axis.extent);
          if (before <= tensor.halo_before[d] && behind <= tensor.halo_behind[d]) continue;
          const bool front = before > tensor.halo_before[d];
          if (bounds[d].low <= -kFar || bounds[d].high >= kFar) {
            Refuse(access.span.defined() ? access.span : span,
                   "how far `" + tensor.name + "` is reached along axis " + std::to_string(axis.axis) +
                       " depends on data, so that no halo is wide enough for certain",
                   "leave `halo` out to allow any reach");
          }
          Refuse(access.span.defined() ? access.span : span,
                 "a block of `" + tensor.name + "` reaches " + std::to_string(front ? before : behind) + " elements " +
                     (front ? "before" : "behind") + " its core's shard along axis " + std::to_string(axis.axis) +
                     ", but the halo is " + std::to_string(front ? tensor.halo_before[d] : tensor.halo_behind[d]),
                 "widen `halo`, or leave it out to allow any reach", Code::kLayout);
        }
      }
    }
  }
}

}  // namespace tltt::compiler

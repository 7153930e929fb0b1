// A3: how each tensor is addressed, before it is known which kernel does it and with which arguments.
//
// Before: tt.buffer.A = {..., tile_axes: [0, 1], shape: [512, 384]}
// After:  attrs += { tt.tensor_accessor.A = {type: "abstract", buffer_name: "A", layout_ref: "tt.buffer.A",
//                    stride_mode: "tiled", access_pattern: "input", tile_dims: [32, 32], tiles_per_dim: [16, 12],
//                    tile_size_bytes: 2048, memory: "DRAM", layout_type: "interleaved", runtime_arg_idx: -1},
//                    tt.accessor_summary = {total_accessors: 3, ...} }
//
// Page number of tile (r, c) of batch b: (b * tiles_per_dim[0] + r) * tiles_per_dim[1] + c.
#include "ir/records.h"
#include "passes/passes.h"

namespace tltt::compiler {
namespace {

const char* Pattern(const std::string& access) {
  if (access == "out") return "output";
  if (access == "inout") return "read_write";
  return "input";
}

}  // namespace

Pass AttachTensorAccessor() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) {
    Map<String, Any> patterns;
    int64_t total = 0;
    for (const TensorRecord& t : TensorsOf(func)) {
      if (t.access == "none") continue;
      Map<String, Any> accessor{{"type", String("abstract")},
                                {"buffer_name", String(t.name)},
                                {"layout_ref", String(attr::kBufferPrefix + t.name)},
                                {"stride_mode", String(t.Sharded()      ? "sharded"
                                                       : t.row_page > 0 ? "rows"
                                                                        : "tiled")},
                                {"access_pattern", String(Pattern(t.access))},
                                {"tile_dims", ToInts({kTileHeight, kTileWidth})},
                                {"tiles_per_dim", ToInts({t.TileRows(), t.TileCols()})},
                                {"tile_size_bytes", Integer(t.PageBytes())},
                                {"memory", String(t.memory)},
                                {"layout_type", String(t.layout)},
                                {"runtime_arg_idx", Integer(-1)}};
      func = WithAttr(std::move(func), attr::kTensorAccessorPrefix + t.name, accessor);
      String pattern = Pattern(t.access);
      int64_t seen = patterns.count(pattern) ? patterns.at(pattern).cast<Integer>()->value : 0;
      patterns.Set(pattern, Integer(seen + 1));
      ++total;
    }
    Map<String, Any> summary{{"total_accessors", Integer(total)}, {"access_patterns", patterns}};
    return WithAttr(std::move(func), attr::kAccessorSummary, summary);
  };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.AttachTensorAccessor", {});
}

}  // namespace tltt::compiler

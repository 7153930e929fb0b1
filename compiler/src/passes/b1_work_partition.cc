// B1: which core does which blocks.
//
// Before: tt.launch_grid = [8, 16, 1], target grid 8x8
// After:  attrs += { tt.partition_mode: "global", tt.core_grid: [8, 8], tt.core_ranges: [[0, 0, 8, 8]],
//                    tt.grid_tiles: [16, 8], tt.work_partition: [[0, 2], [2, 2], ...]   (start, count per core,
//                    row-major) tt.runtime_args: ["start_id", "count"], tt.runtime_constants: {"Mt": 16, "Nt": 8} }
//
// Blocks are numbered row-major with blockIdx.x fastest; Nt = gx and Mt = gy * gz. The split is contiguous and
// balanced.
#include "ir/diagnostics.h"
#include "ir/records.h"
#include "passes/passes.h"
#include "tltt/chip.h"
#include "tltt/partition.h"

namespace tltt::compiler {
namespace {

Target TargetOf(const PrimFunc& func) {
  auto target = func->GetAttr<Target>(tvm::attr::kTarget);
  if (!target || target.value()->kind->name != "tenstorrent") {
    TVM_FFI_THROW(ValueError) << "Tenstorrent lowering called with invalid target: "
                              << (target ? std::string(target.value()->kind->name) : "none")
                              << ". Expected: tenstorrent";
  }
  return target.value();
}

int64_t GridOption(const Target& target, const char* key, int64_t limit) {
  int64_t value = target->GetAttr<int64_t>(key).value_or(0);
  if (value < 0 || value > limit) {
    TVM_FFI_THROW(ValueError) << "target option " << key << "=" << value << ": the chip has 1 to " << limit
                              << " cores along this axis";
  }
  return value == 0 ? limit : value;
}

PrimFunc Partition(PrimFunc func) {
  Target target = TargetOf(func);
  const Chip& chip = ChipOf(target);
  int64_t width = GridOption(target, "grid_x", chip.grid.x), height = GridOption(target, "grid_y", chip.grid.y);
  auto attr_grid = func->GetAttr<Array<Integer>>(attr::kLaunchGrid);
  if (!attr_grid) BrokenContract("B1", "A1 has not run");
  int64_t gx = attr_grid.value()[0]->value, gy = attr_grid.value()[1]->value, gz = attr_grid.value()[2]->value;
  const int64_t blocks = gx * gy * gz;
  if (blocks < 1) Refuse(func->span, "the launch grid is empty", "launch at least one block");
  if (blocks > UINT32_MAX) Refuse(func->span, "the launch grid has more than 2^32 blocks", "use larger blocks");

  Array<Any> work;
  for (const auto& [start, count] : SplitContiguous(blocks, width * height)) work.push_back(ToInts({start, count}));
  func = WithAttr(std::move(func), attr::kPartitionMode, String("global"));
  func = WithAttr(std::move(func), attr::kCoreGrid, ToInts({width, height}));
  func = WithAttr(std::move(func), attr::kCoreRanges, Array<Any>{ToInts({0, 0, width, height})});
  func = WithAttr(std::move(func), attr::kGridTiles, ToInts({gy * gz, gx}));
  func = WithAttr(std::move(func), attr::kWorkPartition, work);
  func = WithAttr(std::move(func), attr::kRuntimeArgs, Array<String>{"start_id", "count"});
  return WithAttr(std::move(func), attr::kRuntimeConstants,
                  Map<String, Any>{{"Mt", Integer(gy * gz)}, {"Nt", Integer(gx)}});
}

}  // namespace

Pass LayoutAwareWorkPartition() {
  auto run = [](PrimFunc func, IRModule, tvm::transform::PassContext) { return Partition(std::move(func)); };
  return tirx::transform::CreatePrimFuncPass(run, 0, "tltt.LayoutAwareWorkPartition", {});
}

}  // namespace tltt::compiler

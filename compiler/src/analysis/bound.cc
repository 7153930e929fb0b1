#include "analysis/bound.h"

#include <algorithm>

#include "analysis/costs.h"
#include "analysis/sharing.h"
#include "ir/records.h"
#include "ir/work.h"

namespace tltt::compiler {
namespace {

// Blocks that the user launched; tt.launch_grid may have grown.
double BlocksOf(const PrimFunc& func) {
  double blocks = 1;
  Stmt body = func->body;
  while (const auto* loop = body.as<ForNode>()) {
    if (loop->kind != ForKind::kThreadBinding) break;
    const std::string tag = loop->thread_binding.value()->thread_tag;
    if (tag.rfind("blockIdx.", 0) == 0) blocks *= static_cast<double>(loop->extent.as<IntImmNode>()->value);
    body = loop->body;
  }
  return blocks;
}

// Bytes on the device for a byte of the tensors' dtypes, at least: block floats are smaller.
double SmallestFormat(const PrimFunc& func) {
  double ratio = 1;
  for (const TensorRecord& t : TensorsOf(func)) {
    for (const auto& [var, buffer] : func->buffer_map) {
      if (buffer->name != t.name) continue;
      const auto dense = static_cast<double>(kTileHeight * kTileWidth * buffer->dtype.bytes());
      ratio = std::min(ratio, static_cast<double>(TileBytes(t.Format())) / dense);
    }
  }
  return ratio;
}

}  // namespace

double LowerBound(const PrimFunc& func) {
  const Target target = TargetOf(func);
  const Chip& chip = ChipOf(target);
  const BlockWork work = WorkOfBlock(func->body);
  const BlockMap map = BlockMapOf(func).value_or(BlockMap{{1, 1}});
  double received = 0, read = 0;  // bytes of a block: by a core, and from DRAM
  for (const BlockWork::Read& r : work.reads) {
    const unsigned follows = map.Of(r.follows);
    const double x = follows & kFollowsX ? 1 : static_cast<double>(map.cores[0]);
    const double y = follows & kFollowsY ? 1 : static_cast<double>(map.cores[1]);
    received += r.bytes;
    read += r.bytes / std::max(x, y);
  }
  const double format = SmallestFormat(func);
  const double blocks = BlocksOf(func), busiest = static_cast<double>(BlocksOfBusiestCore(func));
  const std::string fidelity = target->GetAttr<String>("math_fidelity").value_or("HiFi4");
  const double products = busiest * work.matmul_tiles * MathCycles(chip, fidelity);
  const double nocs = OptionOf(target, "both_nocs") ? 2 : 1;
  const double noc = busiest * received * format / (nocs * chip.noc_bytes_per_cycle);
  const double dram = blocks * (read + work.written) * format / (chip.dram_bytes_per_cycle * chip.dram_banks);
  return chip.kernel_start + std::max({products, noc, dram});
}

}  // namespace tltt::compiler

// The plan's validator and the chips' names for Python.
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <string>
#include <vector>

#include "tltt/chip.h"
#include "tltt/partition.h"
#include "tltt/plan.h"

namespace tltt {
namespace {

tvm::ffi::Array<tvm::ffi::String> ToArray(const std::vector<std::string>& texts) {
  tvm::ffi::Array<tvm::ffi::String> array;
  for (const std::string& text : texts) array.push_back(text);
  return array;
}

// Blocks of a run {io, jo, count, chunk, stride} along an order.
tvm::ffi::Array<int64_t> Blocks(const tvm::ffi::String& name, const tvm::ffi::Array<int64_t>& run, int64_t rows,
                                int64_t columns) {
  const auto order = ParseTileOrder(name);
  if (!order || run.size() != 5)
    throw tvm::ffi::Error("ValueError", "no run of blocks in order " + std::string(name), "");
  Partition partition;
  partition.rows = rows, partition.columns = columns, partition.order = *order;
  partition.chunk = run[3], partition.stride = run[4];
  const CoreWork work{{}, RankOf(*order, {run[0], run[1]}, rows, columns), run[2], {}};
  tvm::ffi::Array<int64_t> blocks;
  for (int64_t i = 0; i < work.count; ++i) blocks.push_back(partition.BlockAt(work, i));
  return blocks;
}

}  // namespace

TVM_FFI_STATIC_INIT_BLOCK() {
  tvm::ffi::reflection::GlobalDef()
      .def("tltt.plan.validate", [](const tvm::ffi::String& json) { return ToArray(ValidatePlan(json)); })
      .def("tltt.plan.blocks", Blocks)
      .def("tltt.plan.chips", [] { return ToArray(ChipNames()); });
}

}  // namespace tltt

// tt.work_partition, tt.schedule, tt.core_ranges (B1): which core does which blocks of the grid, in which order. The
// one place that says so; whoever maps blocks to cores asks it.
#pragma once

#include "ir/tvm.h"
#include "tltt/partition.h"

namespace tltt::compiler {

Partition WorkOf(const PrimFunc& func);  // BrokenContract before B1
PrimFunc WithWork(PrimFunc func, const Partition& partition);
int64_t BlocksOfBusiestCore(const PrimFunc& func);
// Columns of a core's row of runtime arguments: "start_id", "count", or "count" and one "block_<i>" for each block.
std::vector<std::string> WorkArgNames(const Partition& partition);
std::vector<uint32_t> WorkArgs(const Partition& partition, const CoreWork& work);

// First of the arguments that list a core's blocks.
inline constexpr char kFirstBlockArg[] = "block_0";

}  // namespace tltt::compiler

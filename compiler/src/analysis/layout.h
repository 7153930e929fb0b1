// What an annotation makes of a tensor's record: memory, shards in pages, data format.
#pragma once

#include "ir/annotations.h"
#include "ir/records.h"

namespace tltt::compiler {

// Refuses what contradicts itself, the tensor, or the chip. The tile axes of `tensor` have to be known.
void ApplyLayout(const UserLayout& layout, const Chip& chip, TensorRecord* tensor);

// Refuses blocks that reach further beyond the shard of the core that does them than the tensor's halo allows.
void RequireHalo(const PrimFunc& func, const TensorRecord& tensor, const Partition& work, const Span& span);

// Whether every core's i-th block of `tensor` is the i-th run of pages of the shard in its own L1.
bool BlocksFollowShards(const PrimFunc& func, const TensorRecord& tensor, const Partition& work);

// The shard of an L1-sharded tensor in which the first tile lies that each block of the grid touches; by block number,
// row-major. The function's launch loops have to be there still.
std::vector<int64_t> ShardOfBlocks(const PrimFunc& func, const TensorRecord& tensor, int64_t rows, int64_t columns);

}  // namespace tltt::compiler

// How a sharded tensor lies over banks: pure functions of its ShardSpec. The same arithmetic as TensorAccessor's on the
// device and BufferDistributionSpec's on the host.
#pragma once

#include <cstdint>
#include <vector>

#include "tltt/program.h"

namespace tltt {

struct PagePlace {
  uint32_t bank = 0;  // index into ShardSpec::banks
  uint64_t slot = 0;  // page position within the bank
};

std::vector<uint32_t> ShardGrid(const ShardSpec& spec);  // shards along each axis
uint64_t ShardCount(const ShardSpec& spec);
uint64_t ShardPages(const ShardSpec& spec);    // pages of one shard, padding included
uint64_t SlotsPerBank(const ShardSpec& spec);  // pages that the fullest bank holds, padding included
// 0 <= page < product of tensor_pages.
uint64_t ShardOfPage(const ShardSpec& spec, uint64_t page);
PagePlace PlaceOfPage(const ShardSpec& spec, uint64_t page);

// Bytes that a tensor takes in L1 of each core that holds a part of it, and 0 for one in DRAM. `cores`: of the chip,
// over which interleaved pages lie. `pages`: of the tensor.
uint64_t L1BytesPerCore(const Tensor& tensor, uint64_t pages, uint32_t cores);

}  // namespace tltt

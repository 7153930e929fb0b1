#include "tltt/shards.h"

#include <functional>
#include <numeric>

namespace tltt {
namespace {

uint64_t Product(const std::vector<uint32_t>& extents) {
  return std::accumulate(extents.begin(), extents.end(), uint64_t{1}, std::multiplies<>());
}

// Shard of a page, and the page's position within it.
PagePlace Locate(const ShardSpec& spec, uint64_t page) {
  uint64_t shard = 0, inside = 0, shard_stride = 1, page_stride = 1;
  for (size_t axis = spec.tensor_pages.size(); axis-- > 0;) {
    const uint64_t at = page % spec.tensor_pages[axis];
    page /= spec.tensor_pages[axis];
    shard += at / spec.shard_pages[axis] * shard_stride;
    inside += at % spec.shard_pages[axis] * page_stride;
    shard_stride *= (spec.tensor_pages[axis] - 1) / spec.shard_pages[axis] + 1;
    page_stride *= spec.shard_pages[axis];
  }
  return {static_cast<uint32_t>(shard), inside};
}

}  // namespace

std::vector<uint32_t> ShardGrid(const ShardSpec& spec) {
  std::vector<uint32_t> grid;
  for (size_t axis = 0; axis < spec.tensor_pages.size(); ++axis)
    grid.push_back((spec.tensor_pages[axis] - 1) / spec.shard_pages[axis] + 1);
  return grid;
}

uint64_t ShardCount(const ShardSpec& spec) { return Product(ShardGrid(spec)); }
uint64_t ShardPages(const ShardSpec& spec) { return Product(spec.shard_pages); }

uint64_t SlotsPerBank(const ShardSpec& spec) {
  return (ShardCount(spec) + spec.banks.size() - 1) / spec.banks.size() * ShardPages(spec);
}

uint64_t ShardOfPage(const ShardSpec& spec, uint64_t page) { return Locate(spec, page).bank; }

PagePlace PlaceOfPage(const ShardSpec& spec, uint64_t page) {
  const PagePlace in_shard = Locate(spec, page);
  const uint64_t banks = spec.banks.size();
  return {static_cast<uint32_t>(in_shard.bank % banks), in_shard.bank / banks * ShardPages(spec) + in_shard.slot};
}

uint64_t L1BytesPerCore(const Tensor& tensor, uint64_t pages, uint32_t cores) {
  if (tensor.memory != Memory::kL1) return 0;
  const uint64_t slots = tensor.shards ? SlotsPerBank(*tensor.shards) : (pages + cores - 1) / cores;
  return slots * tensor.page_size;
}

}  // namespace tltt

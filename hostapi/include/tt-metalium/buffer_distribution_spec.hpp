#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/shape.hpp>
#include <tt-metalium/shape2d.hpp>

namespace tt::tt_metal {

// A tensor's pages cut into shards, which go to the cores (or DRAM banks: x is the bank) in turn.
class BufferDistributionSpec {
 public:
  BufferDistributionSpec(const Shape& tensor_in_pages, const Shape& shard_in_pages, std::vector<CoreCoord> cores)
      : tensor_(tensor_in_pages), shard_(shard_in_pages), cores_(std::move(cores)) {}
  BufferDistributionSpec(const Shape& tensor_in_pages, const Shape& shard_in_pages, const CoreRangeSet& cores,
                         ShardOrientation orientation,
                         ShardDistributionStrategy strategy = ShardDistributionStrategy::ROUND_ROBIN_1D);
  // Shapes in elements; `page` cuts their last two axes.
  static BufferDistributionSpec from_shard_spec(
      const Shape& tensor, const Shape& shard, const Shape2D& page, const CoreRangeSet& cores,
      ShardOrientation orientation, ShardDistributionStrategy strategy = ShardDistributionStrategy::ROUND_ROBIN_1D);

  const Shape& tensor_shape_in_pages() const { return tensor_; }
  const Shape& shard_shape_in_pages() const { return shard_; }
  const std::vector<CoreCoord>& cores() const { return cores_; }
  std::size_t num_cores() const { return cores_.size(); }
  std::size_t num_shards() const;
  std::size_t num_cores_with_data() const { return std::min(num_shards(), num_cores()); }
  std::vector<CoreCoord> cores_with_data() const { return {cores_.begin(), cores_.begin() + num_cores_with_data()}; }
  std::size_t num_shards_per_core(std::size_t core) const;
  std::size_t max_num_shards_per_core() const { return num_shards_per_core(0); }
  std::size_t max_num_dev_pages_per_core() const { return max_num_shards_per_core() * shard_.volume(); }

 private:
  Shape tensor_, shard_;
  std::vector<CoreCoord> cores_;
};

}  // namespace tt::tt_metal

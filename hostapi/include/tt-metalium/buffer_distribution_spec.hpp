#pragma once

#include <utility>
#include <vector>

#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/shape.hpp>

namespace tt::tt_metal {

// A tensor's pages cut into shards, which go to the cores (or DRAM banks: x is the bank) in turn.
class BufferDistributionSpec {
 public:
  BufferDistributionSpec(const Shape& tensor_in_pages, const Shape& shard_in_pages, std::vector<CoreCoord> cores)
      : tensor_(tensor_in_pages), shard_(shard_in_pages), cores_(std::move(cores)) {}
  const Shape& tensor_shape_in_pages() const { return tensor_; }
  const Shape& shard_shape_in_pages() const { return shard_; }
  const std::vector<CoreCoord>& cores() const { return cores_; }

 private:
  Shape tensor_, shard_;
  std::vector<CoreCoord> cores_;
};

}  // namespace tt::tt_metal

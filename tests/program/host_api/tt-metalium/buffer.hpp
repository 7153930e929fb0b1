#pragma once

#include <initializer_list>
#include <memory>
#include <utility>
#include <optional>
#include <variant>
#include <vector>

#include <tt-metalium/base_types.hpp>
#include <tt-metalium/core_coord.hpp>

namespace tt::tt_metal {

class Shape {
 public:
  Shape(std::initializer_list<uint32_t> extents) : extents_(extents) {}
  const std::vector<uint32_t>& view() const { return extents_; }

 private:
  std::vector<uint32_t> extents_;
};

class BufferDistributionSpec {
 public:
  BufferDistributionSpec(const Shape& tensor, const Shape& shard, std::vector<CoreCoord> cores)
      : tensor_(tensor), shard_(shard), cores_(std::move(cores)) {}
  const Shape& tensor_shape_in_pages() const { return tensor_; }
  const Shape& shard_shape_in_pages() const { return shard_; }
  const std::vector<CoreCoord>& cores() const { return cores_; }

 private:
  Shape tensor_, shard_;
  std::vector<CoreCoord> cores_;
};

class BufferShardingArgs {
 public:
  BufferShardingArgs() = default;
  BufferShardingArgs(std::optional<BufferDistributionSpec> spec) : spec_(std::move(spec)) {}
  const std::optional<BufferDistributionSpec>& buffer_distribution_spec() const { return spec_; }

 private:
  std::optional<BufferDistributionSpec> spec_;
};

class Buffer {
 public:
  std::vector<uint8_t> bytes;
};

namespace distributed {

class MeshDevice;

struct DeviceLocalBufferConfig {
  DeviceAddr page_size = 0;
  BufferType buffer_type = BufferType::DRAM;
  BufferShardingArgs sharding_args;
};
struct ReplicatedBufferConfig {
  DeviceAddr size = 0;
};
struct ShardedBufferConfig {
  DeviceAddr global_size = 0;
};
using MeshBufferConfig = std::variant<ReplicatedBufferConfig, ShardedBufferConfig>;

class MeshBuffer {
 public:
  static std::shared_ptr<MeshBuffer> create(const MeshBufferConfig& config, const DeviceLocalBufferConfig& local,
                                            MeshDevice* device, std::optional<DeviceAddr> address = std::nullopt);
  DeviceAddr address() const { return address_; }
  Buffer* get_backing_buffer() const { return backing_.get(); }
  const DeviceLocalBufferConfig& device_local_config() const { return local_; }

 private:
  DeviceLocalBufferConfig local_;
  DeviceAddr address_ = 0;
  std::shared_ptr<Buffer> backing_ = std::make_shared<Buffer>();
};

}  // namespace distributed
}  // namespace tt::tt_metal

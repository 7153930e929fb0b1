// Buffers of a mesh: the same one on each of its devices, of which the emulated mesh has one.
#pragma once

#include <memory>
#include <optional>
#include <variant>

#include <tt-metalium/buffer.hpp>
#include <tt-metalium/mesh_coord.hpp>
#include <tt-metalium/mesh_device.hpp>
#include <tt-metalium/shape2d.hpp>

namespace tt::tt_metal::distributed {

struct DeviceLocalBufferConfig {
  DeviceAddr page_size = 0;
  BufferType buffer_type = BufferType::DRAM;
  BufferShardingArgs sharding_args;
  std::optional<bool> bottom_up;
  std::optional<SubDeviceId> sub_device_id = std::nullopt;
};

struct ReplicatedBufferConfig {
  DeviceAddr size = 0;  // of each device
};

// Over the devices of a mesh: on one device the whole buffer is its shard.
struct ShardedBufferConfig {
  DeviceAddr global_size = 0;
  Shape2D global_buffer_shape = {0, 0};
  Shape2D shard_shape = {0, 0};
  ShardOrientation shard_orientation = ShardOrientation::ROW_MAJOR;
};

enum class MeshBufferLayout : uint8_t { REPLICATED, SHARDED };
using MeshBufferConfig = std::variant<ReplicatedBufferConfig, ShardedBufferConfig>;

class MeshBuffer {
 public:
  // An address of the caller's choice is refused.
  static std::shared_ptr<MeshBuffer> create(const MeshBufferConfig& config, const DeviceLocalBufferConfig& local,
                                            MeshDevice* device, std::optional<DeviceAddr> address = std::nullopt);

  bool is_allocated() const { return buffer_ && buffer_->is_allocated(); }
  void deallocate();
  MeshDevice* device() const { return device_; }
  DeviceAddr size() const { return size_; }
  DeviceAddr device_local_size() const { return size_; }
  DeviceAddr address() const { return get_backing_buffer()->address(); }
  MeshBufferLayout global_layout() const {
    return config_.index() == 0 ? MeshBufferLayout::REPLICATED : MeshBufferLayout::SHARDED;
  }
  const MeshBufferConfig& global_config() const { return config_; }
  const ShardedBufferConfig& global_shard_spec() const { return std::get<ShardedBufferConfig>(config_); }
  const DeviceLocalBufferConfig& device_local_config() const { return local_; }
  Buffer* get_device_buffer(const MeshCoordinate&) const { return get_backing_buffer(); }
  Buffer* get_reference_buffer() const { return get_backing_buffer(); }
  Buffer* get_backing_buffer() const;  // throws after deallocate
  uint32_t page_size() const { return static_cast<uint32_t>(local_.page_size); }
  uint32_t num_pages() const { return static_cast<uint32_t>(size_ / local_.page_size); }

 private:
  MeshBuffer(const MeshBufferConfig& config, const DeviceLocalBufferConfig& local, MeshDevice* device, DeviceAddr size);
  MeshBufferConfig config_;
  DeviceLocalBufferConfig local_;
  MeshDevice* device_;
  DeviceAddr size_;
  std::shared_ptr<Buffer> buffer_;
};

}  // namespace tt::tt_metal::distributed

#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include <tt-metalium/base_types.hpp>

namespace tt::tt_metal {

class Buffer {
 public:
  std::vector<uint8_t> bytes;
};

namespace distributed {

class MeshDevice;

struct DeviceLocalBufferConfig {
  DeviceAddr page_size = 0;
  BufferType buffer_type = BufferType::DRAM;
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

#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

#include <tt-metalium/buffer.hpp>
#include <tt-metalium/host_api.hpp>

namespace tt::tt_metal::distributed {

class MeshShape {};
class MeshCoordinateRange {
 public:
  explicit MeshCoordinateRange(const MeshShape&) {}
};

class MeshCommandQueue {
 public:
  MeshDevice* device = nullptr;
};

class MeshDevice {
 public:
  static std::shared_ptr<MeshDevice> create_unit_mesh(int device_id) {
    stand_in::Log("device " + std::to_string(device_id));
    auto device = std::make_shared<MeshDevice>();
    device->queue_.device = device.get();
    return device;
  }
  MeshCommandQueue& mesh_command_queue(size_t = 0) { return queue_; }
  const MeshShape& shape() const { return shape_; }
  bool close() {
    stand_in::Log("close");
    return true;
  }
  std::vector<std::weak_ptr<Buffer>> buffers;

 private:
  MeshCommandQueue queue_;
  MeshShape shape_;
};

class MeshWorkload {
 public:
  void add_program(const MeshCoordinateRange&, Program&& program) { program_ = std::move(program); }

 private:
  Program program_;
};

inline std::shared_ptr<MeshBuffer> MeshBuffer::create(const MeshBufferConfig& config, const DeviceLocalBufferConfig& local,
                                                      MeshDevice* device, std::optional<DeviceAddr>) {
  auto buffer = std::make_shared<MeshBuffer>();
  buffer->local_ = local;
  buffer->address_ = 1000 + device->buffers.size();
  buffer->backing_->bytes.resize(std::get<ReplicatedBufferConfig>(config).size);
  device->buffers.push_back(buffer->backing_);
  stand_in::Log("buffer of " + std::to_string(buffer->backing_->bytes.size()) + " in pages of " +
                std::to_string(local.page_size));
  return buffer;
}

inline void EnqueueMeshWorkload(MeshCommandQueue& queue, MeshWorkload&, bool) {
  stand_in::Log("run");
  const auto from = queue.device->buffers.front().lock(), to = queue.device->buffers.back().lock();
  std::memcpy(to->bytes.data(), from->bytes.data(), std::min(from->bytes.size(), to->bytes.size()));
}

template <typename DType>
void EnqueueWriteMeshBuffer(MeshCommandQueue&, std::shared_ptr<MeshBuffer>& buffer, const std::vector<DType>& src, bool = false) {
  std::vector<uint8_t>& bytes = buffer->get_backing_buffer()->bytes;
  if (src.size() * sizeof(DType) != bytes.size()) throw std::runtime_error("the source has another size than the buffer");
  std::memcpy(bytes.data(), src.data(), bytes.size());
}

template <typename DType>
void EnqueueReadMeshBuffer(MeshCommandQueue&, std::vector<DType>& dst, std::shared_ptr<MeshBuffer>& buffer, bool = true) {
  const std::vector<uint8_t>& bytes = buffer->get_backing_buffer()->bytes;
  if (dst.size() * sizeof(DType) != bytes.size()) throw std::runtime_error("the target has another size than the buffer");
  std::memcpy(dst.data(), bytes.data(), bytes.size());
}

}  // namespace tt::tt_metal::distributed

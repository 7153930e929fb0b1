#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <tt-metalium/command_queue.hpp>
#include <tt-metalium/mesh_buffer.hpp>
#include <tt-metalium/mesh_coord.hpp>
#include <tt-metalium/mesh_event.hpp>
#include <tt-metalium/mesh_workload.hpp>
#include <tt_stl/span.hpp>

namespace tt::tt_metal::distributed {

// One device's part of a transfer.
struct ShardDataTransfer {
  MeshCoordinate shard_coord;
  void* host_data = nullptr;
  std::optional<BufferRegion> region = std::nullopt;
};

// Commands run at once, in the order in which they are given.
class MeshCommandQueue {
 public:
  explicit MeshCommandQueue(MeshDevice* device) : device_(device) {}
  MeshDevice* device() const { return device_; }
  uint32_t id() const { return 0; }
  void enqueue_mesh_workload(MeshWorkload& workload, bool blocking);
  void enqueue_write_mesh_buffer(const std::shared_ptr<MeshBuffer>& buffer, const void* source, bool blocking);
  void enqueue_read_mesh_buffer(void* target, const std::shared_ptr<MeshBuffer>& buffer, bool blocking);
  void enqueue_write_shards(const std::shared_ptr<MeshBuffer>& buffer, const std::vector<ShardDataTransfer>& transfers,
                            bool blocking);
  void enqueue_read_shards(const std::vector<ShardDataTransfer>& transfers, const std::shared_ptr<MeshBuffer>& buffer,
                           bool blocking);
  MeshEvent enqueue_record_event(ttsl::Span<const SubDeviceId> = {}) { return MeshEvent(++events_); }
  MeshEvent enqueue_record_event_to_host(ttsl::Span<const SubDeviceId> = {}) { return MeshEvent(++events_); }
  void enqueue_wait_for_event(const MeshEvent&) {}
  void finish(ttsl::Span<const SubDeviceId> = {}) {}

 private:
  MeshDevice* device_;
  uint32_t events_ = 0;
};

}  // namespace tt::tt_metal::distributed

// The host API over meshes of devices.
#pragma once

#include <cassert>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include <tt-metalium/bfloat16.hpp>
#include <tt-metalium/buffer.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/mesh_buffer.hpp>
#include <tt-metalium/mesh_command_queue.hpp>
#include <tt-metalium/mesh_coord.hpp>
#include <tt-metalium/mesh_device.hpp>
#include <tt-metalium/mesh_event.hpp>
#include <tt-metalium/mesh_workload.hpp>
#include <tt-metalium/tt_metal_profiler.hpp>
#include <tt_stl/span.hpp>

namespace tt::tt_metal::distributed {

inline void EnqueueMeshWorkload(MeshCommandQueue& queue, MeshWorkload& workload, bool blocking) {
  queue.enqueue_mesh_workload(workload, blocking);
}

template <typename T>
void EnqueueWriteMeshBuffer(MeshCommandQueue& queue, const std::shared_ptr<MeshBuffer>& buffer,
                            const std::vector<T>& source, bool blocking = false) {
  const tt_metal::detail::WholeSource whole(source.data(), source.size() * sizeof(T), buffer->size());
  queue.enqueue_write_mesh_buffer(buffer, whole.data(), blocking);
}
template <typename T>
void EnqueueReadMeshBuffer(MeshCommandQueue& queue, std::vector<T>& target, const std::shared_ptr<MeshBuffer>& buffer,
                           bool blocking = true) {
  target.resize(buffer->size() / sizeof(T));
  queue.enqueue_read_mesh_buffer(target.data(), buffer, blocking);
}
template <typename T>
void WriteShard(MeshCommandQueue& queue, const std::shared_ptr<MeshBuffer>& buffer, const std::vector<T>& source,
                const MeshCoordinate&, bool blocking = false) {
  EnqueueWriteMeshBuffer(queue, buffer, source, blocking);
}
template <typename T>
void ReadShard(MeshCommandQueue& queue, std::vector<T>& target, const std::shared_ptr<MeshBuffer>& buffer,
               const MeshCoordinate&, bool blocking = true) {
  EnqueueReadMeshBuffer(queue, target, buffer, blocking);
}

inline void EventSynchronize(const MeshEvent&) {}
inline bool EventQuery(const MeshEvent&) { return true; }
inline void Finish(MeshCommandQueue&, ttsl::Span<const SubDeviceId> = {}) {}
inline void Synchronize(MeshDevice*, std::optional<uint8_t>, ttsl::Span<const SubDeviceId> = {}) {}

}  // namespace tt::tt_metal::distributed

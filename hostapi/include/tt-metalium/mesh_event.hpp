#pragma once

#include <cstdint>

namespace tt::tt_metal::distributed {

class MeshCommandQueue;

// A point in a mesh's command queue, which has passed: commands are done when their call returns.
class MeshEvent {
 public:
  explicit MeshEvent(uint32_t id = 0) : id_(id) {}
  uint32_t id() const { return id_; }

 private:
  uint32_t id_;
};

}  // namespace tt::tt_metal::distributed

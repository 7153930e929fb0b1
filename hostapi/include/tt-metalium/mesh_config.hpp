#pragma once

#include <optional>
#include <vector>

#include <tt-metalium/mesh_coord.hpp>

namespace tt::tt_metal::distributed {

class MeshDeviceConfig {
 public:
  MeshDeviceConfig(const MeshShape& shape, const std::optional<MeshCoordinate>& = std::nullopt,
                   const std::vector<int>& = {})
      : mesh_shape_(shape) {}
  const MeshShape& mesh_shape() const { return mesh_shape_; }

 private:
  MeshShape mesh_shape_;
};

}  // namespace tt::tt_metal::distributed

#pragma once

#include <vector>

#include <tt-metalium/mesh_coord.hpp>
#include <tt-metalium/program.hpp>

namespace tt::tt_metal::distributed {

// Programs of a mesh's devices.
class MeshWorkload {
 public:
  void add_program(const MeshCoordinateRange& devices, Program&& program);
  std::vector<std::pair<MeshCoordinateRange, Program>>& get_programs() { return programs_; }

 private:
  std::vector<std::pair<MeshCoordinateRange, Program>> programs_;
};

inline MeshWorkload CreateMeshWorkload() { return {}; }
inline void AddProgramToMeshWorkload(MeshWorkload& workload, Program&& program, const MeshCoordinateRange& devices) {
  workload.add_program(devices, std::move(program));
}

}  // namespace tt::tt_metal::distributed

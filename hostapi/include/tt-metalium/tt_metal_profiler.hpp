// Profiles of the programs that have run.
#pragma once

#include <tt-metalium/mesh_device.hpp>
#include <tt-metalium/tt_metal.hpp>

namespace tt::tt_metal {

// Prints the table of the last run.
inline void ReadMeshDeviceProfilerResults(distributed::MeshDevice& mesh) { detail::DumpDeviceProfileResults(&mesh); }

}  // namespace tt::tt_metal

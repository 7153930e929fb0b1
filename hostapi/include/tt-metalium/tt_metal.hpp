// Calls below the command queues: a program is launched and memory is copied at once.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tt-metalium/host_api.hpp>

namespace tt::tt_metal::detail {

inline void WriteToBuffer(Buffer& buffer, ttsl::Span<const uint8_t> source) {
  CheckSourceSize(source.size(), buffer.size());
  buffer.CopyFromHost(reinterpret_cast<const std::byte*>(source.data()));
}
template <typename T>
void WriteToBuffer(Buffer& buffer, const std::vector<T>& source) {
  CheckSourceSize(source.size() * sizeof(T), buffer.size());
  buffer.CopyFromHost(reinterpret_cast<const std::byte*>(source.data()));
}
template <typename T>
void WriteToBuffer(const std::shared_ptr<Buffer>& buffer, const std::vector<T>& source) {
  WriteToBuffer(*buffer, source);
}
template <typename T>
void ReadFromBuffer(const Buffer& buffer, std::vector<T>& target) {
  target.resize(buffer.size() / sizeof(T));
  buffer.CopyToHost(reinterpret_cast<std::byte*>(target.data()));
}
template <typename T>
void ReadFromBuffer(const std::shared_ptr<Buffer>& buffer, std::vector<T>& target) {
  ReadFromBuffer(*buffer, target);
}

void LaunchProgram(IDevice* device, Program& program, bool wait_until_cores_done = true,
                   bool force_slow_dispatch = false);
inline void LaunchProgram(IDevice* device, const std::shared_ptr<Program>& program, bool wait_until_cores_done = true,
                          bool force_slow_dispatch = false) {
  LaunchProgram(device, *program, wait_until_cores_done, force_slow_dispatch);
}
inline void WaitProgramDone(IDevice*, Program&) {}
void CompileProgram(IDevice* device, Program& program, bool force_slow_dispatch = false);  // checks what a launch would
inline void WriteRuntimeArgsToDevice(IDevice*, Program&, bool = false) {}  // a launch reads the program itself
inline bool ConfigureDeviceWithProgram(IDevice*, Program&, bool = false) { return true; }

// The table of the last run's cores, on standard output: the SDK writes its profiler's log here.
void DumpDeviceProfileResults(IDevice* device);

std::map<chip_id_t, IDevice*> CreateDevices(const std::vector<chip_id_t>& ids);
void CloseDevices(const std::map<chip_id_t, IDevice*>& devices);

}  // namespace tt::tt_metal::detail

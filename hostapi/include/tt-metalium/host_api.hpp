// The host API: devices, programs, kernels, buffers, command queues. Names and signatures are TT-Metalium's; programs
// run on the emulator. Errors are exceptions derived from std::runtime_error.
#pragma once

// The SDK's headers bring these along, and programs count on it.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <unordered_map>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <hostdevcommon/common_values.hpp>
#include <tt-metalium/logger.hpp>
#include <tt-metalium/tt_align.hpp>
#include <tt-metalium/buffer.hpp>
#include <tt-metalium/circular_buffer.hpp>
#include <tt-metalium/command_queue.hpp>
#include <tt-metalium/constants.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/device.hpp>
#include <tt-metalium/dispatch_core_common.hpp>
#include <tt-metalium/event.hpp>
#include <tt-metalium/profiler_types.hpp>
#include <tt-metalium/program.hpp>
#include <tt-metalium/runtime_args_data.hpp>
#include <tt-metalium/sub_device_types.hpp>
#include <tt_stl/span.hpp>

namespace tltt::host {

// Programs like to have names of their own for these.
using CoreSpec = std::variant<CoreCoord, CoreRange, CoreRangeSet>;
using KernelConfig =
    std::variant<tt::tt_metal::DataMovementConfig, tt::tt_metal::ComputeConfig, tt::tt_metal::EthernetConfig>;

tt::tt_metal::IDevice* CreateDevice(int id, const char* chip);

}  // namespace tltt::host

namespace tt::tt_metal {

// --- devices

inline size_t GetNumAvailableDevices() { return 1; }
inline size_t GetNumPCIeDevices() { return 1; }
// The device belongs to the caller until CloseDevice. Ids other than 0 are an error.
inline IDevice* CreateDevice(chip_id_t id, uint8_t /*num_hw_cqs*/ = 1, size_t /*l1_small_size*/ = DEFAULT_L1_SMALL_SIZE,
                             size_t /*trace_region_size*/ = DEFAULT_TRACE_REGION_SIZE,
                             const DispatchCoreConfig& = DispatchCoreConfig{}, const std::vector<uint32_t>& = {},
                             size_t /*worker_l1_size*/ = DEFAULT_WORKER_L1_SIZE) {
  return tltt::host::CreateDevice(id, tltt::host::DefaultChip());
}
bool CloseDevice(IDevice* device);

// --- programs

Program CreateProgram();

// A kernel from a file: an absolute path, one relative to the working folder, or one below TT_METAL_KERNEL_PATH,
// TT_METAL_RUNTIME_ROOT or TT_METAL_HOME. Files that it includes from its own folder become part of its text.
KernelHandle CreateKernel(Program& program, const std::string& file, const tltt::host::CoreSpec& cores,
                          const tltt::host::KernelConfig& config);
KernelHandle CreateKernelFromString(Program& program, const std::string& source, const tltt::host::CoreSpec& cores,
                                    const tltt::host::KernelConfig& config);

CBHandle CreateCircularBuffer(Program& program, const tltt::host::CoreSpec& cores, const CircularBufferConfig& config);
const CircularBufferConfig& GetCircularBufferConfig(Program& program, CBHandle handle);
void UpdateCircularBufferTotalSize(Program& program, CBHandle handle, uint32_t total_size);
void UpdateCircularBufferPageSize(Program& program, CBHandle handle, uint8_t index, uint32_t page_size);
void UpdateDynamicCircularBufferAddress(Program& program, CBHandle handle, const Buffer& buffer);
void UpdateDynamicCircularBufferAddressAndTotalSize(Program& program, CBHandle handle, const Buffer& buffer,
                                                    uint32_t total_size);

// The lowest id that is free on all of these cores.
uint32_t CreateSemaphore(Program& program, const std::variant<CoreRange, CoreRangeSet>& cores, uint32_t initial_value,
                         CoreType type = CoreType::WORKER);

// --- buffers

std::shared_ptr<Buffer> CreateBuffer(const InterleavedBufferConfig& config);
std::shared_ptr<Buffer> CreateBuffer(const ShardedBufferConfig& config);
void DeallocateBuffer(Buffer& buffer);
inline void AssignGlobalBufferToProgram(const std::shared_ptr<Buffer>&, Program&) {}  // commands are never late

// --- runtime arguments

void SetRuntimeArgs(const Program& program, KernelHandle kernel, const tltt::host::CoreSpec& cores,
                    ttsl::Span<const uint32_t> args);
void SetRuntimeArgs(const Program& program, KernelHandle kernel, const tltt::host::CoreSpec& cores,
                    std::initializer_list<uint32_t> args);
void SetRuntimeArgs(const Program& program, KernelHandle kernel, const std::vector<CoreCoord>& cores,
                    const std::vector<std::vector<uint32_t>>& args);
void SetCommonRuntimeArgs(const Program& program, KernelHandle kernel, ttsl::Span<const uint32_t> args);
void SetCommonRuntimeArgs(const Program& program, KernelHandle kernel, std::initializer_list<uint32_t> args);
RuntimeArgsData& GetRuntimeArgs(const Program& program, KernelHandle kernel, const CoreCoord& core);
std::vector<std::vector<RuntimeArgsData>>& GetRuntimeArgs(const Program& program, KernelHandle kernel);  // [x][y]
RuntimeArgsData& GetCommonRuntimeArgs(const Program& program, KernelHandle kernel);

// --- command queues

void EnqueueProgram(CommandQueue& queue, Program& program, bool blocking);
void EnqueueWriteBuffer(CommandQueue& queue, Buffer& buffer, const void* source, bool blocking);
void EnqueueReadBuffer(CommandQueue& queue, Buffer& buffer, void* target, bool blocking);
void DumpDeviceProfileResults(IDevice* device, const Program& program);  // the older name of detail's
inline void Finish(CommandQueue&, ttsl::Span<const SubDeviceId> = {}) {}
inline void Synchronize(IDevice*, std::optional<uint8_t> = std::nullopt, ttsl::Span<const SubDeviceId> = {}) {}
inline void EnqueueRecordEvent(CommandQueue&, const std::shared_ptr<Event>& event, ttsl::Span<const SubDeviceId> = {}) {
  event->recorded = true;
}
inline void EnqueueWaitForEvent(CommandQueue&, const std::shared_ptr<Event>&) {}
inline void EventSynchronize(const std::shared_ptr<Event>&) {}
inline bool EventQuery(const std::shared_ptr<Event>& event) { return event->recorded; }

namespace detail {
void CheckSourceSize(uint64_t have, uint64_t need);  // throws where a source is shorter than its buffer
}

inline void EnqueueWriteBuffer(CommandQueue& queue, const std::shared_ptr<Buffer>& buffer, const void* source,
                               bool blocking) {
  EnqueueWriteBuffer(queue, *buffer, source, blocking);
}
template <typename T>
void EnqueueWriteBuffer(CommandQueue& queue, Buffer& buffer, const std::vector<T>& source, bool blocking) {
  const detail::WholeSource whole(source.data(), source.size() * sizeof(T), buffer.size());
  EnqueueWriteBuffer(queue, buffer, whole.data(), blocking);
}
template <typename T>
void EnqueueWriteBuffer(CommandQueue& queue, const std::shared_ptr<Buffer>& buffer, const std::vector<T>& source,
                        bool blocking) {
  EnqueueWriteBuffer(queue, *buffer, source, blocking);
}
inline void EnqueueReadBuffer(CommandQueue& queue, const std::shared_ptr<Buffer>& buffer, void* target, bool blocking) {
  EnqueueReadBuffer(queue, *buffer, target, blocking);
}
template <typename T>
void EnqueueReadBuffer(CommandQueue& queue, Buffer& buffer, std::vector<T>& target, bool blocking) {
  target.resize(buffer.size() / sizeof(T));
  EnqueueReadBuffer(queue, buffer, static_cast<void*>(target.data()), blocking);
}
template <typename T>
void EnqueueReadBuffer(CommandQueue& queue, const std::shared_ptr<Buffer>& buffer, std::vector<T>& target,
                       bool blocking) {
  EnqueueReadBuffer(queue, *buffer, target, blocking);
}

}  // namespace tt::tt_metal

// What stands behind the host API's objects: the emulated device, device memory, and a program in the making.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tt-metalium/buffer.hpp>
#include <tt-metalium/circular_buffer_config.hpp>
#include <tt-metalium/program.hpp>
#include <tt-metalium/runtime_args_data.hpp>

#include "tltt/emulator.h"

namespace tltt::host {

class DeviceState : public std::enable_shared_from_this<DeviceState> {
 public:
  DeviceState(const Chip& chip, const emu::Options& options) : emulator(chip, options) {}
  const Chip& chip() const { return emulator.chip(); }
  emu::Device emulator;
  std::optional<emu::RunReport> last_run;
  bool print_report = false;  // after every run
};

// Opens the device that `chip`, or the environment, names; throws std::runtime_error.
std::shared_ptr<DeviceState> OpenDevice(int id, const char* chip);

struct BufferState {
  ~BufferState();
  std::shared_ptr<DeviceState> device;
  emu::Buffer buffer;
};

struct KernelState {
  Kernel kernel;
  tt::tt_metal::CoreRangeSet cores;
  std::vector<std::vector<tt::tt_metal::RuntimeArgsData>> args;  // [x][y]
  tt::tt_metal::RuntimeArgsData common_args;
};

struct CircularBufferState {
  tt::tt_metal::CircularBufferConfig config;
  tt::tt_metal::CoreRangeSet cores;
};

struct SemaphoreState {
  uint32_t id = 0, initial_value = 0;
  tt::tt_metal::CoreRangeSet cores;
};

struct ProgramState {
  std::vector<KernelState> kernels;
  std::vector<CircularBufferState> circular_buffers;
  std::vector<SemaphoreState> semaphores;
};

// The text of a kernel's file with what it includes from its own folder; throws std::runtime_error naming the places
// that were searched.
std::string ReadKernel(const std::string& file);

// The program as the emulator takes it; `buffers` receives the L1 buffers that circular buffers lie on.
Program Lower(const ProgramState& state, const Chip& chip, std::vector<emu::Buffer>* buffers);
void Run(DeviceState& device, const ProgramState& program);

// One line for each core: cycles, and the cycles not spent waiting, of each role.
std::string ReportTable(const emu::RunReport& report);

}  // namespace tltt::host

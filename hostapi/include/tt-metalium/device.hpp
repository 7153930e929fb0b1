// The emulated device.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include <hostdevcommon/common_values.hpp>
#include <tt-metalium/base_types.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/data_types.hpp>
#include <tt-metalium/dispatch_core_common.hpp>
#include <tt-metalium/sub_device_types.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>

namespace tltt::host {
class DeviceState;
}

namespace tt::tt_metal {

class Allocator;
class CommandQueue;

class IDevice {
 public:
  virtual ~IDevice();

  tt::ARCH arch() const;
  virtual int id() const = 0;
  virtual bool close() = 0;
  bool is_initialized() const;
  uint8_t num_hw_cqs() const { return 1; }
  int num_dram_channels() const;
  uint32_t l1_size_per_core() const;       // bytes
  uint64_t dram_size_per_channel() const;  // bytes
  CoreCoord grid_size() const { return compute_with_storage_grid_size(); }
  CoreCoord logical_grid_size() const { return compute_with_storage_grid_size(); }
  CoreCoord dram_grid_size() const;
  CoreCoord compute_with_storage_grid_size() const;  // extent of the worker grid
  // NoC coordinates. The emulator's are the logical ones; DRAM banks have coordinates beside the grid.
  CoreCoord worker_core_from_logical_core(const CoreCoord& logical) const;
  CoreCoord virtual_core_from_logical_core(const CoreCoord& logical, const CoreType& type) const;
  CoreCoord physical_core_from_logical_core(const CoreCoord& logical, const CoreType& type) const {
    return virtual_core_from_logical_core(logical, type);
  }
  std::vector<CoreCoord> worker_cores_from_logical_cores(const std::vector<CoreCoord>& logical) const;
  CoreCoord logical_core_from_dram_channel(uint32_t channel) const;
  // None: a chip alone has no link to another one.
  std::unordered_set<CoreCoord> get_active_ethernet_cores(bool /*skip_reserved*/ = false) const { return {}; }
  std::unordered_set<CoreCoord> get_inactive_ethernet_cores() const { return {}; }
  bool is_active_ethernet_core(const CoreCoord&, bool /*skip_reserved*/ = false) const { return false; }
  uint32_t dram_channel_from_logical_core(const CoreCoord& logical) const;
  const std::unique_ptr<Allocator>& allocator() const { return allocator_; }
  uint32_t get_allocator_alignment() const;  // of pages in DRAM, bytes: before allocator()
  CommandQueue& command_queue(std::size_t id = 0);
  void enable_program_cache() {}  // compiled kernels are always kept
  void disable_and_clear_program_cache() {}
  std::string chip() const;  // of the emulator: "n150"

  tltt::host::DeviceState& state() const;  // throws on a closed device

 protected:
  explicit IDevice(std::shared_ptr<tltt::host::DeviceState> state);
  std::shared_ptr<tltt::host::DeviceState> state_;
  std::unique_ptr<CommandQueue> queue_;
  std::unique_ptr<Allocator> allocator_;
};

using Device = IDevice;  // its older name

}  // namespace tt::tt_metal

namespace tltt::host {
// The chip that a program is built for, when its build says so (compile definition TLTT_CHIP); the environment variable
// TLTT_CHIP comes first, n150 last.
inline const char* DefaultChip() {
#ifdef TLTT_CHIP
  return TLTT_CHIP;
#else
  return nullptr;
#endif
}
}  // namespace tltt::host

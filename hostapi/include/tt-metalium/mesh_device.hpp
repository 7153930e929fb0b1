// A mesh of one emulated device.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <tt-metalium/device.hpp>
#include <tt-metalium/mesh_config.hpp>
#include <tt-metalium/mesh_coord.hpp>
#include <tt_stl/span.hpp>

namespace tt::tt_metal::distributed {

class MeshCommandQueue;

class MeshDevice : public IDevice, public std::enable_shared_from_this<MeshDevice> {
 public:
  static std::shared_ptr<MeshDevice> create_unit_mesh(int device_id, size_t /*l1_small_size*/ = DEFAULT_L1_SMALL_SIZE,
                                                      size_t /*trace_region_size*/ = DEFAULT_TRACE_REGION_SIZE,
                                                      size_t /*num_command_queues*/ = 1,
                                                      const DispatchCoreConfig& = DispatchCoreConfig{},
                                                      ttsl::Span<const std::uint32_t> = {},
                                                      size_t /*worker_l1_size*/ = DEFAULT_WORKER_L1_SIZE) {
    return Open(MeshShape(1, 1), device_id, tltt::host::DefaultChip());
  }
  static std::shared_ptr<MeshDevice> create(const MeshDeviceConfig& config,
                                            size_t /*l1_small_size*/ = DEFAULT_L1_SMALL_SIZE,
                                            size_t /*trace_region_size*/ = DEFAULT_TRACE_REGION_SIZE,
                                            size_t /*num_command_queues*/ = 1,
                                            const DispatchCoreConfig& = DispatchCoreConfig{},
                                            ttsl::Span<const std::uint32_t> = {},
                                            size_t /*worker_l1_size*/ = DEFAULT_WORKER_L1_SIZE) {
    return Open(config.mesh_shape(), 0, tltt::host::DefaultChip());
  }
  ~MeshDevice() override;

  int id() const override { return 0; }
  bool close() override;
  const MeshShape& shape() const { return shape_; }
  size_t num_devices() const { return 1; }
  size_t num_rows() const { return 1; }
  size_t num_cols() const { return 1; }
  bool is_local(const MeshCoordinate&) const { return true; }
  std::vector<IDevice*> get_devices() { return {this}; }
  IDevice* get_device(const MeshCoordinate&) { return this; }
  IDevice* get_device(size_t /*row*/, size_t /*column*/) { return this; }
  std::vector<int> get_device_ids() const { return {0}; }
  MeshCommandQueue& mesh_command_queue(std::optional<uint8_t> id = std::nullopt) const;
  std::string to_string() const;

 private:
  explicit MeshDevice(std::shared_ptr<tltt::host::DeviceState> state);
  static std::shared_ptr<MeshDevice> Open(const MeshShape& shape, int device_id, const char* chip);
  MeshShape shape_{1, 1};
  std::unique_ptr<MeshCommandQueue> mesh_queue_;
};

}  // namespace tt::tt_metal::distributed

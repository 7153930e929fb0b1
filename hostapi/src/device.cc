// Devices, meshes of one device, and their command queues.
#include <tt-metalium/device.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tt_metal.hpp>

#include "noc_address.h"
#include "state.h"
#include "tltt/chip.h"

namespace tltt::host {

namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

std::shared_ptr<DeviceState> OpenDevice(int id, const char* chip) {
  TT_FATAL(id == 0, "device {} does not exist: the emulated machine has one card, device 0", id);
  std::string name = Environment("TLTT_CHIP");
  if (name.empty()) name = chip ? chip : tltt::DefaultChip("wormhole_b0").name;
  emu::Options options;
  options.cache_dir = Environment("TLTT_CACHE_DIR");
  const std::string numerics = Environment("TLTT_NUMERICS");
  TT_FATAL(numerics.empty() || numerics == "fast" || numerics == "faithful",
           "TLTT_NUMERICS is {}; known are fast, faithful", numerics);
  if (numerics == "faithful") options.numerics = emu::Numerics::kFaithful;
  const std::string strict = Environment("TLTT_STRICT");
  options.tolerant = strict.empty() || strict == "0";
  auto state = std::make_shared<DeviceState>(ChipByName(name), options);
  const std::string report = Environment("TLTT_REPORT");
  state->print_report = !report.empty() && report != "0";
  return state;
}

void Run(DeviceState& device, const ProgramState& program) {
  std::vector<emu::Buffer> buffers;
  const Program lowered = Lower(program, device.chip(), &buffers);
  device.last_run = device.emulator.Run(lowered, buffers);
  if (device.print_report) std::cout << ReportTable(*device.last_run);
}

namespace {

class SingleDevice final : public tt::tt_metal::IDevice {
 public:
  explicit SingleDevice(std::shared_ptr<DeviceState> state) : IDevice(std::move(state)) {}
  int id() const override { return 0; }
  bool close() override {
    state_.reset();
    return true;
  }
};

}  // namespace

tt::tt_metal::IDevice* CreateDevice(int id, const char* chip) { return new SingleDevice(OpenDevice(id, chip)); }

}  // namespace tltt::host

namespace tt::tt_metal {

IDevice::IDevice(std::shared_ptr<tltt::host::DeviceState> state)
    : state_(std::move(state)), queue_(std::make_unique<CommandQueue>(this)) {
  const tltt::Chip& chip = state_->chip();
  allocator_ = std::make_unique<Allocator>(chip.noc_alignment_dram, chip.noc_alignment_l1);
}
IDevice::~IDevice() = default;

tltt::host::DeviceState& IDevice::state() const {
  TT_FATAL(state_ != nullptr, "the device is closed");
  return *state_;
}

tt::ARCH IDevice::arch() const {
  return state().chip().arch == "blackhole" ? tt::ARCH::BLACKHOLE : tt::ARCH::WORMHOLE_B0;
}
bool IDevice::is_initialized() const { return state_ != nullptr; }
std::string IDevice::chip() const { return state().chip().name; }
int IDevice::num_dram_channels() const { return static_cast<int>(state().chip().dram_banks); }
uint32_t IDevice::l1_size_per_core() const { return state().chip().l1_bytes; }
uint64_t IDevice::dram_size_per_channel() const { return state().chip().dram_bank_bytes; }
CoreCoord IDevice::dram_grid_size() const { return {state().chip().dram_banks, 1}; }
CoreCoord IDevice::compute_with_storage_grid_size() const { return {state().chip().grid.x, state().chip().grid.y}; }

CoreCoord IDevice::worker_core_from_logical_core(const CoreCoord& logical) const {
  const CoreCoord grid = compute_with_storage_grid_size();
  TT_FATAL(logical.x < grid.x && logical.y < grid.y, "core {} lies outside of the {}x{} grid", logical.str(), grid.x,
           grid.y);
  return logical;
}

CoreCoord IDevice::virtual_core_from_logical_core(const CoreCoord& logical, const CoreType& type) const {
  if (type != CoreType::DRAM) return worker_core_from_logical_core(logical);
  TT_FATAL(logical.y == 0 && logical.x < state().chip().dram_banks, "there is no DRAM bank {}", logical.str());
  return {logical.x, tltt::emu::kDramNocRow};
}

std::vector<CoreCoord> IDevice::worker_cores_from_logical_cores(const std::vector<CoreCoord>& logical) const {
  std::vector<CoreCoord> cores;
  for (const CoreCoord& core : logical) cores.push_back(worker_core_from_logical_core(core));
  return cores;
}

CoreCoord IDevice::logical_core_from_dram_channel(uint32_t channel) const { return {channel, 0}; }
uint32_t IDevice::dram_channel_from_logical_core(const CoreCoord& logical) const {
  return static_cast<uint32_t>(logical.x);
}

uint32_t IDevice::get_allocator_alignment() const { return allocator_->get_alignment(BufferType::DRAM); }

CommandQueue& IDevice::command_queue(size_t id) {
  TT_FATAL(id == 0, "command queue {} does not exist: the emulated device has one", id);
  return *queue_;
}

bool CloseDevice(IDevice* device) {
  const std::unique_ptr<IDevice> owned(device);
  return device->close();
}

// --- command queues

void EnqueueProgram(CommandQueue& queue, Program& program, bool) {
  tltt::host::Run(queue.device()->state(), program.state());
}
void EnqueueWriteBuffer(CommandQueue&, Buffer& buffer, const void* source, bool) {
  buffer.CopyFromHost(static_cast<const std::byte*>(source));
}
void EnqueueReadBuffer(CommandQueue&, Buffer& buffer, void* target, bool) {
  buffer.CopyToHost(static_cast<std::byte*>(target));
}

namespace detail {

void CheckSourceSize(uint64_t have, uint64_t need) {
  TT_FATAL(have >= need, "the buffer has {} bytes, but its source only {}", need, have);
}

WholeSource::WholeSource(const void* source, uint64_t have, uint64_t need) : data_(source) {
  if (have >= need) return;
  std::cerr << "warning: the buffer has " << need << " bytes, but its source only " << have << ": zeros follow\n";
  padded_.resize(need);
  std::memcpy(padded_.data(), source, have);
  data_ = padded_.data();
}

void LaunchProgram(IDevice* device, Program& program, bool, bool) { tltt::host::Run(device->state(), program.state()); }

void CompileProgram(IDevice* device, Program& program, bool) {
  std::vector<tltt::emu::Buffer> buffers;
  tltt::host::Lower(program.state(), device->state().chip(), &buffers);
}

void DumpDeviceProfileResults(IDevice* device) {
  TT_FATAL(device->state().last_run.has_value(), "no program has run on the device");
  std::cout << tltt::host::ReportTable(*device->state().last_run);
}

std::map<chip_id_t, IDevice*> CreateDevices(const std::vector<chip_id_t>& ids) {
  std::map<chip_id_t, IDevice*> devices;
  for (const chip_id_t id : ids) devices[id] = CreateDevice(id);
  return devices;
}

void CloseDevices(const std::map<chip_id_t, IDevice*>& devices) {
  for (const auto& [id, device] : devices) CloseDevice(device);
}

}  // namespace detail

void DumpDeviceProfileResults(IDevice* device, const Program&) { detail::DumpDeviceProfileResults(device); }

namespace distributed {

MeshDevice::MeshDevice(std::shared_ptr<tltt::host::DeviceState> state)
    : IDevice(std::move(state)), mesh_queue_(std::make_unique<MeshCommandQueue>(this)) {}
MeshDevice::~MeshDevice() = default;

std::shared_ptr<MeshDevice> MeshDevice::Open(const MeshShape& shape, int device_id, const char* chip) {
  TT_FATAL(shape.mesh_size() == 1, "a mesh of {} devices: the emulated machine has one card", shape.mesh_size());
  return std::shared_ptr<MeshDevice>(new MeshDevice(tltt::host::OpenDevice(device_id, chip)));
}

bool MeshDevice::close() {
  state_.reset();
  return true;
}

MeshCommandQueue& MeshDevice::mesh_command_queue(std::optional<uint8_t> id) const {
  TT_FATAL(id.value_or(0) == 0, "command queue {} does not exist: the emulated device has one", *id);
  return *mesh_queue_;
}

std::string MeshDevice::to_string() const { return "MeshDevice(1x1, emulated " + chip() + ")"; }

void MeshWorkload::add_program(const MeshCoordinateRange& devices, Program&& program) {
  programs_.emplace_back(devices, std::move(program));
}

void MeshCommandQueue::enqueue_mesh_workload(MeshWorkload& workload, bool) {
  for (auto& [devices, program] : workload.get_programs()) tltt::host::Run(device_->state(), program.state());
}
void MeshCommandQueue::enqueue_write_mesh_buffer(const std::shared_ptr<MeshBuffer>& buffer, const void* source, bool) {
  buffer->get_backing_buffer()->CopyFromHost(static_cast<const std::byte*>(source));
}
void MeshCommandQueue::enqueue_read_mesh_buffer(void* target, const std::shared_ptr<MeshBuffer>& buffer, bool) {
  buffer->get_backing_buffer()->CopyToHost(static_cast<std::byte*>(target));
}
void MeshCommandQueue::enqueue_write_shards(const std::shared_ptr<MeshBuffer>& buffer,
                                            const std::vector<ShardDataTransfer>& transfers, bool) {
  for (const ShardDataTransfer& transfer : transfers) {
    buffer->get_backing_buffer()->CopyFromHost(static_cast<const std::byte*>(transfer.host_data),
                                               transfer.region.value_or(BufferRegion(0, buffer->size())));
  }
}
void MeshCommandQueue::enqueue_read_shards(const std::vector<ShardDataTransfer>& transfers,
                                           const std::shared_ptr<MeshBuffer>& buffer, bool) {
  for (const ShardDataTransfer& transfer : transfers) {
    buffer->get_backing_buffer()->CopyToHost(static_cast<std::byte*>(transfer.host_data),
                                             transfer.region.value_or(BufferRegion(0, buffer->size())));
  }
}

}  // namespace distributed
}  // namespace tt::tt_metal

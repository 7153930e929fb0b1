// Device memory: interleaved buffers as the emulator has them, sharded ones on top of them, and meshes of one device.
#include <tt-metalium/buffer.hpp>

#include <algorithm>
#include <cstring>
#include <iostream>

#include <tt-metalium/device.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/mesh_buffer.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>

#include "noc_address.h"
#include "state.h"
#include "tltt/shards.h"

namespace tltt::host {

BufferState::~BufferState() { device->emulator.Free(buffer); }

}  // namespace tltt::host

namespace tt::tt_metal {

using tltt::host::BufferState;

std::array<uint32_t, 2> ShardSpecBuffer::shape_in_pages() const {
  const auto [rows, columns] = tensor_shard_spec.shape;
  TT_FATAL(page_shape[0] != 0 && page_shape[1] != 0 && rows % page_shape[0] == 0 && columns % page_shape[1] == 0,
           "shards of {}x{} elements do not consist of pages of {}x{}", rows, columns, page_shape[0], page_shape[1]);
  return {rows / page_shape[0], columns / page_shape[1]};
}

DeviceAddr ShardSpecBuffer::num_pages() const {
  const auto [rows, columns] = shape_in_pages();
  return DeviceAddr{rows} * columns;
}

bool is_sharded(const TensorMemoryLayout& layout) { return layout != TensorMemoryLayout::INTERLEAVED; }

namespace {

// How the emulator has the pages of a sharded buffer; none for an interleaved one.
std::optional<tltt::ShardSpec> ShardsOf(const BufferShardingArgs& sharding, uint32_t pages) {
  tltt::ShardSpec shards;
  std::vector<CoreCoord> cores;
  if (const auto& spec = sharding.buffer_distribution_spec()) {
    shards.tensor_pages = spec->tensor_shape_in_pages().view();
    shards.shard_pages = spec->shard_shape_in_pages().view();
    cores = spec->cores();
  } else if (const auto& legacy = sharding.shard_spec()) {
    const auto [rows, columns] = legacy->shape_in_pages();
    shards.tensor_pages.assign(legacy->tensor2d_shape_in_pages.begin(), legacy->tensor2d_shape_in_pages.end());
    shards.shard_pages = {rows, columns};
    // The SDK takes what the buffer's size holds of the tensor; programs that multiply its rows twice run there.
    const uint32_t across = shards.tensor_pages[1];
    if (across > 0 && pages % across == 0 && pages / across < shards.tensor_pages[0]) {
      std::cerr << "warning: the shard specification says " << shards.tensor_pages[0] << "x" << across
                << " pages, but the buffer has " << pages << ": the first " << pages / across << " rows count\n";
      shards.tensor_pages[0] = pages / across;
    }
    cores = corerange_to_cores(legacy->grid(), std::nullopt, legacy->orientation() == ShardOrientation::ROW_MAJOR);
    const uint64_t count =
        uint64_t{(shards.tensor_pages[0] + rows - 1) / rows} * ((shards.tensor_pages[1] + columns - 1) / columns);
    TT_FATAL(count <= cores.size(), "the buffer has {} shards, its grid {} cores", count, cores.size());
  } else {
    return std::nullopt;
  }
  for (const CoreCoord& core : cores)
    shards.banks.push_back({static_cast<uint16_t>(core.x), static_cast<uint16_t>(core.y)});
  return shards;
}

}  // namespace

namespace {

// The cores that a list of shards goes to in turn.
std::vector<CoreCoord> CoresOf(const Shape& tensor, const Shape& shard, const CoreRangeSet& cores,
                               ShardOrientation orientation, ShardDistributionStrategy strategy) {
  const bool rows = orientation == ShardOrientation::ROW_MAJOR;
  if (strategy == ShardDistributionStrategy::ROUND_ROBIN_1D) return corerange_to_cores(cores, std::nullopt, rows);
  TT_FATAL(tensor.rank() == 2 && cores.ranges().size() == 1, "a grid of shards has two axes and one range of cores");
  const uint32_t down = (tensor[0] + shard[0] - 1) / shard[0], across = (tensor[1] + shard[1] - 1) / shard[1];
  const CoreRange& grid = cores.ranges().front();
  const uint32_t width = static_cast<uint32_t>(grid.end_coord.x - grid.start_coord.x + 1);
  const uint32_t height = static_cast<uint32_t>(grid.end_coord.y - grid.start_coord.y + 1);
  TT_FATAL(rows ? across <= width && down <= height : across <= height && down <= width,
           "{} x {} shards do not fit a grid of {} x {} cores", down, across, height, width);
  std::vector<CoreCoord> list;
  for (uint32_t i = 0; i < down; ++i) {
    for (uint32_t j = 0; j < across; ++j)
      list.emplace_back(grid.start_coord.x + (rows ? j : i), grid.start_coord.y + (rows ? i : j));
  }
  return list;
}

Shape InPages(const Shape& shape, const Shape2D& page) {
  TT_FATAL(shape.rank() >= 2, "pages are cut from the last two axes; the shape has {}", shape.rank());
  std::vector<uint32_t> extents = shape.view();
  uint32_t& rows = extents[extents.size() - 2];
  TT_FATAL(page.height() && page.width() && rows % page.height() == 0 && extents.back() % page.width() == 0,
           "{} x {} elements are no whole pages of {} x {}", rows, extents.back(), page.height(), page.width());
  rows /= static_cast<uint32_t>(page.height());
  extents.back() /= static_cast<uint32_t>(page.width());
  return Shape(std::move(extents));
}

}  // namespace

BufferDistributionSpec::BufferDistributionSpec(const Shape& tensor_in_pages, const Shape& shard_in_pages,
                                               const CoreRangeSet& cores, ShardOrientation orientation,
                                               ShardDistributionStrategy strategy)
    : tensor_(tensor_in_pages),
      shard_(shard_in_pages),
      cores_(CoresOf(tensor_in_pages, shard_in_pages, cores, orientation, strategy)) {}

BufferDistributionSpec BufferDistributionSpec::from_shard_spec(const Shape& tensor, const Shape& shard,
                                                               const Shape2D& page, const CoreRangeSet& cores,
                                                               ShardOrientation orientation,
                                                               ShardDistributionStrategy strategy) {
  TT_FATAL(tensor.rank() == shard.rank(), "a tensor of {} axes is cut into shards of {}", tensor.rank(), shard.rank());
  return {InPages(tensor, page), InPages(shard, page), cores, orientation, strategy};
}

std::size_t BufferDistributionSpec::num_shards() const {
  std::size_t shards = 1;
  for (std::size_t axis = 0; axis < tensor_.rank(); ++axis)
    shards *= (tensor_.view()[axis] + shard_.view()[axis] - 1) / shard_.view()[axis];
  return shards;
}

std::size_t BufferDistributionSpec::num_shards_per_core(std::size_t core) const {
  return num_shards() / num_cores() + (core < num_shards() % num_cores() ? 1 : 0);
}

std::shared_ptr<Buffer> Buffer::create(IDevice* device, DeviceAddr size, DeviceAddr page_size, BufferType type,
                                       const BufferShardingArgs& sharding, std::optional<bool>,
                                       std::optional<SubDeviceId>) {
  return std::make_shared<Buffer>(device, size, page_size, type, sharding);
}

Buffer::Buffer(IDevice* device, DeviceAddr size, DeviceAddr page_size, BufferType type,
               const BufferShardingArgs& sharding)
    : device_(device),
      size_(size),
      page_size_(page_size),
      type_(type),
      layout_(sharding.buffer_layout()),
      spec_(sharding.shard_spec()) {
  TT_FATAL(device != nullptr, "a buffer needs a device");
  TT_FATAL(page_size != 0 && size != 0 && size % page_size == 0, "a buffer of {} bytes is not whole pages of {} bytes",
           size, page_size);
  TT_FATAL(is_dram() || is_l1(), "buffers in system memory are not emulated");
  const std::optional<tltt::ShardSpec> shards = ShardsOf(sharding, num_pages());
  TT_FATAL(is_sharded(layout_) == shards.has_value(), "a sharded layout and a shard specification belong together");
  state_ = std::make_unique<BufferState>();
  state_->device = device->state().shared_from_this();
  const tltt::Memory memory = is_l1() ? tltt::Memory::kL1 : tltt::Memory::kDram;
  // Shards consist of whole aligned pages.
  const DeviceAddr bytes = shards ? aligned_page_size() : page_size;
  state_->buffer = state_->device->emulator.Allocate(num_pages(), static_cast<uint32_t>(bytes), memory, shards);
}

Buffer::~Buffer() = default;

const BufferState& Buffer::state() const {
  TT_FATAL(state_ != nullptr, "the buffer's memory has been freed");
  return *state_;
}

uint32_t Buffer::address() const { return state().buffer.address; }

uint32_t Buffer::alignment() const {
  const tltt::Chip& chip = state_ ? state_->device->chip() : device_->state().chip();
  return is_l1() ? chip.noc_alignment_l1 : chip.noc_alignment_dram;
}

DeviceAddr Buffer::aligned_page_size() const { return (page_size_ + alignment() - 1) / alignment() * alignment(); }

uint32_t Buffer::num_dev_pages() const {
  const auto& shards = state().buffer.shards;
  return shards ? static_cast<uint32_t>(tltt::SlotsPerBank(*shards) * shards->banks.size()) : num_pages();
}

DeviceAddr Buffer::aligned_size_per_bank() const {
  if (const auto& shards = state().buffer.shards) return tltt::SlotsPerBank(*shards) * aligned_page_size();
  const tltt::Chip& chip = state().device->chip();
  const uint32_t banks = is_l1() ? uint32_t{chip.grid.x} * chip.grid.y : chip.dram_banks;
  return (num_pages() + banks - 1) / banks * aligned_page_size();
}

DeviceAddr Buffer::page_address(uint32_t bank, uint32_t page) const {
  TT_FATAL(!is_sharded(layout_), "page_address is of interleaved buffers");
  const tltt::Chip& chip = state().device->chip();
  const uint32_t banks = is_l1() ? uint32_t{chip.grid.x} * chip.grid.y : chip.dram_banks;
  TT_FATAL(page % banks == bank, "page {} lies in bank {}, not {}", page, page % banks, bank);
  return address() + page / banks * aligned_page_size();
}

ShardSpecBuffer Buffer::shard_spec() const {
  TT_FATAL(spec_.has_value(), "the buffer is not sharded");
  return *spec_;
}

std::optional<uint32_t> Buffer::num_cores() const {
  const auto& shards = state().buffer.shards;
  return shards ? std::optional(static_cast<uint32_t>(shards->banks.size())) : std::nullopt;
}

CoreCoord Buffer::noc_coordinates(uint32_t bank) const {
  const tltt::Chip& chip = state().device->chip();
  if (is_l1()) return {bank % chip.grid.x, bank / chip.grid.x};
  return {bank, tltt::emu::kDramNocRow};
}

void Buffer::CopyFromHost(const std::byte* bytes) { CopyFromHost(bytes, {0, size_}); }
void Buffer::CopyToHost(std::byte* bytes) const { CopyToHost(bytes, {0, size_}); }

namespace {

// Calls copy(device bytes, offset in the host's bytes) for every page of the region.
template <typename Copy>
void ForPages(const BufferState& state, DeviceAddr page_size, DeviceAddr size, const BufferRegion& region,
              const Copy& copy) {
  TT_FATAL(region.offset % page_size == 0 && region.size % page_size == 0 && region.offset + region.size <= size,
           "a region of {} bytes from {} on is not whole pages of {} bytes in a buffer of {}", region.size,
           region.offset, page_size, size);
  const uint64_t first = region.offset / page_size;
  for (uint64_t i = 0; i < region.size / page_size; ++i) {
    copy(state.device->emulator.Page(state.buffer, first + i), i * page_size);
  }
}

}  // namespace

void Buffer::CopyFromHost(const std::byte* bytes, const BufferRegion& region) {
  const BufferState& memory = state();
  ForPages(memory, page_size_, size_, region,
           [&](std::byte* device, uint64_t offset) { std::memcpy(device, bytes + offset, page_size_); });
  memory.device->emulator.MarkWritten(memory.buffer);
}

void Buffer::CopyToHost(std::byte* bytes, const BufferRegion& region) const {
  ForPages(state(), page_size_, size_, region,
           [&](const std::byte* device, uint64_t offset) { std::memcpy(bytes + offset, device, page_size_); });
}

std::shared_ptr<Buffer> CreateBuffer(const InterleavedBufferConfig& config) {
  TT_FATAL(!is_sharded(config.buffer_layout), "an interleaved buffer has no sharded layout");
  return Buffer::create(config.device, config.size, config.page_size, config.buffer_type);
}

std::shared_ptr<Buffer> CreateBuffer(const ShardedBufferConfig& config) {
  return Buffer::create(config.device, config.size, config.page_size, config.buffer_type,
                        BufferShardingArgs(config.shard_parameters, config.buffer_layout));
}

void DeallocateBuffer(Buffer& buffer) { buffer.state_.reset(); }

TensorAccessorArgs::TensorAccessorArgs(const Buffer& buffer) {
  tltt::Tensor tensor;
  tensor.memory = buffer.is_l1() ? tltt::Memory::kL1 : tltt::Memory::kDram;
  tensor.page_size = static_cast<uint32_t>(buffer.aligned_page_size());
  tensor.shards = buffer.state().buffer.shards;
  args_ = tltt::AccessorArgs(tensor);
}

namespace distributed {

MeshBuffer::MeshBuffer(const MeshBufferConfig& config, const DeviceLocalBufferConfig& local, MeshDevice* device,
                       DeviceAddr size)
    : config_(config),
      local_(local),
      device_(device),
      size_(size),
      buffer_(Buffer::create(device, size, local.page_size, local.buffer_type, local.sharding_args)) {}

std::shared_ptr<MeshBuffer> MeshBuffer::create(const MeshBufferConfig& config, const DeviceLocalBufferConfig& local,
                                               MeshDevice* device, std::optional<DeviceAddr> address) {
  TT_FATAL(!address, "buffers at an address of the caller's choice are not emulated");
  const auto* replicated = std::get_if<ReplicatedBufferConfig>(&config);
  const DeviceAddr size = replicated ? replicated->size : std::get<ShardedBufferConfig>(config).global_size;
  return std::shared_ptr<MeshBuffer>(new MeshBuffer(config, local, device, size));
}

void MeshBuffer::deallocate() { buffer_.reset(); }

Buffer* MeshBuffer::get_backing_buffer() const {
  TT_FATAL(buffer_ != nullptr, "the buffer's memory has been freed");
  return buffer_.get();
}

}  // namespace distributed
}  // namespace tt::tt_metal

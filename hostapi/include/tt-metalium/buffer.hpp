// Buffers in device memory: pages dealt out over the banks of DRAM or L1, or shards that each lie whole in one bank.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <tt-metalium/base_types.hpp>
#include <tt-metalium/buffer_distribution_spec.hpp>
#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/sub_device_types.hpp>

namespace tltt::host {
class DeviceState;
struct BufferState;
}  // namespace tltt::host

namespace tt::tt_metal {

class IDevice;

// What programs ask a device's allocator for.
class Allocator {
 public:
  Allocator(uint32_t dram_alignment, uint32_t l1_alignment) : alignments_{dram_alignment, l1_alignment} {}
  uint32_t get_alignment(BufferType type) const {
    return alignments_[type == BufferType::DRAM ? 0 : 1];
  }  // of pages, bytes

 private:
  uint32_t alignments_[2];
};

struct ShardSpec {
  ShardSpec(const CoreRangeSet& cores, const std::array<uint32_t, 2>& shard_shape,
            const ShardOrientation& order = ShardOrientation::ROW_MAJOR)
      : grid(cores), shape(shard_shape), orientation(order) {}
  CoreRangeSet grid;
  std::array<uint32_t, 2> shape;  // of one shard, elements: rows, columns
  ShardOrientation orientation = ShardOrientation::ROW_MAJOR;
  uint32_t num_cores() const { return grid.num_cores(); }
  uint32_t numel() const { return shape[0] * shape[1]; }
};

struct ShardSpecBuffer {
  ShardSpecBuffer(const CoreRangeSet& cores, const std::array<uint32_t, 2>& shard_shape, const ShardOrientation& order,
                  const std::array<uint32_t, 2>& page, const std::array<uint32_t, 2>& tensor_in_pages)
      : tensor_shard_spec(cores, shard_shape, order), page_shape(page), tensor2d_shape_in_pages(tensor_in_pages) {}
  ShardSpecBuffer(const ShardSpec& spec, const std::array<uint32_t, 2>& page,
                  const std::array<uint32_t, 2>& tensor_in_pages)
      : tensor_shard_spec(spec), page_shape(page), tensor2d_shape_in_pages(tensor_in_pages) {}
  ShardSpec tensor_shard_spec;
  std::array<uint32_t, 2> page_shape{};               // elements
  std::array<uint32_t, 2> tensor2d_shape_in_pages{};  // rows and columns of pages
  CoreRangeSet grid() const { return tensor_shard_spec.grid; }
  std::array<uint32_t, 2> shape() const { return tensor_shard_spec.shape; }
  ShardOrientation orientation() const { return tensor_shard_spec.orientation; }
  void set_shard_spec(const ShardSpec& spec) { tensor_shard_spec = spec; }
  std::array<uint32_t, 2> shape_in_pages() const;  // of one shard
  DeviceAddr num_pages() const;                    // of one shard
};

struct InterleavedBufferConfig {
  IDevice* device = nullptr;
  DeviceAddr size = 0;       // bytes
  DeviceAddr page_size = 0;  // bytes; size == page_size: one page, in the first bank
  BufferType buffer_type = BufferType::DRAM;
  TensorMemoryLayout buffer_layout = TensorMemoryLayout::INTERLEAVED;
};

using BufferConfig = InterleavedBufferConfig;  // as older SDKs call it

struct ShardedBufferConfig {
  IDevice* device{};
  DeviceAddr size{};
  DeviceAddr page_size{};
  BufferType buffer_type = BufferType::L1;
  TensorMemoryLayout buffer_layout = TensorMemoryLayout::HEIGHT_SHARDED;
  ShardSpecBuffer shard_parameters;
};

class BufferShardingArgs {
 public:
  BufferShardingArgs() = default;
  BufferShardingArgs(std::nullopt_t) {}
  BufferShardingArgs(BufferDistributionSpec spec)
      : distribution_(std::move(spec)), layout_(TensorMemoryLayout::BLOCK_SHARDED) {}
  BufferShardingArgs(std::optional<BufferDistributionSpec> spec)
      : distribution_(std::move(spec)),
        layout_(distribution_ ? TensorMemoryLayout::BLOCK_SHARDED : TensorMemoryLayout::INTERLEAVED) {}
  BufferShardingArgs(std::optional<ShardSpecBuffer> spec, TensorMemoryLayout layout)
      : spec_(std::move(spec)), layout_(layout) {}
  const std::optional<BufferDistributionSpec>& buffer_distribution_spec() const { return distribution_; }
  const std::optional<ShardSpecBuffer>& shard_spec() const { return spec_; }
  TensorMemoryLayout buffer_layout() const { return layout_; }

 private:
  std::optional<BufferDistributionSpec> distribution_;
  std::optional<ShardSpecBuffer> spec_;
  TensorMemoryLayout layout_ = TensorMemoryLayout::INTERLEAVED;
};

bool is_sharded(const TensorMemoryLayout& layout);

struct BufferRegion {
  BufferRegion(DeviceAddr first, DeviceAddr bytes) : offset(first), size(bytes) {}
  DeviceAddr offset, size;  // bytes
};

// Device memory, freed with the object. Errors (no room, sizes that do not fit one another) are std::runtime_error.
class Buffer {
 public:
  static std::shared_ptr<Buffer> create(IDevice* device, DeviceAddr size, DeviceAddr page_size, BufferType type,
                                        const BufferShardingArgs& sharding = std::nullopt,
                                        std::optional<bool> bottom_up = std::nullopt,
                                        std::optional<SubDeviceId> sub_device = std::nullopt);
  Buffer(IDevice* device, DeviceAddr size, DeviceAddr page_size, BufferType type,
         const BufferShardingArgs& sharding = std::nullopt);
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  IDevice* device() const { return device_; }
  DeviceAddr size() const { return size_; }
  uint32_t address() const;  // the same in every bank
  DeviceAddr page_size() const { return page_size_; }
  uint32_t num_pages() const { return static_cast<uint32_t>(size_ / page_size_); }
  uint32_t num_dev_pages() const;  // with the padding of incomplete shards
  BufferType buffer_type() const { return type_; }
  TensorMemoryLayout buffer_layout() const { return layout_; }
  bool is_l1() const { return type_ == BufferType::L1 || type_ == BufferType::L1_SMALL; }
  bool is_dram() const { return type_ == BufferType::DRAM || type_ == BufferType::TRACE; }
  bool is_allocated() const { return state_ != nullptr; }
  uint32_t alignment() const;            // of pages, bytes
  DeviceAddr aligned_page_size() const;  // bytes from page to page in a bank
  DeviceAddr aligned_size() const { return aligned_page_size() * num_dev_pages(); }
  DeviceAddr aligned_size_per_bank() const;
  DeviceAddr page_address(uint32_t bank, uint32_t page) const;  // of an interleaved page, within its bank
  bool has_shard_spec() const { return spec_.has_value(); }
  ShardSpecBuffer shard_spec() const;
  std::optional<uint32_t> num_cores() const;
  // Coordinates of the first bank, for the kernels' get_noc_addr(x, y, address).
  CoreCoord noc_coordinates() const { return noc_coordinates(0); }
  CoreCoord noc_coordinates(uint32_t bank) const;

  // Host copies of the whole buffer, page after page; `bytes` has size() bytes.
  void CopyFromHost(const std::byte* bytes);
  void CopyToHost(std::byte* bytes) const;
  void CopyFromHost(const std::byte* bytes, const BufferRegion& region);
  void CopyToHost(std::byte* bytes, const BufferRegion& region) const;
  const tltt::host::BufferState& state() const;  // throws once the memory has been freed

 private:
  friend void DeallocateBuffer(Buffer& buffer);
  IDevice* device_;
  DeviceAddr size_, page_size_;
  BufferType type_;
  TensorMemoryLayout layout_;
  std::optional<ShardSpecBuffer> spec_;
  std::unique_ptr<tltt::host::BufferState> state_;
};

namespace detail {

// What a queue copies into a buffer of `need` bytes. The SDK copies that many even where the source is shorter,
// whatever lies behind it; here zeros follow, and a warning says so.
class WholeSource {
 public:
  WholeSource(const void* source, uint64_t have, uint64_t need);
  const void* data() const { return data_; }

 private:
  const void* data_;
  std::vector<std::byte> padded_;
};
}  // namespace detail

}  // namespace tt::tt_metal

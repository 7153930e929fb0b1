// What a circular buffer is: bytes in L1, and one or more indices with a format and a page size each.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_set>

#include <tt-metalium/buffer.hpp>
#include <tt-metalium/circular_buffer_constants.h>
#include <tt-metalium/data_types.hpp>
#include <tt-metalium/tile.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>

namespace tt::tt_metal {

using CBHandle = uintptr_t;

class CircularBufferConfig {
 public:
  explicit CircularBufferConfig(uint32_t total_size) : total_size_(total_size) {}
  CircularBufferConfig(uint32_t total_size, const std::map<uint8_t, tt::DataFormat>& formats);
  CircularBufferConfig(uint32_t total_size, const std::map<uint8_t, DataType>& types);
  CircularBufferConfig(uint32_t total_size, const std::map<uint8_t, tt::DataFormat>& formats, const Buffer& buffer);

  // Bytes of a page; it has to divide the total size.
  CircularBufferConfig& set_page_size(uint8_t index, uint32_t page_size);
  CircularBufferConfig& set_total_size(uint32_t total_size);
  // The circular buffer lies on each core's shard of an L1 buffer.
  CircularBufferConfig& set_globally_allocated_address(const Buffer& buffer);
  CircularBufferConfig& set_globally_allocated_address_and_total_size(const Buffer& buffer, uint32_t total_size);
  CircularBufferConfig& set_tile_dims(uint8_t index, const Tile& tile);  // 32x32 is the only one that is emulated

  class Builder {
   public:
    const Builder& set_data_format(tt::DataFormat format) const;
    const Builder& set_total_size(uint32_t total_size) const;
    const Builder& set_page_size(uint32_t page_size) const;
    const Builder& set_tile_dims(const Tile& tile) const;

   private:
    friend class CircularBufferConfig;
    Builder(CircularBufferConfig& parent, uint8_t index) : parent_(parent), index_(index) {}
    CircularBufferConfig& parent_;
    uint8_t index_;
  };
  Builder index(uint8_t index);

  uint32_t total_size() const { return total_size_; }
  std::optional<uint32_t> globally_allocated_address() const;
  const std::unordered_set<uint8_t>& buffer_indices() const { return indices_; }
  const std::array<std::optional<tt::DataFormat>, NUM_CIRCULAR_BUFFERS>& data_formats() const { return formats_; }
  const std::array<std::optional<uint32_t>, NUM_CIRCULAR_BUFFERS>& page_sizes() const { return page_sizes_; }
  const Buffer* global_buffer() const { return buffer_; }

 private:
  void CheckIndex(uint8_t index) const;
  void SetFormat(uint8_t index, tt::DataFormat format);
  uint32_t total_size_ = 0;
  std::array<std::optional<tt::DataFormat>, NUM_CIRCULAR_BUFFERS> formats_;
  std::array<std::optional<uint32_t>, NUM_CIRCULAR_BUFFERS> page_sizes_;
  std::unordered_set<uint8_t> indices_;
  const Buffer* buffer_ = nullptr;
};

}  // namespace tt::tt_metal

#include <tt-metalium/circular_buffer_config.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {
namespace {

tt::DataFormat FormatOf(DataType type) {
  switch (type) {
    case DataType::BFLOAT16:
      return tt::DataFormat::Float16_b;
    case DataType::FLOAT32:
      return tt::DataFormat::Float32;
    case DataType::UINT32:
      return tt::DataFormat::UInt32;
    case DataType::BFLOAT8_B:
      return tt::DataFormat::Bfp8_b;
    case DataType::BFLOAT4_B:
      return tt::DataFormat::Bfp4_b;
    case DataType::UINT8:
      return tt::DataFormat::UInt8;
    case DataType::UINT16:
      return tt::DataFormat::UInt16;
    case DataType::INT32:
      return tt::DataFormat::Int32;
  }
  return tt::DataFormat::Invalid;
}

}  // namespace

CircularBufferConfig::CircularBufferConfig(uint32_t total_size, const std::map<uint8_t, tt::DataFormat>& formats)
    : total_size_(total_size) {
  for (const auto& [index, format] : formats) SetFormat(index, format);
}
CircularBufferConfig::CircularBufferConfig(uint32_t total_size, const std::map<uint8_t, DataType>& types)
    : total_size_(total_size) {
  for (const auto& [index, type] : types) SetFormat(index, FormatOf(type));
}
CircularBufferConfig::CircularBufferConfig(uint32_t total_size, const std::map<uint8_t, tt::DataFormat>& formats,
                                           const Buffer& buffer)
    : CircularBufferConfig(total_size, formats) {
  set_globally_allocated_address(buffer);
}

void CircularBufferConfig::CheckIndex(uint8_t index) const {
  TT_FATAL(index < NUM_CIRCULAR_BUFFERS, "circular buffer {}: a core has {}", index, NUM_CIRCULAR_BUFFERS);
}

void CircularBufferConfig::SetFormat(uint8_t index, tt::DataFormat format) {
  CheckIndex(index);
  formats_[index] = format;
  indices_.insert(index);
}

CircularBufferConfig& CircularBufferConfig::set_page_size(uint8_t index, uint32_t page_size) {
  CheckIndex(index);
  TT_FATAL(page_size != 0 && total_size_ % page_size == 0, "circular buffer {}: its {} bytes are not whole pages of {}",
           index, total_size_, page_size);
  TT_FATAL(indices_.count(index) != 0, "circular buffer {} has no data format yet", index);
  page_sizes_[index] = page_size;
  return *this;
}

CircularBufferConfig& CircularBufferConfig::set_total_size(uint32_t total_size) {
  total_size_ = total_size;
  return *this;
}

CircularBufferConfig& CircularBufferConfig::set_globally_allocated_address(const Buffer& buffer) {
  TT_FATAL(buffer.is_l1(), "a circular buffer lies in L1, this buffer does not");
  TT_FATAL(total_size_ <= buffer.aligned_size_per_bank(),
           "a circular buffer of {} bytes on a buffer of {} bytes in each core", total_size_,
           buffer.aligned_size_per_bank());
  buffer_ = &buffer;
  return *this;
}

CircularBufferConfig& CircularBufferConfig::set_globally_allocated_address_and_total_size(const Buffer& buffer,
                                                                                          uint32_t total_size) {
  return set_total_size(total_size).set_globally_allocated_address(buffer);
}

CircularBufferConfig& CircularBufferConfig::set_tile_dims(uint8_t index, const Tile& tile) {
  TT_FATAL(tile.get_height() == 32 && tile.get_width() == 32, "circular buffer {}: tiles of {}x{} are not emulated",
           index, tile.get_height(), tile.get_width());
  return *this;
}

std::optional<uint32_t> CircularBufferConfig::globally_allocated_address() const {
  return buffer_ ? std::optional(buffer_->address()) : std::nullopt;
}

CircularBufferConfig::Builder CircularBufferConfig::index(uint8_t index) { return {*this, index}; }

const CircularBufferConfig::Builder& CircularBufferConfig::Builder::set_data_format(tt::DataFormat format) const {
  parent_.SetFormat(index_, format);
  return *this;
}
const CircularBufferConfig::Builder& CircularBufferConfig::Builder::set_total_size(uint32_t total_size) const {
  parent_.set_total_size(total_size);
  return *this;
}
const CircularBufferConfig::Builder& CircularBufferConfig::Builder::set_page_size(uint32_t page_size) const {
  parent_.set_page_size(index_, page_size);
  return *this;
}
const CircularBufferConfig::Builder& CircularBufferConfig::Builder::set_tile_dims(const Tile& tile) const {
  parent_.set_tile_dims(index_, tile);
  return *this;
}

}  // namespace tt::tt_metal

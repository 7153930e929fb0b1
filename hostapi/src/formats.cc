#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>
#include <tt_stl/assert.hpp>

#include "tltt/program.h"

namespace tt {
namespace {

// The host API and the emulator share the numbering of formats.
tltt::DataFormat Emulated(DataFormat format) {
  switch (format) {
    case DataFormat::Tf32:
      return tltt::DataFormat::kFloat32;
    case DataFormat::RawUInt8:
      return tltt::DataFormat::kUInt8;
    case DataFormat::RawUInt16:
      return tltt::DataFormat::kUInt16;
    case DataFormat::RawUInt32:
      return tltt::DataFormat::kUInt32;
    default:
      return static_cast<tltt::DataFormat>(format);
  }
}

}  // namespace

std::string get_string(ARCH arch) {
  return arch == ARCH::BLACKHOLE ? "BLACKHOLE" : arch == ARCH::WORMHOLE_B0 ? "WORMHOLE_B0" : "Invalid";
}
std::string get_string_lowercase(ARCH arch) {
  return arch == ARCH::BLACKHOLE ? "blackhole" : arch == ARCH::WORMHOLE_B0 ? "wormhole_b0" : "invalid";
}
std::string arch_to_str(ARCH arch) { return get_string_lowercase(arch); }

std::ostream& operator<<(std::ostream& out, DataFormat format) { return out << tltt::DataFormatName(Emulated(format)); }

uint32_t tile_size(DataFormat format) {
  const uint32_t bytes = tltt::TileBytes(Emulated(format));
  TT_FATAL(bytes != 0, "data format {} is not emulated", static_cast<int>(format));
  return bytes;
}

bool is_block_float(DataFormat format) {
  return format == DataFormat::Bfp8 || format == DataFormat::Bfp8_b || format == DataFormat::Bfp4 ||
         format == DataFormat::Bfp4_b || format == DataFormat::Bfp2 || format == DataFormat::Bfp2_b;
}

uint32_t datum_size(DataFormat format) {
  TT_FATAL(!is_block_float(format), "elements of a block format share an exponent: use tile_size");
  return tile_size(format) / 1024;
}

}  // namespace tt

namespace tltt::host {

using tt::tt_metal::BufferType;
using tt::tt_metal::ShardOrientation;
using tt::tt_metal::TensorMemoryLayout;

const char* EnumName(BufferType value) {
  switch (value) {
    case BufferType::DRAM:
      return "BufferType::DRAM";
    case BufferType::L1:
      return "BufferType::L1";
    case BufferType::SYSTEM_MEMORY:
      return "BufferType::SYSTEM_MEMORY";
    case BufferType::L1_SMALL:
      return "BufferType::L1_SMALL";
    case BufferType::TRACE:
      return "BufferType::TRACE";
  }
  return "BufferType";
}

const char* EnumName(TensorMemoryLayout value) {
  switch (value) {
    case TensorMemoryLayout::INTERLEAVED:
      return "TensorMemoryLayout::INTERLEAVED";
    case TensorMemoryLayout::HEIGHT_SHARDED:
      return "TensorMemoryLayout::HEIGHT_SHARDED";
    case TensorMemoryLayout::WIDTH_SHARDED:
      return "TensorMemoryLayout::WIDTH_SHARDED";
    case TensorMemoryLayout::BLOCK_SHARDED:
      return "TensorMemoryLayout::BLOCK_SHARDED";
    case TensorMemoryLayout::ND_SHARDED:
      return "TensorMemoryLayout::ND_SHARDED";
  }
  return "TensorMemoryLayout";
}

const char* EnumName(ShardOrientation value) {
  return value == ShardOrientation::ROW_MAJOR ? "ShardOrientation::ROW_MAJOR" : "ShardOrientation::COL_MAJOR";
}

}  // namespace tltt::host

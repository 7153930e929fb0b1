// Names and sizes of data formats and roles.
#include <array>

#include "tltt/program.h"

namespace tltt {
namespace {

struct FormatRow {
  DataFormat format;
  const char* name;
  const char* dtype;    // the dtype that is stored in this format, or nullptr for formats that no dtype has
  uint32_t tile_bytes;  // block formats: one exponent byte for each row of 16 beside the mantissas
};

constexpr std::array kFormats = {
    FormatRow{DataFormat::kFloat32, "Float32", "float32", 4096},
    FormatRow{DataFormat::kFloat16, "Float16", "float16", 2048},
    FormatRow{DataFormat::kBfp8, "Bfp8", nullptr, 1088},
    FormatRow{DataFormat::kBfp4, "Bfp4", nullptr, 576},
    FormatRow{DataFormat::kFloat16_b, "Float16_b", "bfloat16", 2048},
    FormatRow{DataFormat::kBfp8_b, "Bfp8_b", nullptr, 1088},
    FormatRow{DataFormat::kBfp4_b, "Bfp4_b", nullptr, 576},
    FormatRow{DataFormat::kInt32, "Int32", "int32", 4096},
    FormatRow{DataFormat::kUInt16, "UInt16", "uint16", 2048},
    FormatRow{DataFormat::kInt8, "Int8", "int8", 1024},
    FormatRow{DataFormat::kUInt32, "UInt32", "uint32", 4096},
    FormatRow{DataFormat::kUInt8, "UInt8", "uint8", 1024},
};

// Dtypes without a format of their own: no unit of the chip computes with them, the RISC-V cores do.
struct Borrowed {
  const char* dtype;
  DataFormat format;
  uint32_t bytes;  // of an element
};

constexpr std::array kBorrowed = {
    Borrowed{"bool", DataFormat::kUInt8, 1},          Borrowed{"int16", DataFormat::kUInt16, 2},
    Borrowed{"int64", DataFormat::kUInt32, 8},        Borrowed{"uint64", DataFormat::kUInt32, 8},
    Borrowed{"float64", DataFormat::kUInt32, 8},      Borrowed{"float8_e4m3fn", DataFormat::kUInt8, 1},
    Borrowed{"float8_e5m2", DataFormat::kUInt8, 1},   Borrowed{"float8_e8m0fnu", DataFormat::kUInt8, 1},
    Borrowed{"float4_e2m1fn", DataFormat::kUInt8, 1},
};

const FormatRow* Row(DataFormat format) {
  for (const FormatRow& row : kFormats) {
    if (row.format == format) return &row;
  }
  return nullptr;
}

}  // namespace

const char* DataFormatName(DataFormat format) {
  const FormatRow* row = Row(format);
  return row ? row->name : "Invalid";
}

std::optional<DataFormat> DataFormatFromName(const std::string& name) {
  for (const FormatRow& row : kFormats) {
    if (name == row.name) return row.format;
  }
  return std::nullopt;
}

std::optional<DataFormat> DataFormatOfDtype(const std::string& dtype) {
  for (const Borrowed& row : kBorrowed)
    if (dtype == row.dtype) return row.format;
  for (const FormatRow& row : kFormats) {
    if (row.dtype && dtype == row.dtype) return row.format;
  }
  return std::nullopt;
}

uint32_t ElementBytesOfDtype(const std::string& dtype) {
  for (const Borrowed& row : kBorrowed)
    if (dtype == row.dtype) return row.bytes;
  const auto format = DataFormatOfDtype(dtype);
  return format ? TileBytes(*format) / (kTileHeight * kTileWidth) : 0;
}

uint32_t TileBytes(DataFormat format) {
  const FormatRow* row = Row(format);
  return row ? row->tile_bytes : 0;
}

std::vector<uint32_t> AccessorArgs(const Tensor& tensor) {
  constexpr uint32_t kSharded = 1u << 0, kIsDram = 1u << 1;
  const uint32_t dram = tensor.memory == Memory::kDram ? kIsDram : 0u;
  if (!tensor.shards) return {dram, tensor.page_size};
  const ShardSpec& spec = *tensor.shards;
  std::vector<uint32_t> words{kSharded | dram, tensor.page_size, static_cast<uint32_t>(spec.tensor_pages.size()),
                              static_cast<uint32_t>(spec.banks.size())};
  words.insert(words.end(), spec.tensor_pages.begin(), spec.tensor_pages.end());
  words.insert(words.end(), spec.shard_pages.begin(), spec.shard_pages.end());
  for (size_t i = 0; i < spec.banks.size(); ++i) {
    const uint32_t coordinates = uint32_t{spec.banks[i].x} << 8 | spec.banks[i].y;
    if (i % 2 == 0) {
      words.push_back(coordinates);
    } else {
      words.back() |= coordinates << 16;
    }
  }
  return words;
}

const LineOrigin* OriginOf(const Kernel& kernel, uint32_t line) {
  for (const LineOrigin& origin : kernel.origins) {
    if (line >= origin.line && line - origin.line < origin.count) return &origin;
  }
  return nullptr;
}

const char* RoleName(Role role) {
  switch (role) {
    case Role::kReader:
      return "reader";
    case Role::kCompute:
      return "compute";
    case Role::kWriter:
      return "writer";
  }
  return "invalid";
}

}  // namespace tltt

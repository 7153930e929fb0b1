// A Tensor -> its KernelTensor in main.cpp: the axes that tiles span, the batch axes, pages and bytes of its file.
#include <algorithm>

#include <fmt/format.h>

#include "host_source.h"
#include "plan_keys.h"

namespace tltt {
namespace {

struct HostAxis {
  int64_t extent = 1, stride = 0;
};

std::string AxisText(const HostAxis& axis) { return fmt::format("{{{}, {}}}", axis.extent, axis.stride); }

const char* ElementOf(const Tensor& tensor) {
  if (DataFormatOfDtype(tensor.dtype) != tensor.format) return "kPages";
  switch (tensor.format) {
    case DataFormat::kFloat32:
      return "kFloat32";
    case DataFormat::kFloat16:
      return "kFloat16";
    case DataFormat::kFloat16_b:
      return "kBfloat16";
    default:
      return "kInteger";
  }
}

// numpy's name of the element type; what numpy does not know travels as raw items of its size.
std::string NumpyOf(const Tensor& tensor) {
  if (DataFormatOfDtype(tensor.dtype) != tensor.format) return "";
  const std::string& dtype = tensor.dtype;
  const uint32_t bytes = ElementBytesOfDtype(dtype);
  const char* order = bytes == 1 ? "|" : "<";
  if (dtype == "bool") return "|b1";
  if (dtype.rfind("int", 0) == 0) return fmt::format("{}i{}", order, bytes);
  if (dtype.rfind("uint", 0) == 0) return fmt::format("{}u{}", order, bytes);
  const bool known = dtype == "float16" || dtype == "float32" || dtype == "float64";
  return fmt::format("{}{}{}", order, known ? 'f' : 'V', bytes);
}

}  // namespace

// A C++ string literal; octal escapes end after three digits whatever follows.
std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += std::string("\\") + c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += fmt::format("\\{:03o}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::vector<std::string> KernelTensorFields(const Tensor& tensor) {
  const int rank = static_cast<int>(tensor.shape.size());
  std::vector<HostAxis> axes(tensor.shape.size());
  int64_t stride = 1;
  for (int i = rank - 1; i >= 0; --i) {
    axes[i] = {tensor.shape[i], stride};
    stride *= tensor.shape[i];
  }
  int row = rank - 2, column = rank - 1;
  if (tensor.vector > 0) {
    axes.back() = {tensor.shape.back() / tensor.vector, tensor.vector};
    axes.push_back({tensor.vector / kTileWidth, kTileWidth});
    axes.push_back({kTileWidth, 1});
    row = rank, column = rank + 1;
  } else if (rank == 1) {
    row = -1;
  }
  if (rank == 0) row = column = -1;
  if (tensor.tile_axes.size() == 2) {
    row = tensor.tile_axes[0];
    column = tensor.tile_axes[1];
  }
  const HostAxis row_axis = row < 0 ? HostAxis{} : axes[row];
  const HostAxis column_axis = column < 0 ? HostAxis{} : axes[column];
  int64_t matrices = 1;
  std::vector<std::string> batch;
  for (int i = 0; i < static_cast<int>(axes.size()); ++i) {
    if (i == row || i == column) continue;
    batch.push_back(AxisText(axes[i]));
    matrices *= axes[i].extent;
  }
  const bool tiled = tensor.layout == TensorLayout::kTile;
  const auto tiles = [](int64_t extent) { return (extent + 31) / 32; };
  const uint32_t tile_bytes = TileBytes(tensor.format);
  const int64_t tiles_per_page = tiled ? tensor.page_size / tile_bytes : 1;
  const std::string element = ElementOf(tensor);
  const uint32_t element_bytes = element == "kPages" ? 1 : ElementBytesOfDtype(tensor.dtype);
  // A long row takes several pages.
  const int64_t on_page = std::max<int64_t>(1, tensor.page_size / element_bytes);
  const int64_t units = matrices * (tiled ? tiles(row_axis.extent) * tiles(column_axis.extent)
                                          : row_axis.extent * ((column_axis.extent + on_page - 1) / on_page));
  const int64_t pages = (units + tiles_per_page - 1) / tiles_per_page;
  const int64_t file_bytes = element == "kPages" ? pages * tensor.page_size : stride * element_bytes;
  std::vector<std::string> fields{
      fmt::format("{{.name = {},", Quoted(tensor.name)),
      fmt::format(".element = Element::{}, .element_bytes = {},", element, element_bytes),
      fmt::format(".input = {}, .output = {},", tensor.access != Access::kOut, tensor.access != Access::kIn),
      fmt::format(".memory = BufferType::{},", NameIn(kMemories, tensor.memory)),
      fmt::format(".page_size = {}, .tiled = {}, .pages = {},", tensor.page_size, tiled, pages),
      fmt::format(".numpy = {}, .file_bytes = {},", Quoted(NumpyOf(tensor)), file_bytes),
      fmt::format(".shape = {{{}}},", fmt::join(tensor.shape, ", ")),
      fmt::format(".row = {}, .column = {},", AxisText(row_axis), AxisText(column_axis)),
      fmt::format(".batch = {{{}}}", fmt::join(batch, ", "))};
  if (tensor.shards) {
    std::vector<std::string> banks;
    for (const Core& bank : tensor.shards->banks) banks.push_back(fmt::format("CoreCoord({}, {})", bank.x, bank.y));
    fields.back() += ",";
    fields.push_back(fmt::format(".shards = BufferDistributionSpec(Shape({{{}}}), Shape({{{}}}),",
                                 fmt::join(tensor.shards->tensor_pages, ", "),
                                 fmt::join(tensor.shards->shard_pages, ", ")));
    fields.push_back(fmt::format("std::vector<CoreCoord>{{{}}})", fmt::join(banks, ", ")));
  }
  fields.back() += "},";
  return fields;
}

}  // namespace tltt

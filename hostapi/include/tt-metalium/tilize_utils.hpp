// Between row-major matrices and tiles of 32x32 elements, each of four 16x16 faces, as the device wants them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

#include <tt-metalium/bfloat16.hpp>
#include <tt_stl/span.hpp>

namespace tests::utils {
// TILED_SWIZZLED: tiles one after the other, each row-major; TILED_NFACES: each of them face after face.
enum class TensorLayoutType { LIN_ROW_MAJOR = 0, TILED_SWIZZLED = 1, TILED_NFACES = 2 };
}  // namespace tests::utils
using tests::utils::TensorLayoutType;

using PhysicalSize = std::array<uint32_t, 2>;

namespace tltt::host {

// Where element (row, column) of a matrix with `columns` columns lies in each layout.
inline std::size_t ElementAt(TensorLayoutType layout, std::size_t row, std::size_t column, std::size_t columns) {
  constexpr std::size_t kTile = 32, kFace = 16;
  if (layout == TensorLayoutType::LIN_ROW_MAJOR) return row * columns + column;
  const std::size_t tile = row / kTile * (columns / kTile) + column / kTile;
  const std::size_t r = row % kTile, c = column % kTile;
  if (layout == TensorLayoutType::TILED_SWIZZLED) return tile * kTile * kTile + r * kTile + c;
  return tile * kTile * kTile + (r / kFace * 2 + c / kFace) * kFace * kFace + r % kFace * kFace + c % kFace;
}

}  // namespace tltt::host

// One or more matrices of rows x columns elements, one after the other; rows and columns are multiples of 32.
template <typename T>
std::vector<T> convert_layout(ttsl::Span<const T> data, const PhysicalSize& shape, TensorLayoutType from,
                              TensorLayoutType to) {
  const std::size_t rows = shape[0], columns = shape[1], size = rows * columns;
  if (size == 0 || rows % 32 != 0 || columns % 32 != 0 || data.size() % size != 0) {
    throw std::invalid_argument("tiles need matrices of a multiple of 32 rows and columns");
  }
  std::vector<T> out(data.size());
  for (std::size_t base = 0; base < data.size(); base += size) {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c) {
        out[base + tltt::host::ElementAt(to, r, c, columns)] = data[base + tltt::host::ElementAt(from, r, c, columns)];
      }
    }
  }
  return out;
}

template <typename T>
std::vector<T> tilize_nfaces(const std::vector<T>& input, uint32_t rows, uint32_t columns) {
  return convert_layout(ttsl::Span<const T>(input), {rows, columns}, TensorLayoutType::LIN_ROW_MAJOR,
                        TensorLayoutType::TILED_NFACES);
}
template <typename T>
std::vector<T> untilize_nfaces(const std::vector<T>& input, uint32_t rows, uint32_t columns) {
  return convert_layout(ttsl::Span<const T>(input), {rows, columns}, TensorLayoutType::TILED_NFACES,
                        TensorLayoutType::LIN_ROW_MAJOR);
}
// The same in place, as SDKs of 2024 have it.
template <typename T>
void tilize(std::vector<T>& input, uint32_t rows, uint32_t columns) {
  input = tilize_nfaces(input, rows, columns);
}
template <typename T>
void untilize(std::vector<T>& input, uint32_t rows, uint32_t columns) {
  input = untilize_nfaces(input, rows, columns);
}
// Tiles without faces; convert_to_tile_layout gives them theirs.
template <typename T>
std::vector<T> tilize_swizzled(const std::vector<T>& input, uint32_t rows, uint32_t columns) {
  return convert_layout(ttsl::Span<const T>(input), {rows, columns}, TensorLayoutType::LIN_ROW_MAJOR,
                        TensorLayoutType::TILED_SWIZZLED);
}
template <typename T>
std::vector<T> untilize_swizzled(const std::vector<T>& input, uint32_t rows, uint32_t columns) {
  return convert_layout(ttsl::Span<const T>(input), {rows, columns}, TensorLayoutType::TILED_SWIZZLED,
                        TensorLayoutType::LIN_ROW_MAJOR);
}
template <typename T>
std::vector<T> convert_to_tile_layout(ttsl::Span<const T> data, std::optional<PhysicalSize> = std::nullopt,
                                      std::optional<PhysicalSize> = std::nullopt) {
  return convert_layout(data, {32, 32}, TensorLayoutType::TILED_SWIZZLED, TensorLayoutType::TILED_NFACES);
}
template <typename T>
std::vector<T> convert_to_flat_layout(ttsl::Span<const T> data, std::optional<PhysicalSize> = std::nullopt,
                                      std::optional<PhysicalSize> = std::nullopt) {
  return convert_layout(data, {32, 32}, TensorLayoutType::TILED_NFACES, TensorLayoutType::TILED_SWIZZLED);
}
template <typename T>
std::vector<T> convert_to_tile_layout(const std::vector<T>& data) {
  return convert_to_tile_layout(ttsl::Span<const T>(data));
}
template <typename T>
std::vector<T> convert_to_flat_layout(const std::vector<T>& data) {
  return convert_to_flat_layout(ttsl::Span<const T>(data));
}

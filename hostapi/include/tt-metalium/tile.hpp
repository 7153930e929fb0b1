// The extent of a tile. The emulator computes with 32x32 tiles; others are refused where they are used.
#pragma once

#include <array>
#include <cstdint>

#include <tt-metalium/tt_backend_api_types.hpp>

namespace tt::tt_metal {

struct Tile {
  explicit Tile(std::array<uint32_t, 2> shape = {32, 32}, bool = false) : tile_shape(shape) {}
  std::array<uint32_t, 2> tile_shape;
  uint32_t get_height() const { return tile_shape[0]; }
  uint32_t get_width() const { return tile_shape[1]; }
  uint32_t get_tile_hw() const { return tile_shape[0] * tile_shape[1]; }
  uint32_t get_tile_size(tt::DataFormat format) const { return tt::tile_size(format) / 1024 * get_tile_hw(); }
};

}  // namespace tt::tt_metal

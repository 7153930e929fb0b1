// Operands of matmuls as the unpackers make them: fp32 tiles in rows, kept together with the bytes they were made from.
//
// Blocks of a matmul read the same pages again and again. Whether a page is still what it was is decided by its bytes,
// so that nobody who writes L1 (packers, transfers, RISC-V stores) has to know of this.
//
// A host thread has one; the cores that it runs use it one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "tile_format.h"

namespace tltt::emu {

class UnpackedTiles {
 public:
  static constexpr uint32_t kTiles = 80;  // 320 KB, and as many pages: what a host core's cache keeps

  // What a tile is made from. A circular buffer has one format, a page one core.
  struct Source {
    const std::byte* page = nullptr;
    uint32_t cb = 0;
    bool transposed = false;
    bool operator==(const Source&) const = default;
  };
  struct Found {
    float* tile;   // kTileElements
    bool current;  // else the caller fills it
  };

  UnpackedTiles();

  // Makes room for `tiles` more (at most kTiles), if need be by forgetting all. Those taken after it stay.
  void Reserve(uint32_t tiles) {
    if (used_ + tiles > kTiles) Clear();
  }
  // `bytes` of the page are what the tile depends on, at most 4 each element.
  Found Take(const Source& source, uint32_t bytes);

 private:
  struct Entry {
    Source source;
    uint32_t generation = 0;  // free unless it is the current one
    uint32_t tile = 0;
  };
  struct alignas(64) Tile {
    float rows[kTileElements];
  };
  struct alignas(64) Page {
    std::byte bytes[sizeof(Tile)];
  };
  static constexpr uint32_t kEntries = 256;

  void Clear();

  std::unique_ptr<Entry[]> entries_;  // by a hash of the source, then the next free one
  std::unique_ptr<Tile[]> tiles_;
  std::unique_ptr<Page[]> pages_;  // that tiles_ were made from
  uint32_t used_ = 0, generation_ = 1;
};

}  // namespace tltt::emu

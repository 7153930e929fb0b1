// DST: the registers that the math and vector units write and the packer reads.
//
// Life of a section: acquire (zeroed, nothing counts as written), math, commit, wait, pack, release. A slot holds a
// 32x32 tile, row-major, 32 bits a word; in 16-bit mode every float written is rounded to 16 bits.
#pragma once

#include <cstdint>
#include <memory>

#include "tile_format.h"

namespace tltt::emu {

inline constexpr uint32_t kMaxDstTiles = 16;

enum class DstPhase : uint8_t {
  kIdle,       // released: neither unit may touch it
  kMath,       // after tile_regs_acquire
  kCommitted,  // after tile_regs_commit
  kPack,       // after tile_regs_wait
  kShared,     // after acquire_dst, the older call that opens math and pack together
};

class Dst {
 public:
  // capacity: tiles, at most kMaxDstTiles.
  explicit Dst(uint32_t capacity) : capacity_(capacity), tiles_(new Tile[capacity]) {}

  DstPhase phase = DstPhase::kIdle;
  uint32_t acquired_line = 0;  // of the kernel's source

  uint32_t capacity() const { return capacity_; }
  float* tile(uint32_t slot) { return tiles_[slot].words; }
  bool written(uint32_t slot) const { return written_[slot]; }
  const bool* written_flags(uint32_t slot) const { return written_ + slot; }
  void MarkWritten(uint32_t slot) { written_[slot] = true, used_[slot] = false; }
  // Something has read the slot since it was written last.
  bool used(uint32_t slot) const { return used_[slot]; }
  void MarkUsed(uint32_t slot) { used_[slot] = true; }
  void Clear() {
    for (bool& written : written_) written = false;
  }

 private:
  struct alignas(64) Tile {
    float words[kTileElements];
  };
  uint32_t capacity_;
  std::unique_ptr<Tile[]> tiles_;
  bool written_[kMaxDstTiles] = {}, used_[kMaxDstTiles] = {};
};

}  // namespace tltt::emu

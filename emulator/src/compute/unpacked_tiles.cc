#include "unpacked_tiles.h"

#include <algorithm>
#include <cstring>

namespace tltt::emu {

UnpackedTiles::UnpackedTiles() : entries_(new Entry[kEntries]), tiles_(new Tile[kTiles]), pages_(new Page[kTiles]) {
  static_assert(kEntries >= 2 * kTiles, "a free entry ends every search");
}

UnpackedTiles::Found UnpackedTiles::Take(const Source& source, uint32_t bytes) {
  const uint64_t key = reinterpret_cast<uint64_t>(source.page) ^ (source.cb * 2 + source.transposed);
  uint32_t at = static_cast<uint32_t>((key * 0x9e3779b97f4a7c15u) >> 32) % kEntries;
  while (entries_[at].generation == generation_ && entries_[at].source != source) at = (at + 1) % kEntries;
  Entry& entry = entries_[at];
  if (entry.generation != generation_) {
    entry = {source, generation_, used_++};
  } else if (std::memcmp(pages_[entry.tile].bytes, source.page, bytes) == 0) {
    return {tiles_[entry.tile].rows, true};
  }
  std::memcpy(pages_[entry.tile].bytes, source.page, bytes);
  return {tiles_[entry.tile].rows, false};
}

void UnpackedTiles::Clear() {
  used_ = 0;
  if (++generation_ != 0) return;
  std::fill_n(entries_.get(), kEntries, Entry());  // the count has gone around
  generation_ = 1;
}

}  // namespace tltt::emu

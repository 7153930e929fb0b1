// What the checker remembers of L1: who touched each 16 bytes last, and whether what lies there is still meant to be
// read.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace tltt::emu {

// A vector clock: for each actor the last of its steps that is known to have happened before.
using Time = std::vector<uint32_t>;
using TimeStamp = std::shared_ptr<const Time>;

// One access: step `time` of an actor (0: none yet).
struct Access {
  uint32_t time = 0;
  uint16_t actor = 0;
  uint16_t line = 0;   // of the kernel's source
  uint16_t bytes = 0;  // of the 16, one bit each
};

struct ShadowCell {
  Access write, reads[2];
  uint16_t fresh = 0;  // bytes written since their pages were last given back
  bool stale = false;  // the pages were given back once
  bool read = false;   // somebody has read it since it was written
};

// The cells of one core's L1. Memory is the system's zero pages until it is touched.
class Shadow {
 public:
  static constexpr uint32_t kCellBytes = 16;

  explicit Shadow(uint32_t l1_bytes)
      : cells_(static_cast<ShadowCell*>(std::calloc(l1_bytes / kCellBytes + 1, sizeof(ShadowCell)))) {}
  ShadowCell& operator[](uint32_t cell) { return cells_.get()[cell]; }
  bool allocated() const { return cells_ != nullptr; }

  // body(cell, mask of its bytes, offset of the cell) for all cells of [offset, offset + bytes).
  template <typename Body>
  void ForEach(uint32_t offset, uint64_t bytes, Body&& body) {
    const uint64_t end = offset + bytes;
    for (uint64_t at = offset; at < end;) {
      const auto cell = static_cast<uint32_t>(at / kCellBytes);
      const auto first = static_cast<uint32_t>(at % kCellBytes);
      const auto count = static_cast<uint32_t>(std::min<uint64_t>(kCellBytes - first, end - at));
      body((*this)[cell], static_cast<uint16_t>(((1u << count) - 1) << first), cell * kCellBytes);
      at += count;
    }
  }

 private:
  struct Release {
    void operator()(void* p) const { std::free(p); }
  };
  std::unique_ptr<ShadowCell, Release> cells_;
};

}  // namespace tltt::emu

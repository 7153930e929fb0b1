// The 64-bit NoC addresses that kernels hold: kind and coordinates above a 32-bit local address, so that adding to one
// or or-ing a local address in works as on the chip. The device headers build them in engine functions, never by hand.
//
// Coordinates are logical: x counts columns and y rows of the worker grid.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tltt::emu {

// NoC coordinates of DRAM bank b, for kernels that reach banks by get_noc_addr(x, y, address): (b, kDramNocRow). No
// grid reaches this row. The host API hands them out.
inline constexpr uint32_t kDramNocRow = 48;

struct Rect {
  uint16_t x0 = 0, y0 = 0, x1 = 0, y1 = 0;  // both ends included
  bool Contains(uint16_t x, uint16_t y) const { return x >= x0 && x <= x1 && y >= y0 && y <= y1; }
  uint32_t count() const { return uint32_t(x1 - x0 + 1) * uint32_t(y1 - y0 + 1); }
};

struct NocAddress {
  enum class Kind : uint8_t { kNone = 0, kWorker = 1, kMulticast = 2, kDram = 3 };
  Kind kind = Kind::kNone;
  Rect cores;          // kWorker: one core
  uint32_t bank = 0;   // kDram
  uint32_t local = 0;  // L1 address as the kernel holds it, or the address within the bank

  static uint64_t Worker(uint32_t x, uint32_t y, uint32_t local) {
    if (y == kDramNocRow) return Dram(x, local);
    return uint64_t{1} << 62 | Field(x, 32) | Field(y, 38) | local;
  }
  // Corners in any order: NoC 1 counts backwards.
  static uint64_t Multicast(uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1, uint32_t local) {
    return uint64_t{2} << 62 | Field(std::min(x0, x1), 32) | Field(std::min(y0, y1), 38) | Field(std::max(x0, x1), 44) |
           Field(std::max(y0, y1), 50) | local;
  }
  static uint64_t Dram(uint32_t bank, uint32_t local) { return uint64_t{3} << 62 | Field(bank, 32) | local; }

  static NocAddress Decode(uint64_t a) {
    NocAddress r;
    r.kind = static_cast<Kind>(a >> 62);
    r.local = static_cast<uint32_t>(a);
    auto field = [a](int shift) { return static_cast<uint16_t>(a >> shift & 63); };
    switch (r.kind) {
      case Kind::kWorker:
        r.cores = {field(32), field(38), field(32), field(38)};
        break;
      case Kind::kMulticast:
        r.cores = {field(32), field(38), field(44), field(50)};
        break;
      case Kind::kDram:
        r.bank = field(32);
        break;
      case Kind::kNone:
        break;
    }
    return r;
  }

 private:
  static uint64_t Field(uint32_t value, int shift) { return uint64_t{std::min(value, 63u)} << shift; }
};

}  // namespace tltt::emu

// Servers of limited bandwidth (links, endpoints, DRAM banks), booked in any order of time.
//
// Time is cut into windows; each window of a server holds as many ticks of service as it is long. A booking takes what
// is left from its start on. So two streams over one link halve, and a transfer that was booked for later does not keep
// an earlier one from the gap before it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tltt::emu {

using Tick = uint64_t;  // 1/16 cycle
inline constexpr Tick kTick = 16;

class BandwidthTable {
 public:
  explicit BandwidthTable(size_t servers) : servers_(servers), cells_(servers * size_t{kFirstWindows}) {}

  // Bookings before `now` are over.
  void SetNow(Tick now) { now_ = now >> kShift; }

  // Serves `amount` ticks on `server`, from `start` on; returns the tick at which that is done.
  Tick Take(size_t server, Tick start, Tick amount) {
    start = std::max(start, now_ << kShift);
    Tick end = start;
    while (amount > 0) {
      const Tick window = start >> kShift, begin = window << kShift;
      if (window - now_ >= windows_) Grow(window);
      Cell& cell = cells_[server * windows_ + (window & (windows_ - 1))];
      if (cell.window != static_cast<uint32_t>(window)) cell = {static_cast<uint32_t>(window), 0};
      const Tick left = std::min<Tick>(kWindow - cell.used, begin + kWindow - start);
      const Tick taken = std::min(left, amount);
      cell.used += static_cast<uint32_t>(taken);
      amount -= taken;
      end = std::max(start + taken, begin + cell.used);
      start = begin + kWindow;
    }
    return end;
  }

 private:
  static constexpr int kShift = 11;  // windows of 128 cycles
  static constexpr Tick kWindow = Tick{1} << kShift;
  static constexpr uint32_t kFirstWindows = 32;  // few, so that the table stays in a cache
  struct Cell {
    uint32_t window = ~0u;  // modulo 2^32
    uint32_t used = 0;
  };

  void Grow(Tick window) {
    size_t windows = windows_;
    while (window - now_ >= windows) windows *= 2;
    std::vector<Cell> cells(servers_ * windows);
    for (size_t server = 0; server < servers_; ++server) {
      for (size_t i = 0; i < windows_; ++i) {
        const Cell& cell = cells_[server * windows_ + i];
        // Older windows are over.
        if (cell.window != ~0u && cell.window - static_cast<uint32_t>(now_) < windows_) {
          cells[server * windows + (cell.window & (windows - 1))] = cell;
        }
      }
    }
    cells_ = std::move(cells);
    windows_ = windows;
  }

  size_t servers_;
  size_t windows_ = kFirstWindows;
  Tick now_ = 0;
  std::vector<Cell> cells_;
};

}  // namespace tltt::emu

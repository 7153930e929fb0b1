// A schedule drawn from a seed, for runs that look for dependence on the order in which things happen: roles pause at
// device calls, run in changing order, and what they send to other cores is under way for some rounds. The same seed
// gives the same run. Plain runs have none.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>

namespace tltt::emu {

class Schedule {
 public:
  explicit Schedule(uint64_t seed) : random_(seed) {}
  bool OneIn(uint32_t n) { return random_() % n == 0; }
  std::array<uint8_t, 3> RoleOrder() {
    std::array<uint8_t, 3> order = {0, 1, 2};
    for (uint32_t i = 2; i > 0; --i) std::swap(order[i], order[random_() % (i + 1)]);
    return order;
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace tltt::emu

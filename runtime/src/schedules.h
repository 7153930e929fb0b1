// What check mode says of runs under several schedules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tltt/emulator.h"

namespace tltt {

[[noreturn]] void ThrowOrderDependence(const std::string& tensor, uint64_t first_seed, uint64_t seed);
// `error`, with the seed that replays it.
[[noreturn]] void RethrowWithSeed(const emu::Error& error, uint64_t seed);

// Buffers as they were when they were added, so that every schedule starts from the same.
class Beginning {
 public:
  explicit Beginning(emu::Device& device) : device_(device) {}
  void Add(const emu::Buffer& buffer) { list_.emplace_back(buffer, device_.Save(buffer)); }
  void Restore() const {
    for (const auto& [buffer, contents] : list_) device_.Restore(buffer, contents);
  }

 private:
  emu::Device& device_;
  std::vector<std::pair<emu::Buffer, emu::Contents>> list_;
};

// The bytes of each page that was written, in order; none of the others.
std::vector<std::vector<std::byte>> WrittenPages(const emu::Buffer& buffer, emu::Device& device);

}  // namespace tltt

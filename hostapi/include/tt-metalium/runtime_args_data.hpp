#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tt::tt_metal {

// The runtime arguments of one kernel on one core. Writing to them changes what the next run passes.
class RuntimeArgsData {
 public:
  std::uint32_t& operator[](std::size_t index) { return values.at(index); }
  const std::uint32_t& operator[](std::size_t index) const { return values.at(index); }
  std::uint32_t& at(std::size_t index) { return values.at(index); }
  std::uint32_t* data() { return values.data(); }
  const std::uint32_t* data() const { return values.data(); }
  std::size_t size() const { return values.size(); }
  auto begin() { return values.begin(); }
  auto end() { return values.end(); }

  std::vector<std::uint32_t> values;
};

}  // namespace tt::tt_metal

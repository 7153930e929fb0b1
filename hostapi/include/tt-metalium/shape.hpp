#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace tt::tt_metal {

class Shape {
 public:
  Shape(std::initializer_list<uint32_t> extents) : extents_(extents) {}
  explicit Shape(std::vector<uint32_t> extents) : extents_(std::move(extents)) {}
  const std::vector<uint32_t>& view() const { return extents_; }
  std::size_t rank() const { return extents_.size(); }
  uint32_t operator[](int axis) const { return extents_.at(axis < 0 ? extents_.size() + axis : axis); }
  uint64_t volume() const {
    uint64_t volume = 1;
    for (const uint32_t extent : extents_) volume *= extent;
    return volume;
  }
  bool operator==(const Shape&) const = default;

 private:
  std::vector<uint32_t> extents_;
};

}  // namespace tt::tt_metal

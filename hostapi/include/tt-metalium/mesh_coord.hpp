// Shapes of meshes, coordinates in them, and ranges. The emulated mesh is 1x1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace tt::tt_metal::distributed {

class MeshShape {
 public:
  MeshShape(std::initializer_list<uint32_t> extents) : extents_(extents) {}
  explicit MeshShape(uint32_t size) : extents_{size} {}
  MeshShape(uint32_t rows, uint32_t columns) : extents_{rows, columns} {}
  std::size_t dims() const { return extents_.size(); }
  uint32_t operator[](std::size_t axis) const { return extents_.at(axis); }
  std::size_t mesh_size() const {
    std::size_t size = 1;
    for (const uint32_t extent : extents_) size *= extent;
    return size;
  }
  bool operator==(const MeshShape&) const = default;

 private:
  std::vector<uint32_t> extents_;
};

class MeshCoordinate {
 public:
  explicit MeshCoordinate(uint32_t at) : at_{at} {}
  MeshCoordinate(uint32_t row, uint32_t column) : at_{row, column} {}
  MeshCoordinate(std::initializer_list<uint32_t> at) : at_(at) {}
  static MeshCoordinate zero_coordinate(std::size_t dims) {
    MeshCoordinate zero{0u};
    zero.at_.assign(dims, 0);
    return zero;
  }
  std::size_t dims() const { return at_.size(); }
  uint32_t operator[](std::size_t axis) const { return at_.at(axis); }
  bool operator==(const MeshCoordinate&) const = default;

 private:
  std::vector<uint32_t> at_;
};

class MeshCoordinateRange {
 public:
  MeshCoordinateRange(const MeshCoordinate& start, const MeshCoordinate& end) : start_(start), end_(end) {}
  explicit MeshCoordinateRange(const MeshShape& shape)
      : start_(MeshCoordinate::zero_coordinate(shape.dims())), end_(start_) {
    if (shape.dims() == 1) end_ = MeshCoordinate(shape[0] - 1);
    if (shape.dims() == 2) end_ = MeshCoordinate(shape[0] - 1, shape[1] - 1);
  }
  explicit MeshCoordinateRange(const MeshCoordinate& at) : start_(at), end_(at) {}
  const MeshCoordinate& start_coord() const { return start_; }
  const MeshCoordinate& end_coord() const { return end_; }
  bool operator==(const MeshCoordinateRange&) const = default;

 private:
  MeshCoordinate start_, end_;
};

}  // namespace tt::tt_metal::distributed

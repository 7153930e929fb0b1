// Coordinates of worker cores, rectangles of them, and sets of rectangles. Logical: x counts columns, y rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tt_stl/assert.hpp>
#include <tt_stl/span.hpp>

struct tt_xy_pair {
  constexpr tt_xy_pair() = default;
  constexpr tt_xy_pair(std::size_t column, std::size_t row) : x(column), y(row) {}
  std::size_t x = 0, y = 0;
  constexpr auto operator<=>(const tt_xy_pair&) const = default;  // by x, then y
  std::string str() const;                                        // "(x=1,y=2)"
};
using CoreCoord = tt_xy_pair;

class CoreRangeSet;

// Both corners belong to the range. SDKs of 2024 name them `start` and `end`; later ones have end() of an iteration.
class CoreRange {
 public:
  class CoreIterator;
  struct LastCore : CoreCoord {
    CoreIterator operator()() const;
  };
  CoreRange(const CoreCoord& point) : start_coord(point), end_coord(point) {}
  CoreRange(const CoreCoord& start, const CoreCoord& end);  // throws where end lies before start
  union {
    CoreCoord start_coord, start;
  };
  union {
    CoreCoord end_coord;
    LastCore end;
  };

  bool contains(const CoreCoord& core) const;
  bool contains(const CoreRange& other) const;
  bool contains(const CoreRangeSet& other) const;
  bool intersects(const CoreRange& other) const { return intersection(other).has_value(); }
  std::optional<CoreRange> intersection(const CoreRange& other) const;
  bool adjacent(const CoreRange& other) const;
  std::optional<CoreRange> merge(const CoreRange& other) const;  // of ranges that line up and touch
  std::size_t size() const { return grid_size().x * grid_size().y; }
  CoreCoord grid_size() const { return {end_coord.x - start_coord.x + 1, end_coord.y - start_coord.y + 1}; }
  std::string str() const;  // "[(x=0,y=0) - (x=3,y=1)]"
  constexpr auto operator<=>(const CoreRange& other) const {
    const auto starts = start_coord <=> other.start_coord;
    return starts != 0 ? starts : end_coord <=> other.end_coord;
  }
  constexpr bool operator==(const CoreRange& other) const { return (*this <=> other) == 0; }

  // Row by row.
  class CoreIterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = CoreCoord;
    using difference_type = std::ptrdiff_t;
    using pointer = const CoreCoord*;
    using reference = const CoreCoord&;
    CoreIterator(const CoreCoord& at, const CoreRange* range) : at_(at), range_(range) {}
    const CoreCoord& operator*() const { return at_; }
    CoreIterator& operator++();
    bool operator==(const CoreIterator& other) const {
      return Done() || other.Done() ? Done() == other.Done() : at_ == other.at_;
    }

   private:
    bool Done() const { return !range_ || at_.y > range_->end_coord.y; }
    CoreCoord at_;
    const CoreRange* range_;
  };
  CoreIterator begin() const { return {start_coord, this}; }
};
inline CoreRange::CoreIterator CoreRange::LastCore::operator()() const { return {CoreCoord(), nullptr}; }

// Rectangles without a common core; overlapping ones are an error.
class CoreRangeSet {
 public:
  struct Ranges : std::vector<CoreRange> {
    using std::vector<CoreRange>::vector;
    operator std::set<CoreRange>() const { return {begin(), end()}; }  // what SDKs of 2024 have
  };

  CoreRangeSet() = default;
  CoreRangeSet(const CoreRange& range) : ranges_{range} {}
  CoreRangeSet(ttsl::Span<const CoreRange> ranges);
  CoreRangeSet(const std::set<CoreRange>& ranges);
  CoreRangeSet(std::vector<CoreRange>&& ranges);
  CoreRangeSet(const Ranges& ranges) : CoreRangeSet(ttsl::Span<const CoreRange>(ranges)) {}
  CoreRangeSet(ttsl::Span<const CoreCoord> cores);

  bool empty() const { return ranges_.empty(); }
  std::size_t size() const { return ranges_.size(); }
  const Ranges& ranges() const { return ranges_; }
  uint32_t num_cores() const;
  bool contains(const CoreCoord& core) const;
  bool contains(const CoreRange& range) const;
  bool contains(const CoreRangeSet& other) const;
  bool core_coord_in_core_ranges(const CoreCoord& core) const { return contains(core); }  // the older name
  bool intersects(const CoreCoord& core) const { return contains(core); }
  bool intersects(const CoreRange& range) const;
  bool intersects(const CoreRangeSet& other) const;
  CoreRangeSet intersection(const CoreRangeSet& other) const;
  CoreRangeSet subtract(const CoreRangeSet& other) const;
  CoreRangeSet merge_ranges() const;  // the same cores in few ranges
  template <typename Other>
  CoreRangeSet merge(const Other& other) const {
    return Union(CoreRangeSet(other));
  }
  CoreRange bounding_box() const;
  std::string str() const;
  bool operator==(const CoreRangeSet& other) const;  // of the same cores

 private:
  CoreRangeSet Union(const CoreRangeSet& other) const;
  void CheckDisjoint() const;
  Ranges ranges_;
};

// The first num_cores cores of a grid: column by column, or with row_wise row by row.
std::vector<CoreCoord> grid_to_cores(uint32_t num_cores, uint32_t grid_size_x, uint32_t grid_size_y,
                                     bool row_wise = false);
std::vector<CoreCoord> grid_to_cores(CoreCoord start, CoreCoord end, bool row_wise = false);
std::vector<CoreCoord> corerange_to_cores(const CoreRangeSet& cores, std::optional<uint32_t> max_cores = std::nullopt,
                                          bool row_wise = false);

namespace tt::tt_metal {
using ::CoreCoord;
using ::CoreRange;
using ::corerange_to_cores;
using ::CoreRangeSet;
using ::grid_to_cores;
}  // namespace tt::tt_metal

template <>
struct std::hash<CoreCoord> {
  std::size_t operator()(const CoreCoord& core) const { return core.x * 0x9e3779b97f4a7c15u + core.y; }
};
template <>
struct std::hash<CoreRange> {
  std::size_t operator()(const CoreRange& range) const {
    return std::hash<CoreCoord>()(range.start_coord) * 31 + std::hash<CoreCoord>()(range.end_coord);
  }
};

#ifdef TLTT_HOST_FMT
template <>
struct fmt::formatter<CoreCoord> : fmt::formatter<std::string> {
  auto format(const CoreCoord& core, fmt::format_context& out) const {
    return fmt::formatter<std::string>::format(core.str(), out);
  }
};
template <>
struct fmt::formatter<CoreRange> : fmt::formatter<std::string> {
  auto format(const CoreRange& range, fmt::format_context& out) const {
    return fmt::formatter<std::string>::format(range.str(), out);
  }
};
template <>
struct fmt::formatter<CoreRangeSet> : fmt::formatter<std::string> {
  auto format(const CoreRangeSet& set, fmt::format_context& out) const {
    return fmt::formatter<std::string>::format(set.str(), out);
  }
};
#endif

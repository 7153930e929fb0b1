#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

struct CoreCoord {
  size_t x = 0, y = 0;
};

struct CoreRange {
  CoreCoord start_coord, end_coord;  // both inclusive
  CoreRange(const CoreCoord& start, const CoreCoord& end) : start_coord(start), end_coord(end) {}
  bool contains(const CoreCoord& c) const {
    return c.x >= start_coord.x && c.x <= end_coord.x && c.y >= start_coord.y && c.y <= end_coord.y;
  }
};

class CoreRangeSet {
 public:
  explicit CoreRangeSet(const std::vector<CoreRange>& ranges) : ranges_(ranges) {}
  CoreRangeSet(const CoreRange& range) : ranges_{range} {}
  const std::vector<CoreRange>& ranges() const { return ranges_; }
  bool contains(const CoreCoord& core) const {
    for (const CoreRange& range : ranges_) {
      if (range.contains(core)) return true;
    }
    return false;
  }

 private:
  std::vector<CoreRange> ranges_;
};

namespace stand_in {

using CoreSpec = std::variant<CoreCoord, CoreRange, CoreRangeSet>;

inline std::string Text(const CoreCoord& core) { return std::to_string(core.x) + "," + std::to_string(core.y); }
inline std::string Text(const CoreRange& range) { return Text(range.start_coord) + "-" + Text(range.end_coord); }
inline std::string Text(const CoreRangeSet& set) {
  std::string text;
  for (const CoreRange& range : set.ranges()) text += (text.empty() ? "" : "+") + Text(range);
  return text;
}
inline std::string Text(const CoreSpec& spec) {
  return std::visit([](const auto& cores) { return Text(cores); }, spec);
}

}  // namespace stand_in

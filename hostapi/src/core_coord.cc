#include <tt-metalium/core_coord.hpp>

#include <algorithm>

std::string tt_xy_pair::str() const { return "(x=" + std::to_string(x) + ",y=" + std::to_string(y) + ")"; }

CoreRange::CoreRange(const CoreCoord& first, const CoreCoord& last) : start_coord(first), end_coord(last) {
  TT_FATAL(last.x >= first.x && last.y >= first.y, "core range {} to {}: the end lies before the start", first.str(),
           last.str());
}

bool CoreRange::contains(const CoreCoord& core) const {
  return core.x >= start_coord.x && core.x <= end_coord.x && core.y >= start_coord.y && core.y <= end_coord.y;
}
bool CoreRange::contains(const CoreRange& other) const {
  return contains(other.start_coord) && contains(other.end_coord);
}
bool CoreRange::contains(const CoreRangeSet& other) const {
  return std::all_of(other.ranges().begin(), other.ranges().end(), [this](const CoreRange& r) { return contains(r); });
}

std::optional<CoreRange> CoreRange::intersection(const CoreRange& other) const {
  const CoreCoord first{std::max(start_coord.x, other.start_coord.x), std::max(start_coord.y, other.start_coord.y)};
  const CoreCoord last{std::min(end_coord.x, other.end_coord.x), std::min(end_coord.y, other.end_coord.y)};
  if (last.x < first.x || last.y < first.y) return std::nullopt;
  return CoreRange(first, last);
}

bool CoreRange::adjacent(const CoreRange& other) const {
  const bool rows_meet = start_coord.y <= other.end_coord.y && other.start_coord.y <= end_coord.y;
  const bool columns_meet = start_coord.x <= other.end_coord.x && other.start_coord.x <= end_coord.x;
  return (rows_meet && (end_coord.x + 1 == other.start_coord.x || other.end_coord.x + 1 == start_coord.x)) ||
         (columns_meet && (end_coord.y + 1 == other.start_coord.y || other.end_coord.y + 1 == start_coord.y));
}

std::optional<CoreRange> CoreRange::merge(const CoreRange& other) const {
  if (!intersects(other) && !adjacent(other)) return std::nullopt;
  const bool same_columns = start_coord.x == other.start_coord.x && end_coord.x == other.end_coord.x;
  const bool same_rows = start_coord.y == other.start_coord.y && end_coord.y == other.end_coord.y;
  if (!same_columns && !same_rows) {
    if (contains(other)) return *this;
    if (other.contains(*this)) return other;
    return std::nullopt;
  }
  return CoreRange({std::min(start_coord.x, other.start_coord.x), std::min(start_coord.y, other.start_coord.y)},
                   {std::max(end_coord.x, other.end_coord.x), std::max(end_coord.y, other.end_coord.y)});
}

std::string CoreRange::str() const { return "[" + start_coord.str() + " - " + end_coord.str() + "]"; }

CoreRange::CoreIterator& CoreRange::CoreIterator::operator++() {
  if (++at_.x > range_->end_coord.x) at_ = {range_->start_coord.x, at_.y + 1};
  return *this;
}

CoreRangeSet::CoreRangeSet(ttsl::Span<const CoreRange> ranges) : ranges_(ranges.begin(), ranges.end()) {
  CheckDisjoint();
}
CoreRangeSet::CoreRangeSet(const std::set<CoreRange>& ranges) : ranges_(ranges.begin(), ranges.end()) {
  CheckDisjoint();
}
CoreRangeSet::CoreRangeSet(std::vector<CoreRange>&& ranges) : ranges_(ranges.begin(), ranges.end()) { CheckDisjoint(); }
CoreRangeSet::CoreRangeSet(ttsl::Span<const CoreCoord> cores) {
  for (const CoreCoord& core : cores) ranges_.emplace_back(core);
  CheckDisjoint();
  *this = merge_ranges();
}

void CoreRangeSet::CheckDisjoint() const {
  for (size_t i = 0; i < ranges_.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      TT_FATAL(!ranges_[i].intersects(ranges_[j]), "core ranges {} and {} overlap", ranges_[j].str(), ranges_[i].str());
    }
  }
}

uint32_t CoreRangeSet::num_cores() const {
  size_t count = 0;
  for (const CoreRange& range : ranges_) count += range.size();
  return static_cast<uint32_t>(count);
}

bool CoreRangeSet::contains(const CoreCoord& core) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const CoreRange& r) { return r.contains(core); });
}
bool CoreRangeSet::contains(const CoreRange& range) const {
  return std::all_of(range.begin(), range.end(), [this](const CoreCoord& core) { return contains(core); });
}
bool CoreRangeSet::contains(const CoreRangeSet& other) const {
  return std::all_of(other.ranges_.begin(), other.ranges_.end(), [this](const CoreRange& r) { return contains(r); });
}
bool CoreRangeSet::intersects(const CoreRange& range) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const CoreRange& r) { return r.intersects(range); });
}
bool CoreRangeSet::intersects(const CoreRangeSet& other) const {
  return std::any_of(other.ranges_.begin(), other.ranges_.end(), [this](const CoreRange& r) { return intersects(r); });
}

CoreRangeSet CoreRangeSet::intersection(const CoreRangeSet& other) const {
  std::vector<CoreRange> common;
  for (const CoreRange& a : ranges_) {
    for (const CoreRange& b : other.ranges_) {
      if (const auto both = a.intersection(b)) common.push_back(*both);
    }
  }
  return CoreRangeSet(std::move(common));
}

CoreRangeSet CoreRangeSet::subtract(const CoreRangeSet& other) const {
  std::vector<CoreCoord> left;
  for (const CoreRange& range : ranges_) {
    for (const CoreCoord& core : range) {
      if (!other.contains(core)) left.push_back(core);
    }
  }
  return CoreRangeSet(ttsl::Span<const CoreCoord>(left));
}

CoreRangeSet CoreRangeSet::Union(const CoreRangeSet& other) const {
  CoreRangeSet result;
  result.ranges_ = ranges_;
  const CoreRangeSet rest = other.subtract(*this);
  result.ranges_.insert(result.ranges_.end(), rest.ranges_.begin(), rest.ranges_.end());
  return result.merge_ranges();
}

CoreRangeSet CoreRangeSet::merge_ranges() const {
  CoreRangeSet result;
  result.ranges_ = ranges_;
  for (bool merged = true; merged;) {
    merged = false;
    for (size_t i = 0; i < result.ranges_.size() && !merged; ++i) {
      for (size_t j = 0; j < i && !merged; ++j) {
        const auto both = result.ranges_[j].merge(result.ranges_[i]);
        if (!both) continue;
        result.ranges_[j] = *both;
        result.ranges_.erase(result.ranges_.begin() + static_cast<std::ptrdiff_t>(i));
        merged = true;
      }
    }
  }
  std::sort(result.ranges_.begin(), result.ranges_.end());
  return result;
}

CoreRange CoreRangeSet::bounding_box() const {
  TT_FATAL(!ranges_.empty(), "no cores, no bounding box");
  CoreCoord start = ranges_[0].start_coord, end = ranges_[0].end_coord;
  for (const CoreRange& range : ranges_) {
    start = {std::min(start.x, range.start_coord.x), std::min(start.y, range.start_coord.y)};
    end = {std::max(end.x, range.end_coord.x), std::max(end.y, range.end_coord.y)};
  }
  return {start, end};
}

std::string CoreRangeSet::str() const {
  std::string text = "{";
  for (const CoreRange& range : ranges_) text += (text.size() > 1 ? ", " : "") + range.str();
  return text + "}";
}

bool CoreRangeSet::operator==(const CoreRangeSet& other) const { return contains(other) && other.contains(*this); }

std::vector<CoreCoord> grid_to_cores(CoreCoord start, CoreCoord end, bool row_wise) {
  std::vector<CoreCoord> cores;
  const CoreRange range(start, end);
  if (row_wise) {
    cores.assign(range.begin(), range.end());
  } else {
    for (size_t x = start.x; x <= end.x; ++x) {
      for (size_t y = start.y; y <= end.y; ++y) cores.emplace_back(x, y);
    }
  }
  return cores;
}

std::vector<CoreCoord> grid_to_cores(uint32_t num_cores, uint32_t grid_size_x, uint32_t grid_size_y, bool row_wise) {
  TT_FATAL(num_cores <= grid_size_x * grid_size_y, "{} cores of a grid of {}x{}", num_cores, grid_size_x, grid_size_y);
  if (num_cores == 0) return {};
  std::vector<CoreCoord> cores = grid_to_cores({0, 0}, {grid_size_x - 1, grid_size_y - 1}, row_wise);
  cores.resize(num_cores);
  return cores;
}

std::vector<CoreCoord> corerange_to_cores(const CoreRangeSet& set, std::optional<uint32_t> max_cores, bool row_wise) {
  std::vector<CoreCoord> cores;
  for (const CoreRange& range : set.ranges()) {
    const std::vector<CoreCoord> more = grid_to_cores(range.start_coord, range.end_coord, row_wise);
    cores.insert(cores.end(), more.begin(), more.end());
  }
  if (max_cores && cores.size() > *max_cores) cores.resize(*max_cores);
  return cores;
}

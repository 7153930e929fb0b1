#include <tt-metalium/work_split.hpp>

#include <algorithm>

namespace tt::tt_metal {
namespace {

CoreRangeSet SetOf(const std::vector<CoreCoord>& cores, size_t begin, size_t end) {
  return CoreRangeSet(ttsl::Span<const CoreCoord>(cores.data() + begin, end - begin));
}

std::tuple<uint32_t, CoreRangeSet, CoreRangeSet, CoreRangeSet, uint32_t, uint32_t> Split(
    const std::vector<CoreCoord>& cores, uint32_t units) {
  if (units == 0) return {0, {}, {}, {}, 0, 0};
  const auto count = std::min<uint32_t>(static_cast<uint32_t>(cores.size()), units);
  const uint32_t share = units / count, larger = units % count;
  const CoreRangeSet all = SetOf(cores, 0, count);
  if (larger == 0) return {count, all, all, {}, share, 0};
  return {count, all, SetOf(cores, 0, larger), SetOf(cores, larger, count), share + 1, share};
}

}  // namespace

CoreRangeSet num_cores_to_corerangeset(CoreCoord start, uint32_t num_cores, CoreCoord grid_size, bool row_wise) {
  std::vector<CoreCoord> cores = grid_to_cores({0, 0}, {grid_size.x - 1, grid_size.y - 1}, row_wise);
  const auto first = static_cast<size_t>(std::find(cores.begin(), cores.end(), start) - cores.begin());
  TT_FATAL(first + num_cores <= cores.size(), "{} cores from {} on do not lie in a grid of {}x{}", num_cores,
           start.str(), grid_size.x, grid_size.y);
  return SetOf(cores, first, first + num_cores);
}

CoreRangeSet num_cores_to_corerangeset(uint32_t num_cores, CoreCoord grid_size, bool row_wise) {
  return num_cores_to_corerangeset({0, 0}, num_cores, grid_size, row_wise);
}

std::tuple<uint32_t, CoreRangeSet, CoreRangeSet, CoreRangeSet, uint32_t, uint32_t> split_work_to_cores(
    CoreCoord grid_size, uint32_t units, bool row_wise) {
  return Split(grid_to_cores({0, 0}, {grid_size.x - 1, grid_size.y - 1}, row_wise), units);
}

std::tuple<uint32_t, CoreRangeSet, CoreRangeSet, CoreRangeSet, uint32_t, uint32_t> split_work_to_cores(
    const CoreRangeSet& cores, uint32_t units, bool row_wise) {
  return Split(corerange_to_cores(cores, std::nullopt, row_wise), units);
}

int find_max_divisor(uint32_t value, uint32_t start) {
  for (uint32_t divisor = start; divisor > 1; --divisor) {
    if (divisor != 5 && divisor != 7 && value % divisor == 0) return static_cast<int>(divisor);
  }
  return 1;
}

int find_max_block_size(uint32_t value, uint32_t max_block_size) {
  uint32_t block = std::max(1u, max_block_size);
  while (value % block != 0) --block;
  return static_cast<int>(block);
}

}  // namespace tt::tt_metal

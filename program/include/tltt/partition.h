// Balanced contiguous split of a linear amount of work over cores.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

namespace tltt {

struct WorkRun {
  int64_t start = 0, count = 0;
  bool operator==(const WorkRun&) const = default;
};

// One run for each core: the first total % cores cores take one more than the others; starts are prefix sums. With
// fewer items than cores the last cores get count 0. Throws std::invalid_argument for total < 0 or cores < 1.
inline std::vector<WorkRun> SplitContiguous(int64_t total, int64_t cores) {
  if (total < 0 || cores < 1) throw std::invalid_argument("SplitContiguous needs total >= 0 and cores >= 1");
  std::vector<WorkRun> runs;
  runs.reserve(static_cast<size_t>(cores));
  int64_t start = 0;
  for (int64_t core = 0; core < cores; ++core) {
    const int64_t count = total / cores + (core < total % cores ? 1 : 0);
    runs.push_back({start, count});
    start += count;
  }
  return runs;
}

}  // namespace tltt

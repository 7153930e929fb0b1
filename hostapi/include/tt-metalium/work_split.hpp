// Dealing out work over cores.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include <tt-metalium/core_coord.hpp>

namespace tt::tt_metal {

// The first cores of a grid, in column order, or in row order with row_wise.
CoreRangeSet num_cores_to_corerangeset(CoreCoord start, uint32_t num_cores, CoreCoord grid_size, bool row_wise = false);
CoreRangeSet num_cores_to_corerangeset(uint32_t num_cores, CoreCoord grid_size, bool row_wise = false);

inline CoreRangeSet num_cores_to_corerange_set(uint32_t num_cores, CoreCoord grid_size, bool row_wise = false) {
  return num_cores_to_corerangeset(num_cores, grid_size, row_wise);  // the older name
}

// Number of cores that get work, all of them, those with the larger share, those with the smaller one (empty where all
// are equal), and the two shares.
std::tuple<uint32_t, CoreRangeSet, CoreRangeSet, CoreRangeSet, uint32_t, uint32_t> split_work_to_cores(
    CoreCoord grid_size, uint32_t units, bool row_wise = false);
std::tuple<uint32_t, CoreRangeSet, CoreRangeSet, CoreRangeSet, uint32_t, uint32_t> split_work_to_cores(
    const CoreRangeSet& cores, uint32_t units, bool row_wise = false);

// Largest divisor of value that is at most `start` and neither 5 nor 7.
int find_max_divisor(uint32_t value, uint32_t start);
int find_max_block_size(uint32_t value, uint32_t max_block_size = 8);

}  // namespace tt::tt_metal

namespace tt {
using tt_metal::find_max_block_size;
using tt_metal::find_max_divisor;
using tt_metal::num_cores_to_corerange_set;
using tt_metal::num_cores_to_corerangeset;
using tt_metal::split_work_to_cores;
}  // namespace tt

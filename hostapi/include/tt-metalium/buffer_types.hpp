// Where a buffer lies and how it is laid out.
#pragma once

#include <ostream>

#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

enum class BufferType { DRAM = 0, L1 = 1, SYSTEM_MEMORY = 2, L1_SMALL = 3, TRACE = 4 };
enum class TensorMemoryLayout {
  INTERLEAVED = 0,
  HEIGHT_SHARDED = 2,
  WIDTH_SHARDED = 3,
  BLOCK_SHARDED = 4,
  ND_SHARDED = 5
};
enum class ShardOrientation { ROW_MAJOR = 0, COL_MAJOR = 1 };
// Shards go to the cores of a list in turn, or shard (i, j) goes to the core in row i and column j of a grid.
enum class ShardDistributionStrategy { ROUND_ROBIN_1D, GRID_2D };

}  // namespace tt::tt_metal

namespace tltt::host {

// "TensorMemoryLayout::HEIGHT_SHARDED": the SDK prints its enumerations so.
const char* EnumName(tt::tt_metal::BufferType value);
const char* EnumName(tt::tt_metal::TensorMemoryLayout value);
const char* EnumName(tt::tt_metal::ShardOrientation value);

template <typename Enum>
concept NamedEnum = requires(Enum value) { EnumName(value); };

}  // namespace tltt::host

namespace tt::tt_metal {
template <tltt::host::NamedEnum Enum>
std::ostream& operator<<(std::ostream& out, Enum value) {
  return out << tltt::host::EnumName(value);
}
}  // namespace tt::tt_metal

#ifdef TLTT_HOST_FMT
template <tltt::host::NamedEnum Enum>
struct fmt::formatter<Enum> : fmt::formatter<const char*> {
  auto format(Enum value, fmt::format_context& out) const {
    return fmt::formatter<const char*>::format(tltt::host::EnumName(value), out);
  }
};
#endif

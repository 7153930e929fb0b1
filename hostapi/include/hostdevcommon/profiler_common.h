// What the SDK's profiler keeps room for. The emulator times every line without one; programs that fill the profiler's
// buffers count with these.
#pragma once

#include <cstdint>

namespace kernel_profiler {
constexpr std::uint32_t PROFILER_L1_GUARANTEED_MARKER_COUNT =
    4;  // begin and end of the firmware's and the kernel's zone
}  // namespace kernel_profiler

constexpr std::uint32_t PROFILER_OP_SUPPORT_COUNT = 1000;  // launches between two readings

#pragma once

#include <hostdevcommon/profiler_common.h>

// Programs that include this header's older form have no namespace for it.
using kernel_profiler::PROFILER_L1_GUARANTEED_MARKER_COUNT;

#pragma once

#include <hostdevcommon/profiler_common.h>

// Older spelling of the include path.
#pragma once
#include "api/debug/kernel_profiler.hpp"

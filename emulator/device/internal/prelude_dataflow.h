// Precompiled for reader and writer kernels: all that does not depend on a kernel's arguments.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "api/debug/dprint.h"
#include "api/debug/kernel_profiler.hpp"
#include "internal/dataflow_core.h"

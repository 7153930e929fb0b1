#pragma once

#include <tt-metalium/host_api.hpp>

#include <hostdevcommon/profiler_common.h>
#include <magic_enum/magic_enum.hpp>

// Headers under this path put all of std into everyone's scope, and programs of that time count on it.
using namespace std;  // NOLINT(google-build-using-namespace)

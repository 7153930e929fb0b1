// ASSERT of kernels: always on here.
#pragma once

#include "tltt_device.h"

#define ASSERT(condition, ...)                                               \
  do {                                                                       \
    if (!(condition)) tltt::emu::device::AssertFailed(#condition, __LINE__); \
  } while (0)
#define LIGHTWEIGHT_ASSERT(condition, ...) ASSERT(condition)

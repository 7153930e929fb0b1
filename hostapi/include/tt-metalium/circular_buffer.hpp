#pragma once

#include <hostdevcommon/kernel_structs.h>
#include <tt-metalium/circular_buffer_config.hpp>

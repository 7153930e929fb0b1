// The folder that these headers were in before 0.81.
#pragma once

#include "api/compute/compute_kernel_hw_startup.h"

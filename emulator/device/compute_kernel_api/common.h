// The folder that these headers were in before 0.81.
#pragma once

#include "api/compute/common.h"
#include "compute_kernel_api/pack.h"

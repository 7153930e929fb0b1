// The place that this header was in before 0.81.
#pragma once

#include "api/compute/compute_kernel_api.h"
#include "compute_kernel_api/common.h"

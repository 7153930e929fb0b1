// The data-movement API (reader and writer kernels): circular buffers, NoC transfers, semaphores, accessors.
#pragma once

#include "api/compile_time_args.h"
#include "api/tensor/tensor_accessor.h"
#include "internal/dataflow_core.h"

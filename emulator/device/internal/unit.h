// Comes right before a kernel's own text.
#pragma once

#include "api/compile_time_args.h"

// Older compute kernels are `namespace NAMESPACE { void MAIN { ... } }`.
#define NAMESPACE tltt_kernel
#define MAIN tltt_main_()

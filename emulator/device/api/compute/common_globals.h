// What every compute kernel sees: types, tt::CBIndex and the role macros.
//
// One fiber runs the kernel's unpack, math and pack parts in program order, so MATH, PACK and UNPACK all keep their
// text. The API takes its mode (fp32 DST, fidelity, approximation) from the program's compute config; template
// parameters that repeat it are accepted and have no effect. One precompiled header so serves all configurations.
#pragma once

#include <cstdint>

#include "hostdevcommon/kernel_structs.h"
#include "internal/compute_defs.h"
#include "internal/compute_runtime.h"
#include "internal/data_format.h"
#include "internal/vector_code.h"

#define TRISC_MATH 1  // code that only the math processor has
#define ALWI inline __attribute__((always_inline))
#define MATH(...) __VA_ARGS__
#define PACK(...) __VA_ARGS__
#define UNPACK(...) __VA_ARGS__

namespace ckernel {
namespace emu = tltt::emu;
namespace device = tltt::emu::device;
}  // namespace ckernel
using namespace ckernel;

// Generated TT Compute Kernel (IR-Driven)
// Grid: 2x2
// Cores: 4
// Compute of TileLang kernel `main`.
#include <cstdint>

#include "api/compute/common.h"

void kernel_main() {
    const uint32_t count = get_arg_val<uint32_t>(0);

    for (uint32_t i = 0; i < count; ++i) {
    }
}

// One-time configuration of unpackers, matrix unit and packer for the formats of three circular buffers.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"
#include "api/compute/src_order.h"

namespace ckernel {

// SrcOrder::Reverse: icb0 goes to SrcB and icb1 to SrcA, as matmul wants them.
template <SrcOrder src_order = SrcOrder::Regular>
ALWI void compute_kernel_hw_startup(uint32_t icb0, uint32_t icb1, uint32_t ocb, uint32_t line = __builtin_LINE()) {
  constexpr bool reverse = src_order == SrcOrder::Reverse;
  device::HwStartup(reverse ? icb1 : icb0, reverse ? icb0 : icb1, ocb, line);
}

// Unlike the other calls this one takes no line: with one it would be ambiguous with the call above.
ALWI void compute_kernel_hw_startup(uint32_t icb0, uint32_t ocb) { device::HwStartup(icb0, icb0, ocb, 0); }

}  // namespace ckernel

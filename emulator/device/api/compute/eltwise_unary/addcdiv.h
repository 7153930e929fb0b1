// odst = idst0 + value * idst1 / idst2; value as fp32 bits.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void addcdiv_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kAddcdiv, 0, 0, line); }

template <DataFormat data_format, bool is_fp32_dest_acc_en = false>
ALWI void addcdiv_tile(uint32_t idst0, uint32_t idst1, uint32_t idst2, uint32_t odst, uint32_t value,
                       uint32_t line = __builtin_LINE()) {
  device::SfpuTernary(emu::SfpuOp::kAddcdiv, idst0, idst1, idst2, odst, value, line);
}

}  // namespace ckernel

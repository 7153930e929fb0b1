// 1 where x is 0, else 0.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <DataFormat DATA_FORMAT>
ALWI void logical_not_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  constexpr bool integer =
      DATA_FORMAT == DataFormat::Int32 || DATA_FORMAT == DataFormat::UInt32 || DATA_FORMAT == DataFormat::UInt16;
  device::SfpuUnary(integer ? emu::SfpuOp::kLogicalNotInt : emu::SfpuOp::kLogicalNot, idst, VectorMode::RC, 0, 0, 0,
                    line);
}

ALWI void logical_not_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kLogicalNot, 0, 0, line);
}

}  // namespace ckernel

// Shifts by a constant; right shifts of Int32 keep the sign.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <DataFormat data_format>
ALWI void left_shift_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kLeftShift, idst, VectorMode::RC, param0, 0, 0, line);
}

template <DataFormat data_format>
ALWI void right_shift_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  constexpr uint32_t logical = data_format == DataFormat::Int32 ? 0 : 1;
  device::SfpuUnary(emu::SfpuOp::kRightShift, idst, VectorMode::RC, param0, logical, 0, line);
}

ALWI void left_shift_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kLeftShift, 0, 0, line);
}

ALWI void right_shift_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kRightShift, 0, 0, line);
}

}  // namespace ckernel

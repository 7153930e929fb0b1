// Shifts of integer DST tiles.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <DataFormat data_format>
ALWI void binary_left_shift_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kShl, idst0, idst1, odst, VectorMode::RC, line);
}

template <DataFormat data_format>
ALWI void binary_right_shift_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  constexpr auto op = data_format == DataFormat::Int32 ? emu::SfpuOp::kShr : emu::SfpuOp::kShrLogical;
  device::SfpuBinary(op, idst0, idst1, odst, VectorMode::RC, line);
}

template <DataFormat data_format>
ALWI void binary_logical_right_shift_tile(uint32_t idst0, uint32_t idst1, uint32_t odst,
                                          uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kShrLogical, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void binary_shift_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kBinaryShift, 0, 0, line);
}

}  // namespace ckernel

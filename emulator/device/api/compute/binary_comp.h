// Comparisons of integer DST tiles; 1 where true, else 0.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <DataFormat data_format>
ALWI void eq_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kEqInt, idst0, idst1, odst, VectorMode::RC, line);
}

template <DataFormat data_format>
ALWI void eq_int_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kEqInt, 0, 0, line);
}

template <DataFormat data_format>
ALWI void ne_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kNeInt, idst0, idst1, odst, VectorMode::RC, line);
}

template <DataFormat data_format>
ALWI void ne_int_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kNeInt, 0, 0, line);
}

template <DataFormat data_format>
ALWI void lt_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  constexpr auto op = data_format == DataFormat::Int32 ? emu::SfpuOp::kLtInt : emu::SfpuOp::kLtUInt;
  device::SfpuBinary(op, idst0, idst1, odst, VectorMode::RC, line);
}

template <DataFormat data_format>
ALWI void lt_int_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kLtInt, 0, 0, line);
}

template <DataFormat data_format>
ALWI void gt_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  constexpr auto op = data_format == DataFormat::Int32 ? emu::SfpuOp::kGtInt : emu::SfpuOp::kGtUInt;
  device::SfpuBinary(op, idst0, idst1, odst, VectorMode::RC, line);
}

template <DataFormat data_format>
ALWI void gt_int_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kGtInt, 0, 0, line);
}

template <DataFormat data_format>
ALWI void le_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  constexpr auto op = data_format == DataFormat::Int32 ? emu::SfpuOp::kLeInt : emu::SfpuOp::kLeUInt;
  device::SfpuBinary(op, idst0, idst1, odst, VectorMode::RC, line);
}

template <DataFormat data_format>
ALWI void le_int_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kLeInt, 0, 0, line);
}

template <DataFormat data_format>
ALWI void ge_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  constexpr auto op = data_format == DataFormat::Int32 ? emu::SfpuOp::kGeInt : emu::SfpuOp::kGeUInt;
  device::SfpuBinary(op, idst0, idst1, odst, VectorMode::RC, line);
}

template <DataFormat data_format>
ALWI void ge_int_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kGeInt, 0, 0, line);
}

}  // namespace ckernel

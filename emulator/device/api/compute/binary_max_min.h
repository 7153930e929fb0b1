// Larger and smaller of two DST tiles.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void binary_max_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, VectorMode vector_mode = VectorMode::RC,
                          uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kMax, idst0, idst1, odst, vector_mode, line);
}

ALWI void binary_max_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kMaxBinary, 0, 0, line);
}

ALWI void binary_max_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kMaxInt, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void binary_max_int32_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kMaxBinaryInt32, 0, 0, line);
}

ALWI void binary_max_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kMaxUInt, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void binary_max_uint32_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kMaxBinaryUInt32, 0, 0, line);
}

ALWI void binary_min_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, VectorMode vector_mode = VectorMode::RC,
                          uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kMin, idst0, idst1, odst, vector_mode, line);
}

ALWI void binary_min_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kMinBinary, 0, 0, line);
}

ALWI void binary_min_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kMinInt, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void binary_min_int32_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kMinBinaryInt32, 0, 0, line);
}

ALWI void binary_min_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kMinUInt, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void binary_min_uint32_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kMinBinaryUInt32, 0, 0, line);
}

}  // namespace ckernel

// Bitwise operations on integer DST tiles.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <DataFormat data_format>
ALWI void bitwise_and_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kAndB, idst0, idst1, odst, VectorMode::RC, line);
}

template <DataFormat data_format>
ALWI void bitwise_or_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kOrB, idst0, idst1, odst, VectorMode::RC, line);
}

template <DataFormat data_format>
ALWI void bitwise_xor_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t line = __builtin_LINE()) {
  device::SfpuBinary(emu::SfpuOp::kXorB, idst0, idst1, odst, VectorMode::RC, line);
}

ALWI void binary_bitwise_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kBinaryBitwise, 0, 0, line);
}

}  // namespace ckernel

// Bitwise operations with a constant.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

template <DataFormat data_format>
ALWI void bitwise_and_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kBitwiseAnd, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void bitwise_and_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kBitwiseAnd, 0, 0, line);
}

template <DataFormat data_format>
ALWI void bitwise_or_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kBitwiseOr, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void bitwise_or_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kBitwiseOr, 0, 0, line);
}

template <DataFormat data_format>
ALWI void bitwise_xor_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kBitwiseXor, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void bitwise_xor_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kBitwiseXor, 0, 0, line);
}

}  // namespace ckernel

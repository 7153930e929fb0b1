// ReLU and its relatives. Parameters are the bits of an fp32.
#pragma once

#include <cstdint>

#include "api/compute/common_globals.h"

namespace ckernel {

ALWI void relu_tile_init(uint32_t line = __builtin_LINE()) { device::InitSfpu(emu::SfpuInit::kRelu, 0, 0, line); }

ALWI void relu_tile(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kRelu, idst, VectorMode::RC, 0, 0, 0, line);
}

ALWI void relu_tile_int32(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kReluInt32, idst, VectorMode::RC, 0, 0, 0, line);
}

// max(x, param0)
ALWI void relu_min_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kReluMin, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void relu_min_tile_int32(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kReluMinInt32, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void relu_min_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kReluMin, 0, 0, line);
}

// max(min(x, param0), 0)
ALWI void relu_max_tile(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kReluMax, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void relu_max_tile_int32(uint32_t idst, uint32_t param0, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kReluMaxInt32, idst, VectorMode::RC, param0, 0, 0, line);
}

ALWI void relu_max_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kReluMax, 0, 0, line);
}

ALWI void leaky_relu_tile(uint32_t idst, uint32_t slope, uint32_t line = __builtin_LINE()) {
  device::SfpuUnary(emu::SfpuOp::kLeakyRelu, idst, VectorMode::RC, slope, 0, 0, line);
}

ALWI void leaky_relu_tile_init(uint32_t line = __builtin_LINE()) {
  device::InitSfpu(emu::SfpuInit::kLeakyRelu, 0, 0, line);
}

}  // namespace ckernel

// The vector unit's operations that are rare enough to go one element at a time, and the tables of all of them.
#pragma once

#include <cstdint>

#include "internal/sfpu_ops.h"

namespace tltt::emu {

// As SfpuUnaryValues and SfpuBinaryValues (vector_ops.h), for what has no vector form there.
void ScalarUnary(SfpuOp op, float* x, uint32_t count, uint32_t p0, uint32_t p1, uint32_t p2);
void ScalarBinary(SfpuOp op, const float* a, const float* b, float* out, uint32_t count);

}  // namespace tltt::emu

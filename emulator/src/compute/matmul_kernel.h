// The arithmetic of 32x32x32 tile products in fp32.
//
// Every output element accumulates over k = 0..31 in order, one fused multiply-add per step, so the result is the same
// bytes whatever the vector width of the machine. (No bf16 dot instructions: those round differently.)
#pragma once

#include <cstdint>

#include "tile_format.h"

namespace tltt::emu {

struct MatmulBlockArgs {
  const float* const* in0;  // rt tiles of 32x32 fp32 row-major
  const float* const* in1;  // ct tiles, likewise
  float* const* out;        // rt * ct tiles, row-major over the block
  const bool* accumulate;   // per output tile: add to what is there, else start from zero
  uint32_t rt, ct;
  Rounding rounding;  // applied to each output once, after its 32 steps
};

void MatmulBlock(const MatmulBlockArgs& args);

// out[j][i] = in[i][j]; both 32x32 row-major, not overlapping.
void TransposeRows(const float* in, float* out);

}  // namespace tltt::emu

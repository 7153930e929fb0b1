// `faithful` numerics of the matrix unit: fidelity phases.
//
// The multipliers take 5 significant bits of SrcA and 7 of SrcB at a time. Each phase multiplies the high or the low
// part of each operand: phase 0 A high x B high, 1 A low x B high, 2 A high x B low, 3 A low x B low; LoFi runs phase
// 0, HiFi2 the first two, HiFi3 three, HiFi4 all. (ISA documentation: SrcASrcB, MVMUL.) For matmul in1 is in SrcA and
// in0 in SrcB. A 16-bit DST is rounded after each phase of each 16 terms, as each MVMUL writes it.
#pragma once

#include "tile_format.h"

namespace tltt::emu {

// out += in0 * in1 (32x32 row-major). format_a: the L1 format of SrcA's operand, in1.
void FaithfulMatmul(const float* in0, const float* in1, float* out, DataFormat format_a, uint32_t phases,
                    Rounding rounding);
// out = a * b [+ out] elementwise; a is in SrcA.
void FaithfulMultiply(const float* a, const float* b, float* out, DataFormat format_a, uint32_t phases, bool accumulate,
                      Rounding rounding);

}  // namespace tltt::emu

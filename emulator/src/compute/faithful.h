// `faithful` numerics of the matrix unit: its fixed-point datapath, bit for bit.
//
// Fidelity phases. The multipliers take 5 significant bits of SrcA and 7 of SrcB at a time. Each phase multiplies the
// high or the low part of each operand: phase 0 A high x B high, 1 A low x B high, 2 A high x B low, 3 A low x B low;
// LoFi runs phase 0, HiFi2 the first two, HiFi3 three, HiFi4 all. For matmul in1 is in SrcA and in0 in SrcB.
//
// Operands with 8-bit exponents (bf16, tf32, block floats). The products of an instruction are summed in two groups of
// eight: each product is rounded, half up, to the unit of the group's largest exponent. The two sums and DST are then
// aligned to the largest of their exponents, rounded half up (with a 16-bit DST to DST's precision), added, normalised
// and rounded half away from zero. So a product that is small beside its neighbours loses bits even with an fp32 DST.
// Denormals count as zero; overflow gives infinity's pattern.
//
// Float16 operands are multiplied exactly and rounded once per phase: their datapath is not documented.
//
// Sources: ISA documentation (SrcASrcB, MVMUL, ELWMUL, ELWADD) for the phases; the sums agree with genuine LLK kernels
// on the simulator of docs/real_mode.md, whose model follows Tenstorrent's ttsim.
#pragma once

#include "internal/compute_defs.h"
#include "tile_format.h"

namespace tltt::emu {

struct MatrixUnitMode {
  uint32_t phases = 4;
  Rounding dst = Rounding::kBf16;
  bool wormhole = true;  // Wormhole's normalisation of a sum that is exactly -1 unit is off by 27 bits
  bool float16 = false;  // operands in Float16
};

// out += in0 * in1 (32x32 row-major).
void FaithfulMatmul(const float* in0, const float* in1, float* out, const MatrixUnitMode& mode);
// out = a op b [+ out] elementwise; a is in SrcA.
void FaithfulEltwise(ckernel::EltwiseBinaryType op, const float* a, const float* b, float* out, bool accumulate,
                     const MatrixUnitMode& mode);
// dst + the sum over 16 k of a[k * stride_a] * b[k], a being in SrcA: what one instruction of phase `phase` does to one
// element of DST.
float FaithfulDot(const float* a, uint32_t stride_a, const float* b, float dst, uint32_t phase,
                  const MatrixUnitMode& mode);
// The packer's conversion from fp32 to bf16, in place: nearest, ties away from zero.
void RoundHalfAway(float* values, uint32_t count);

}  // namespace tltt::emu

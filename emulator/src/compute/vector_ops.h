// Elementwise arithmetic on DST words, vectorised; one result whatever the machine's vector width.
//
// Values are 32-bit words: floats, or the bit patterns of 32-bit integers for operations on integers.
#pragma once

#include <cstdint>

#include "internal/compute_defs.h"
#include "internal/sfpu_ops.h"
#include "tile_format.h"

namespace tltt::emu {

// out = round(a op b [+ out]) over one tile; ELWADD, ELWSUB or ELWMUL.
void EltwiseBinary(ckernel::EltwiseBinaryType op, const float* a, const float* b, float* out, bool accumulate,
                   Rounding rounding);

// In place; p0..p2 are the parameter bits that the kernel call takes. count is a multiple of 16.
void SfpuUnaryValues(SfpuOp op, float* x, uint32_t count, uint32_t p0, uint32_t p1, uint32_t p2);
// out may be a or b.
void SfpuBinaryValues(SfpuOp op, const float* a, const float* b, float* out, uint32_t count);
void SfpuTernaryValues(SfpuOp op, const float* a, const float* b, const float* c, float* out, uint32_t count,
                       uint32_t p0);

const char* SfpuOpName(SfpuOp op);  // "exp_tile"
SfpuInit SfpuInitOf(SfpuOp op);
const char* SfpuInitCall(SfpuInit init);  // "exp_tile_init()"
bool SfpuInitPrograms(SfpuInit init);     // it replaces what the last programming init set up
// The results are integers, which a 16-bit DST does not round.
bool SfpuGivesIntegers(SfpuOp op, uint32_t p1);

}  // namespace tltt::emu

#include "faithful.h"

#include <bit>
#include <cmath>

namespace tltt::emu {
namespace {

// The top `bits` significant bits of x, its leading one included.
float High(float x, int bits) { return std::bit_cast<float>(std::bit_cast<uint32_t>(x) & ~((1u << (24 - bits)) - 1u)); }

// What each phase multiplies of a source register's value.
struct Parts {
  float high, low;
};

// SrcA: leading one and 4 bits, then 5 bits more (of tf32 and fp16 the last of 10 fraction bits is dropped).
Parts SplitA(float x, DataFormat format) {
  const bool ten_bits = format == DataFormat::kFloat32 || format == DataFormat::kFloat16;
  const float high = High(x, 5);
  return {high, (ten_bits ? High(x, 10) : x) - high};
}

// SrcB: leading one and 6 bits, then the rest.
Parts SplitB(float x) {
  const float high = High(x, 7);
  return {high, x - high};
}

// Denormals count as zero in the matrix unit.
float Flush(float x) { return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0f, x) : x; }

float RoundOne(Rounding rounding, float x) {
  return rounding == Rounding::kBf16 ? RoundToBf16(x) : rounding == Rounding::kFp16 ? RoundToFp16(x) : x;
}

float PhaseA(const Parts& a, uint32_t phase) { return phase % 2 == 0 ? a.high : a.low; }
float PhaseB(const Parts& b, uint32_t phase) { return phase < 2 ? b.high : b.low; }

}  // namespace

void FaithfulMatmul(const float* in0, const float* in1, float* out, DataFormat format_a, uint32_t phases,
                    Rounding rounding) {
  Parts a[kTileElements], b[kTileElements];
  for (uint32_t i = 0; i < kTileElements; ++i) {
    a[i] = SplitA(Flush(in1[i]), format_a);
    b[i] = SplitB(Flush(in0[i]));
  }
  for (uint32_t row = 0; row < kTileRows; ++row) {
    for (uint32_t col = 0; col < kTileCols; ++col) {
      float sum = out[row * kTileCols + col];
      for (uint32_t half = 0; half < kTileCols; half += 16) {
        for (uint32_t phase = 0; phase < phases; ++phase) {
          double products = 0;  // wide enough that the order of the 16 terms hardly matters
          for (uint32_t k = half; k < half + 16; ++k) {
            products +=
                static_cast<double>(PhaseA(a[k * kTileCols + col], phase)) * PhaseB(b[row * kTileCols + k], phase);
          }
          sum = RoundOne(rounding, static_cast<float>(sum + products));
        }
      }
      out[row * kTileCols + col] = sum;
    }
  }
}

void FaithfulMultiply(const float* a, const float* b, float* out, DataFormat format_a, uint32_t phases, bool accumulate,
                      Rounding rounding) {
  for (uint32_t i = 0; i < kTileElements; ++i) {
    const Parts pa = SplitA(Flush(a[i]), format_a), pb = SplitB(Flush(b[i]));
    float sum = accumulate ? out[i] : 0.0f;
    for (uint32_t phase = 0; phase < phases; ++phase) {
      sum = RoundOne(rounding, static_cast<float>(sum + static_cast<double>(PhaseA(pa, phase)) * PhaseB(pb, phase)));
    }
    out[i] = sum;
  }
}

}  // namespace tltt::emu

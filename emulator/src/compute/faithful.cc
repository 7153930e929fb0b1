#include "faithful.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tltt::emu {
namespace {

constexpr uint32_t kLanes = 16;  // products of one instruction for one element of DST

// --- operands with 8-bit exponents: fixed point ---

// What a phase multiplies of a source register's value: an integer, and the exponent of its unit.
struct Operand {
  uint32_t sign = 0;
  int32_t exponent = 0;  // biased; 0: the value is zero
  uint32_t high = 0, low = 0;
};

struct Fields {
  uint32_t sign;
  int32_t exponent;
  uint32_t significand;  // leading one and 10 bits
};

Fields Decode(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  return {bits >> 31, static_cast<int32_t>(bits >> 23 & 0xff), (bits >> 13 & 0x3ff) | 0x400};
}

// SrcA: leading one and 4 bits, then 5 bits more; of 10 fraction bits the last is never multiplied.
Operand SourceA(float x) {
  const Fields f = Decode(x);
  return {f.sign, f.exponent, f.significand >> 6, f.significand >> 1 & 0x1f};
}

// SrcB: leading one and 6 bits, then the last 4, at the top of a 7-bit field.
Operand SourceB(float x) {
  const Fields f = Decode(x);
  return {f.sign, f.exponent, f.significand >> 4, (f.significand & 0xf) << 3};
}

// A term of a sum: (-1)^sign * magnitude, in units that are 2^-23 of the exponent's power of two.
struct Term {
  uint32_t sign = 0;
  int32_t exponent = 0;
  int64_t magnitude = 0;
};

constexpr int kUnitBits = 13;  // a product's unit over a term's

int32_t PhaseExponent(uint32_t phase) { return -127 - ((phase & 1) ? 5 : 0) - ((phase & 2) ? 7 : 0); }

Term Product(const Operand& a, const Operand& b, uint32_t phase) {
  if (a.exponent == 0 || b.exponent == 0) return {};
  const uint32_t product = ((phase & 1) ? a.low : a.high) * ((phase & 2) ? b.low : b.high);
  return {a.sign ^ b.sign, a.exponent + b.exponent + PhaseExponent(phase), product};
}

int64_t RoundedShift(int64_t magnitude, int32_t shift, int64_t less = 0) {
  if (shift <= 0) return magnitude;
  if (shift > 30) return 0;
  return (magnitude + (int64_t{1} << (shift - 1)) - less) >> shift;
}

// The sum of eight products, in the unit of the largest one.
Term GroupSum(const Term* products) {
  int32_t exponent = 0;
  for (uint32_t k = 0; k < kLanes / 2; ++k) exponent = std::max(exponent, products[k].exponent);
  if (exponent <= 0) return {};
  int64_t sum = 0;
  for (uint32_t k = 0; k < kLanes / 2; ++k) {
    const int64_t magnitude = RoundedShift(products[k].magnitude, exponent - products[k].exponent);
    sum += products[k].sign ? -magnitude : magnitude;
  }
  return {sum < 0 ? 1u : 0u, exponent, std::abs(sum) << kUnitBits};
}

// dst + first + second, as the unit writes it.
float Accumulate(const Term& first, const Term& second, float dst, const MatrixUnitMode& mode) {
  const bool wide = mode.dst == Rounding::kFp32;
  const uint32_t bits = std::bit_cast<uint32_t>(dst);
  const int32_t dst_exponent = static_cast<int32_t>(bits >> 23 & 0xff);
  const uint32_t dst_sign = bits >> 31;
  const int64_t significand = dst_exponent ? (bits & 0x7fffff) | 0x800000 : 0;
  int32_t exponent = std::max({first.exponent, second.exponent, dst_exponent});
  if (exponent <= 0) return 0.0f;

  // A 16-bit DST: every term to DST's precision before the sum.
  const auto narrow = [wide](int64_t magnitude, int64_t less) {
    return wide ? magnitude : (magnitude + (1 << (kUnitBits - 1)) - less) & ~int64_t{(1 << kUnitBits) - 1};
  };
  int64_t sum = narrow(RoundedShift(significand, exponent - dst_exponent), 0);
  for (const Term* term : {&first, &second}) {
    const int64_t magnitude = narrow(RoundedShift(term->magnitude, exponent - term->exponent, term->sign), term->sign);
    sum += term->sign == dst_sign ? magnitude : -magnitude;
  }
  const uint32_t sign = sum < 0 ? dst_sign ^ 1 : dst_sign;
  auto magnitude = static_cast<uint64_t>(std::abs(sum));
  if (magnitude == 0) return 0.0f;

  int32_t left = 24 - static_cast<int32_t>(std::bit_width(magnitude));
  if (mode.wormhole && sign != 0 && magnitude == 1) left -= 27;
  exponent -= left;
  const int32_t kept = wide ? left : left - 16;  // bits of DST below the leading one: 23, or 7
  magnitude =
      kept >= 0 ? magnitude << kept : static_cast<uint64_t>(RoundedShift(static_cast<int64_t>(magnitude), -kept));
  if (!wide) magnitude <<= 16;
  if (magnitude & 0x1000000) ++exponent;
  if (exponent <= 0) return 0.0f;
  const uint32_t fraction = exponent >= 255 ? 0 : static_cast<uint32_t>(magnitude) & 0x7fffff;
  return std::bit_cast<float>(sign << 31 | static_cast<uint32_t>(std::min(exponent, 255)) << 23 | fraction);
}

// a + b of 11-bit significands, the smaller one rounded to the larger one's unit.
Term Sum(float x, float y) {
  Fields a = Decode(x), b = Decode(y);
  if (a.exponent == 0) a = {0, 0, 0};
  if (b.exponent == 0) b = {0, 0, 0};
  if (a.exponent < b.exponent || (a.exponent == b.exponent && a.significand < b.significand)) std::swap(a, b);
  const int64_t smaller = RoundedShift(b.significand, a.exponent - b.exponent);
  const int64_t sum = a.sign == b.sign ? a.significand + smaller : a.significand - smaller;
  return {a.sign, a.exponent, sum << kUnitBits};
}

float Dot(const Operand* a, uint32_t stride_a, const Operand* b, float dst, uint32_t phase,
          const MatrixUnitMode& mode) {
  Term products[kLanes];
  for (uint32_t k = 0; k < kLanes; ++k) products[k] = Product(a[k * stride_a], b[k], phase);
  return Accumulate(GroupSum(products), GroupSum(products + kLanes / 2), dst, mode);
}

// --- Float16: real numbers, rounded once per phase ---

// The top `bits` significant bits of x, its leading one included.
float High(float x, int bits) { return std::bit_cast<float>(std::bit_cast<uint32_t>(x) & ~((1u << (24 - bits)) - 1u)); }

// Denormals count as zero in the matrix unit.
float Flush(float x) { return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0f, x) : x; }

float PhaseA(float x, uint32_t phase) { return phase % 2 == 0 ? High(x, 5) : High(x, 10) - High(x, 5); }
float PhaseB(float x, uint32_t phase) { return phase < 2 ? High(x, 7) : x - High(x, 7); }

float RoundOne(Rounding rounding, double x) {
  const float value = static_cast<float>(x);
  return rounding == Rounding::kBf16 ? RoundToBf16(value) : rounding == Rounding::kFp16 ? RoundToFp16(value) : value;
}

float DotFloat16(const float* a, uint32_t stride_a, const float* b, float dst, uint32_t phase, Rounding rounding) {
  double sum = dst;  // wide enough that the order of the terms hardly matters
  for (uint32_t k = 0; k < kLanes; ++k) {
    sum += static_cast<double>(PhaseA(Flush(a[k * stride_a]), phase)) * PhaseB(Flush(b[k]), phase);
  }
  return RoundOne(rounding, sum);
}

// body(element of `a` at k = 0, element of `b` at k = 0, element of out), in the order in which LLK's matmul visits
// them: all of a phase before the next one, and the first 16 of k before the last.
template <class Body>
void ForEachDot(uint32_t phases, Body body) {
  for (uint32_t phase = 0; phase < phases; ++phase) {
    for (uint32_t half = 0; half < kTileCols; half += kLanes) {
      for (uint32_t row = 0; row < kTileRows; ++row) {
        for (uint32_t col = 0; col < kTileCols; ++col) {
          body(half * kTileCols + col, row * kTileCols + half, row * kTileCols + col, phase);
        }
      }
    }
  }
}

}  // namespace

void FaithfulMatmul(const float* in0, const float* in1, float* out, const MatrixUnitMode& mode) {
  if (mode.float16) {
    return ForEachDot(mode.phases, [&](uint32_t a, uint32_t b, uint32_t at, uint32_t phase) {
      out[at] = DotFloat16(in1 + a, kTileCols, in0 + b, out[at], phase, mode.dst);
    });
  }
  Operand a[kTileElements], b[kTileElements];
  std::transform(in1, in1 + kTileElements, a, SourceA);
  std::transform(in0, in0 + kTileElements, b, SourceB);
  ForEachDot(mode.phases, [&](uint32_t at_a, uint32_t at_b, uint32_t at, uint32_t phase) {
    out[at] = Dot(a + at_a, kTileCols, b + at_b, out[at], phase, mode);
  });
}

void FaithfulEltwise(ckernel::EltwiseBinaryType op, const float* a, const float* b, float* out, bool accumulate,
                     const MatrixUnitMode& mode) {
  using ckernel::EltwiseBinaryType;
  for (uint32_t i = 0; i < kTileElements; ++i) {
    float value = accumulate ? out[i] : 0.0f;
    if (op != EltwiseBinaryType::ELWMUL) {
      const float addend = op == EltwiseBinaryType::ELWSUB ? -b[i] : b[i];
      value = mode.float16 ? RoundOne(mode.dst, static_cast<double>(value) + Flush(a[i]) + Flush(addend))
                           : Accumulate(Sum(a[i], addend), {}, value, mode);
    } else {
      for (uint32_t phase = 0; phase < mode.phases; ++phase) {
        if (mode.float16) {
          const double product = static_cast<double>(PhaseA(Flush(a[i]), phase)) * PhaseB(Flush(b[i]), phase);
          value = RoundOne(mode.dst, value + product);
          continue;
        }
        Term product = Product(SourceA(a[i]), SourceB(b[i]), phase);
        if (product.exponent <= 0) product = {};
        if (product.magnitude == 0) product.sign = 0;
        product.magnitude <<= kUnitBits;
        value = Accumulate(product, {}, value, mode);
      }
    }
    out[i] = value;
  }
}

float FaithfulDot(const float* a, uint32_t stride_a, const float* b, float dst, uint32_t phase,
                  const MatrixUnitMode& mode) {
  if (mode.float16) return DotFloat16(a, stride_a, b, dst, phase, mode.dst);
  Operand lanes[kLanes], others[kLanes];
  for (uint32_t k = 0; k < kLanes; ++k) {
    lanes[k] = SourceA(a[k * stride_a]);
    others[k] = SourceB(b[k]);
  }
  return Dot(lanes, 1, others, dst, phase, mode);
}

void RoundHalfAway(float* values, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t bits = std::bit_cast<uint32_t>(values[i]);
    const bool finite = (bits & 0x7f800000u) != 0x7f800000u;
    values[i] = std::bit_cast<float>((finite ? bits + 0x8000u : bits) & 0xffff0000u);
  }
}

}  // namespace tltt::emu

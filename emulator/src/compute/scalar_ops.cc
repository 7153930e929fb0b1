#include "scalar_ops.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "vector_ops.h"

namespace tltt::emu {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

int32_t Int(float word) { return std::bit_cast<int32_t>(word); }
uint32_t Bits(float word) { return std::bit_cast<uint32_t>(word); }
float Word(int64_t value) { return std::bit_cast<float>(static_cast<uint32_t>(value)); }  // the low 32 bits

// Functions of a real number go through double precision and are rounded once.
template <class F>
float Wide(float x, F f) {
  return static_cast<float>(f(static_cast<double>(x)));
}

int64_t Saturate(double value, int64_t low, int64_t high) {
  if (std::isnan(value)) return 0;
  return static_cast<int64_t>(std::clamp(value, static_cast<double>(low), static_cast<double>(high)));
}

constexpr int64_t kInt32Max = std::numeric_limits<int32_t>::max(), kInt32Min = std::numeric_limits<int32_t>::min();

// The value of a word in `format`, exactly: every integer and float of 32 bits is a double.
double ValueOf(float word, DataFormat format) {
  switch (format) {
    case DataFormat::kInt32:
    case DataFormat::kInt8:
      return Int(word);
    case DataFormat::kUInt32:
    case DataFormat::kUInt16:
    case DataFormat::kUInt8:
      return Bits(word);
    default:
      return word;
  }
}

// Floats become integers by truncation, except UInt16, which rounds to nearest even; out of range values saturate
// (UInt8 wraps).
float Typecast(float word, DataFormat from, DataFormat to) {
  const double value = ValueOf(word, from);
  switch (to) {
    case DataFormat::kInt32:
      return Word(Saturate(std::trunc(value), kInt32Min, kInt32Max));
    case DataFormat::kUInt32:
      if (from == DataFormat::kInt32) return word;
      return Word(Saturate(std::trunc(value), 0, std::numeric_limits<uint32_t>::max()));
    case DataFormat::kUInt16:
      return Word(Saturate(std::nearbyint(value), 0, 65535));
    case DataFormat::kUInt8:
      return Word(Saturate(std::trunc(value), kInt32Min, std::numeric_limits<uint32_t>::max()) & 255);
    case DataFormat::kInt8:
      return Word(Saturate(std::trunc(value), -128, 127));
    case DataFormat::kFloat32:
      return static_cast<float>(value);
    case DataFormat::kFloat16:
      return RoundToFp16(static_cast<float>(value));
    default:
      return RoundToBf16(static_cast<float>(value));
  }
}

float Elu(float x, float alpha) { return x >= 0 ? x : static_cast<float>(alpha * std::expm1(static_cast<double>(x))); }

double Softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

// round half to even at `decimals` decimal places
float RoundDecimals(float x, int32_t decimals) {
  if (!std::isfinite(x)) return x;
  const double scale = std::pow(10.0, decimals);
  return static_cast<float>(std::nearbyint(x * scale) / scale);
}

// Sign of the divisor, as torch.remainder.
float Remainder(float x, float divisor) {
  const float r = std::fmod(x, divisor);
  return r != 0 && (r < 0) != (divisor < 0) ? r + divisor : r;
}

float UnaryValue(SfpuOp op, float x, uint32_t p0, uint32_t p1, uint32_t p2) {
  const float f0 = std::bit_cast<float>(p0), f1 = std::bit_cast<float>(p1), f2 = std::bit_cast<float>(p2);
  const int32_t i = Int(x), i0 = static_cast<int32_t>(p0), i1 = static_cast<int32_t>(p1);
  const auto truth = [](bool b) { return b ? 1.0f : 0.0f; };
  const auto int_truth = [](bool b) { return Word(b ? 1 : 0); };
  switch (op) {
    case SfpuOp::kReluInt32:
      return Word(std::max(i, 0));
    case SfpuOp::kReluMinInt32:
    case SfpuOp::kUnaryMaxInt:
      return Word(std::max(i, i0));
    case SfpuOp::kUnaryMinInt:
      return Word(std::min(i, i0));
    case SfpuOp::kReluMaxInt32:
      return Word(std::max(std::min(i, i0), 0));
    case SfpuOp::kClampInt32:
      return Word(std::max(std::min(i, i1), i0));
    case SfpuOp::kElu:
      return Elu(x, f0);
    case SfpuOp::kCelu:
      return x >= 0 ? x : static_cast<float>(f0 * std::expm1(static_cast<double>(f1) * x));
    case SfpuOp::kSelu:
      return f0 * Elu(x, f1);
    case SfpuOp::kThreshold:
      return x <= f0 ? f1 : x;
    case SfpuOp::kHardsigmoid:
      return std::isnan(x) ? x : Wide(x, [](double v) { return std::clamp(v / 6 + 0.5, 0.0, 1.0); });
    case SfpuOp::kHardshrink:
      return std::fabs(x) <= f0 ? 0.0f : x;
    case SfpuOp::kSoftshrink:
      return std::isnan(x) ? x : x - std::clamp(x, -f0, f0);
    case SfpuOp::kSoftsign:
      return std::isinf(x) ? std::copysign(1.0f, x) : x / (1 + std::fabs(x));
    case SfpuOp::kSoftplus:
      return x * f0 > f2 ? x : static_cast<float>(Softplus(static_cast<double>(x) * f0) * f1);
    case SfpuOp::kMish:
      return x == -kInf ? 0.0f : Wide(x, [](double v) { return v * std::tanh(Softplus(v)); });
    case SfpuOp::kHardmish:
      return std::isnan(x) ? x : x == -kInf ? 0.0f : x * std::clamp(x * 0.5f + 1, 0.0f, 1.0f);
    case SfpuOp::kSoftcap:
      return static_cast<float>(f0 * std::tanh(static_cast<double>(x) * f1));
    case SfpuOp::kTanhshrink:
      return Wide(x, [](double v) { return v - std::tanh(v); });
    case SfpuOp::kExpm1:
      return Wide(x, [](double v) { return std::expm1(v); });
    case SfpuOp::kLog1p:
      return Wide(x, [](double v) { return std::log1p(v); });
    case SfpuOp::kCbrt:
      return Wide(x, [](double v) { return std::cbrt(v); });
    case SfpuOp::kPower:
    case SfpuOp::kRpow: {
      const double base = op == SfpuOp::kPower ? x : f0, exponent = op == SfpuOp::kPower ? f0 : x;
      return static_cast<float>(std::pow(base, exponent));
    }
    case SfpuOp::kPowerIterative:
      return static_cast<float>(std::pow(static_cast<double>(x), static_cast<double>(p0)));
    case SfpuOp::kRsubInt32:
      return Word(int64_t{i0} - i);
    case SfpuOp::kAbsInt32:
      return Word(i < 0 ? -int64_t{i} : i);
    case SfpuOp::kNegativeInt32:
      return Word(-int64_t{i});
    case SfpuOp::kSign:
      return std::isnan(x) ? x : x > 0 ? 1.0f : x < 0 ? -1.0f : 0.0f;
    case SfpuOp::kSignbit:
      return truth(std::signbit(x));
    case SfpuOp::kHeaviside:
      return x == 0 ? f0 : x > 0 ? 1.0f : x < 0 ? 0.0f : x;
    case SfpuOp::kIdentity:
      return x;
    case SfpuOp::kTanhDerivative:
      return Wide(x, [](double v) {
        const double t = std::tanh(v);
        return 1 - t * t;
      });
    case SfpuOp::kGelu:
      if (x == -kInf) return 0.0f;
      return Wide(x, [](double v) { return 0.5 * v * std::erfc(-v * 0.70710678118654752440); });
    case SfpuOp::kErf:
      return Wide(x, [](double v) { return std::erf(v); });
    case SfpuOp::kErfc:
      return Wide(x, [](double v) { return std::erfc(v); });
    case SfpuOp::kSin:
      return Wide(x, [](double v) { return std::sin(v); });
    case SfpuOp::kCos:
      return Wide(x, [](double v) { return std::cos(v); });
    case SfpuOp::kTan:
      return Wide(x, [](double v) { return std::tan(v); });
    case SfpuOp::kAsin:
      return Wide(x, [](double v) { return std::asin(v); });
    case SfpuOp::kAcos:
      return Wide(x, [](double v) { return std::acos(v); });
    case SfpuOp::kAtan:
      return Wide(x, [](double v) { return std::atan(v); });
    case SfpuOp::kSinh:
      return Wide(x, [](double v) { return std::sinh(v); });
    case SfpuOp::kCosh:
      return Wide(x, [](double v) { return std::cosh(v); });
    case SfpuOp::kAsinh:
      return Wide(x, [](double v) { return std::asinh(v); });
    case SfpuOp::kAcosh:
      return Wide(x, [](double v) { return std::acosh(v); });
    case SfpuOp::kAtanh:
      return Wide(x, [](double v) { return std::atanh(v); });
    case SfpuOp::kRound:
      return RoundDecimals(x, i0);
    case SfpuOp::kFrac:
      return std::isfinite(x) ? x - std::trunc(x) : std::numeric_limits<float>::quiet_NaN();
    case SfpuOp::kFillBits:
      return std::bit_cast<float>(p0);
    case SfpuOp::kTypecast:
      return Typecast(x, static_cast<DataFormat>(p0), static_cast<DataFormat>(p1));
    case SfpuOp::kGtz:
      return truth(x > 0);
    case SfpuOp::kNez:
      return truth(x != 0);
    case SfpuOp::kGez:
      return truth(x >= 0);
    case SfpuOp::kLtz:
      return truth(x < 0);
    case SfpuOp::kEqz:
      return truth(x == 0);
    case SfpuOp::kLez:
      return truth(x <= 0);
    case SfpuOp::kGtzInt:
      return int_truth(i > 0);
    case SfpuOp::kNezInt:
      return int_truth(i != 0);
    case SfpuOp::kGezInt:
      return int_truth(i >= 0);
    case SfpuOp::kLtzInt:
      return int_truth(i < 0);
    case SfpuOp::kEqzInt:
    case SfpuOp::kLogicalNotInt:
      return int_truth(i == 0);
    case SfpuOp::kLezInt:
      return int_truth(i <= 0);
    case SfpuOp::kUnaryEqInt:
      return int_truth(i == i0);
    case SfpuOp::kUnaryNeInt:
      return int_truth(i != i0);
    case SfpuOp::kUnaryLtInt:
      return int_truth(i < i0);
    case SfpuOp::kUnaryGtInt:
      return int_truth(i > i0);
    case SfpuOp::kUnaryLeInt:
      return int_truth(i <= i0);
    case SfpuOp::kUnaryGeInt:
      return int_truth(i >= i0);
    case SfpuOp::kLogicalNot:
      return truth(x == 0);
    case SfpuOp::kIsinf:
      return truth(std::isinf(x));
    case SfpuOp::kIsposinf:
      return truth(x == kInf);
    case SfpuOp::kIsneginf:
      return truth(x == -kInf);
    case SfpuOp::kIsnan:
      return truth(std::isnan(x));
    case SfpuOp::kIsfinite:
      return truth(std::isfinite(x));
    case SfpuOp::kAddUnaryInt:
      return Word(int64_t{i} + i0);
    case SfpuOp::kSubUnaryInt:
      return Word(int64_t{i} - i0);
    case SfpuOp::kRemainder:
      return Remainder(x, f0);
    case SfpuOp::kFmod:
      return std::fmod(x, f0);
    case SfpuOp::kBitwiseAnd:
      return Word(Bits(x) & p0);
    case SfpuOp::kBitwiseOr:
      return Word(Bits(x) | p0);
    case SfpuOp::kBitwiseXor:
      return Word(Bits(x) ^ p0);
    case SfpuOp::kBitwiseNot:
      return Word(~Bits(x));
    case SfpuOp::kLeftShift:
      return p0 < 32 ? Word(int64_t{Bits(x)} << p0) : Word(0);
    // p1: logical, for unsigned formats.
    case SfpuOp::kRightShift:
      return p1 ? Word(p0 < 32 ? Bits(x) >> p0 : 0) : Word(i >> std::min(p0, 31u));
    default:
      throw std::logic_error(std::string("no unary form of ") + SfpuOpName(op));
  }
}

float BinaryValue(SfpuOp op, float a, float b) {
  const int64_t i = Int(a), j = Int(b);
  const uint32_t u = Bits(a), v = Bits(b);
  const auto truth = [](bool t) { return t ? 1.0f : 0.0f; };
  const auto int_truth = [](bool t) { return Word(t ? 1 : 0); };
  switch (op) {
    case SfpuOp::kPow:
      return static_cast<float>(std::pow(static_cast<double>(a), static_cast<double>(b)));
    case SfpuOp::kFmodB:
      return std::fmod(a, b);
    case SfpuOp::kAtan2:
      return static_cast<float>(std::atan2(static_cast<double>(a), static_cast<double>(b)));
    case SfpuOp::kEq:
      return truth(a == b);
    case SfpuOp::kNe:
      return truth(a != b);
    case SfpuOp::kLt:
      return truth(a < b);
    case SfpuOp::kGt:
      return truth(a > b);
    case SfpuOp::kLe:
      return truth(a <= b);
    case SfpuOp::kGe:
      return truth(a >= b);
    case SfpuOp::kMaxInt:
      return Word(std::max(i, j));
    case SfpuOp::kMinInt:
      return Word(std::min(i, j));
    case SfpuOp::kMaxUInt:
      return Word(std::max(u, v));
    case SfpuOp::kMinUInt:
      return Word(std::min(u, v));
    case SfpuOp::kAddInt:
      return Word(i + j);
    case SfpuOp::kSubInt:
      return Word(i - j);
    case SfpuOp::kRsubIntB:
      return Word(j - i);
    case SfpuOp::kMulInt:
      return Word(i * j);
    // The result is a float quotient: div_int32_tile is true division.
    case SfpuOp::kDivInt:
      return static_cast<float>(static_cast<double>(i) / static_cast<double>(j));
    case SfpuOp::kEqInt:
      return int_truth(i == j);
    case SfpuOp::kNeInt:
      return int_truth(i != j);
    case SfpuOp::kLtInt:
      return int_truth(i < j);
    case SfpuOp::kGtInt:
      return int_truth(i > j);
    case SfpuOp::kLeInt:
      return int_truth(i <= j);
    case SfpuOp::kGeInt:
      return int_truth(i >= j);
    case SfpuOp::kLtUInt:
      return int_truth(u < v);
    case SfpuOp::kGtUInt:
      return int_truth(u > v);
    case SfpuOp::kLeUInt:
      return int_truth(u <= v);
    case SfpuOp::kGeUInt:
      return int_truth(u >= v);
    case SfpuOp::kAndB:
      return Word(u & v);
    case SfpuOp::kOrB:
      return Word(u | v);
    case SfpuOp::kXorB:
      return Word(u ^ v);
    case SfpuOp::kShl:
      return v < 32 ? Word(int64_t{u} << v) : Word(0);
    case SfpuOp::kShr:
      return v < 32 ? Word(i >> v) : Word(0);
    case SfpuOp::kShrLogical:
      return v < 32 ? Word(u >> v) : Word(0);
    // The kernel supplies exp(-x) in the second operand; the value does not depend on its precision here.
    case SfpuOp::kLogsigmoid:
      return Wide(a, [](double x) { return -Softplus(-x); });
    case SfpuOp::kCopyB:
      return a;
    case SfpuOp::kMask:
      return b == 0 ? 0.0f : a;
    case SfpuOp::kMaskPosinf:
      return b == 0 ? kInf : a;
    default:
      throw std::logic_error(std::string("no binary form of ") + SfpuOpName(op));
  }
}

struct OpRow {
  const char* name;
  SfpuInit init;
  uint32_t cycles, approximate_cycles;
};

constexpr OpRow kOps[] = {
#define TLTT_X(id, name, init, cycles, approximate_cycles) {name, SfpuInit::init, cycles, approximate_cycles},
    TLTT_SFPU_UNARY_OPS(TLTT_X) TLTT_SFPU_BINARY_OPS(TLTT_X) TLTT_SFPU_TERNARY_OPS(TLTT_X)
#undef TLTT_X
};
static_assert(std::size(kOps) == static_cast<size_t>(SfpuOp::kCount));

struct InitRow {
  const char* call;
  bool programs;
};

constexpr InitRow kInits[] = {
#define TLTT_X(id, call, programs) {call, programs != 0},
    TLTT_SFPU_INITS(TLTT_X)
#undef TLTT_X
};

}  // namespace

void ScalarUnary(SfpuOp op, float* x, uint32_t count, uint32_t p0, uint32_t p1, uint32_t p2) {
  for (uint32_t i = 0; i < count; ++i) x[i] = UnaryValue(op, x[i], p0, p1, p2);
}

void ScalarBinary(SfpuOp op, const float* a, const float* b, float* out, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) out[i] = BinaryValue(op, a[i], b[i]);
}

const char* SfpuOpName(SfpuOp op) { return kOps[static_cast<size_t>(op)].name; }
SfpuInit SfpuInitOf(SfpuOp op) { return kOps[static_cast<size_t>(op)].init; }
const char* SfpuInitCall(SfpuInit init) { return kInits[static_cast<size_t>(init)].call; }
bool SfpuInitPrograms(SfpuInit init) { return kInits[static_cast<size_t>(init)].programs; }

uint32_t SfpuTileCycles(SfpuOp op, bool approximate) {
  const OpRow& row = kOps[static_cast<size_t>(op)];
  return approximate ? row.approximate_cycles : row.cycles;
}

bool SfpuGivesIntegers(SfpuOp op, uint32_t p1) {
  switch (op) {
    case SfpuOp::kTypecast:
      return IsIntegerFormat(static_cast<DataFormat>(p1));
    case SfpuOp::kFillBits:
      return p1 != 0;
    case SfpuOp::kReluInt32:
    case SfpuOp::kReluMinInt32:
    case SfpuOp::kReluMaxInt32:
    case SfpuOp::kUnaryMaxInt:
    case SfpuOp::kUnaryMinInt:
    case SfpuOp::kClampInt32:
    case SfpuOp::kRsubInt32:
    case SfpuOp::kAbsInt32:
    case SfpuOp::kNegativeInt32:
    case SfpuOp::kGtzInt:
    case SfpuOp::kNezInt:
    case SfpuOp::kGezInt:
    case SfpuOp::kLtzInt:
    case SfpuOp::kEqzInt:
    case SfpuOp::kLezInt:
    case SfpuOp::kLogicalNotInt:
    case SfpuOp::kUnaryEqInt:
    case SfpuOp::kUnaryNeInt:
    case SfpuOp::kUnaryLtInt:
    case SfpuOp::kUnaryGtInt:
    case SfpuOp::kUnaryLeInt:
    case SfpuOp::kUnaryGeInt:
    case SfpuOp::kAddUnaryInt:
    case SfpuOp::kSubUnaryInt:
    case SfpuOp::kBitwiseAnd:
    case SfpuOp::kBitwiseOr:
    case SfpuOp::kBitwiseXor:
    case SfpuOp::kBitwiseNot:
    case SfpuOp::kLeftShift:
    case SfpuOp::kRightShift:
    case SfpuOp::kMaxInt:
    case SfpuOp::kMinInt:
    case SfpuOp::kMaxUInt:
    case SfpuOp::kMinUInt:
    case SfpuOp::kAddInt:
    case SfpuOp::kSubInt:
    case SfpuOp::kRsubIntB:
    case SfpuOp::kMulInt:
    case SfpuOp::kEqInt:
    case SfpuOp::kNeInt:
    case SfpuOp::kLtInt:
    case SfpuOp::kGtInt:
    case SfpuOp::kLeInt:
    case SfpuOp::kGeInt:
    case SfpuOp::kLtUInt:
    case SfpuOp::kGtUInt:
    case SfpuOp::kLeUInt:
    case SfpuOp::kGeUInt:
    case SfpuOp::kAndB:
    case SfpuOp::kOrB:
    case SfpuOp::kXorB:
    case SfpuOp::kShl:
    case SfpuOp::kShr:
    case SfpuOp::kShrLogical:
    // These move words as they are: values already fit the register.
    case SfpuOp::kIdentity:
    case SfpuOp::kCopyB:
    case SfpuOp::kWhere:
    case SfpuOp::kMask:
    case SfpuOp::kMaskPosinf:
      return true;
    default:
      return false;
  }
}

}  // namespace tltt::emu

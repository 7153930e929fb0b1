#include "vector_ops.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "vector_ops.cc"
#include <hwy/foreach_target.h>
#include "simd.h"
#include <hwy/contrib/math/math-inl.h>

#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "scalar_ops.h"

HWY_BEFORE_NAMESPACE();
namespace tltt::emu::HWY_NAMESPACE {

using FloatTag = hn::CappedTag<float, 16>;
using FloatVec = hn::Vec<FloatTag>;

template <ckernel::EltwiseBinaryType kOp, Rounding kRounding>
HWY_INLINE void BinaryLoop(const float* a, const float* b, float* out, bool accumulate) {
  using ckernel::EltwiseBinaryType;
  const FloatTag d;
  for (uint32_t i = 0; i < kTileElements; i += hn::Lanes(d)) {
    const FloatVec x = hn::LoadU(d, a + i), y = hn::LoadU(d, b + i);
    FloatVec r;
    if constexpr (kOp == EltwiseBinaryType::ELWMUL) {
      r = accumulate ? Fma(d, x, y, hn::LoadU(d, out + i)) : hn::Mul(x, y);
    } else {
      r = kOp == EltwiseBinaryType::ELWADD ? hn::Add(x, y) : hn::Sub(x, y);
      if (accumulate) r = hn::Add(r, hn::LoadU(d, out + i));
    }
    hn::StoreU(Round<kRounding>(d, r), d, out + i);
  }
}

template <ckernel::EltwiseBinaryType kOp>
HWY_INLINE void BinaryRounding(const float* a, const float* b, float* out, bool accumulate, Rounding rounding) {
  switch (rounding) {
    case Rounding::kFp32:
      return BinaryLoop<kOp, Rounding::kFp32>(a, b, out, accumulate);
    case Rounding::kBf16:
      return BinaryLoop<kOp, Rounding::kBf16>(a, b, out, accumulate);
    case Rounding::kFp16:
      return BinaryLoop<kOp, Rounding::kFp16>(a, b, out, accumulate);
  }
}

void BinaryTile(ckernel::EltwiseBinaryType op, const float* a, const float* b, float* out, bool accumulate,
                Rounding rounding) {
  using ckernel::EltwiseBinaryType;
  if (op == EltwiseBinaryType::ELWADD)
    BinaryRounding<EltwiseBinaryType::ELWADD>(a, b, out, accumulate, rounding);
  else if (op == EltwiseBinaryType::ELWSUB)
    BinaryRounding<EltwiseBinaryType::ELWSUB>(a, b, out, accumulate, rounding);
  else
    BinaryRounding<EltwiseBinaryType::ELWMUL>(a, b, out, accumulate, rounding);
}

template <class F>
HWY_INLINE void Map(float* x, uint32_t count, F f) {
  const FloatTag d;
  for (uint32_t i = 0; i < count; i += hn::Lanes(d)) hn::StoreU(f(d, hn::LoadU(d, x + i)), d, x + i);
}

template <class F>
HWY_INLINE void Map2(const float* a, const float* b, float* out, uint32_t count, F f) {
  const FloatTag d;
  for (uint32_t i = 0; i < count; i += hn::Lanes(d))
    hn::StoreU(f(d, hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, out + i);
}

template <class F>
HWY_INLINE void Map3(const float* a, const float* b, const float* c, float* out, uint32_t count, F f) {
  const FloatTag d;
  for (uint32_t i = 0; i < count; i += hn::Lanes(d))
    hn::StoreU(f(d, hn::LoadU(d, a + i), hn::LoadU(d, b + i), hn::LoadU(d, c + i)), d, out + i);
}

template <class D, class M>
HWY_INLINE hn::Vec<D> Truth(D d, M mask) {
  return hn::IfThenElseZero(mask, hn::Set(d, 1.0f));
}

// To the nearest float, infinite past the largest, as C++ converts.
template <class DF, class DD>
HWY_INLINE hn::Vec<DF> ToFloat(DF df, [[maybe_unused]] DD dd, hn::Vec<DD> v) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128  // their DemoteTo saturates
  HWY_ALIGN double wide[hn::MaxLanes(dd)];
  HWY_ALIGN float narrow[hn::MaxLanes(df)];
  hn::Store(v, dd, wide);
  for (size_t i = 0; i < hn::Lanes(dd); ++i) narrow[i] = static_cast<float>(wide[i]);
  return hn::Load(df, narrow);
#else
  return hn::DemoteTo(df, v);
#endif
}

// Transcendental functions run in double precision and are rounded to fp32 once, so that the fused and unfused forms of
// the polynomials on different machines give the same fp32.
template <class F>
HWY_INLINE void MapWide(float* x, uint32_t count, F f) {
  const hn::CappedTag<double, 8> dd;
  const hn::Rebind<float, decltype(dd)> df;
  for (uint32_t i = 0; i < count; i += hn::Lanes(dd)) {
    hn::StoreU(ToFloat(df, dd, f(dd, hn::PromoteTo(dd, hn::LoadU(df, x + i)))), df, x + i);
  }
}

// 2^x for any x, infinities and NaN included: x = n + f with n whole and |f| <= 1/2; e^(f ln 2) as a series whose
// remainder is below 2^-36, far less than fp32 shows.
template <class D, class V>
HWY_INLINE V WideExp2(D d, V x) {
  const hn::RebindToSigned<D> di;
  const V clamped = hn::Min(hn::Max(x, hn::Set(d, -300.0)), hn::Set(d, 300.0));  // past fp32 on both sides
  const V magic = hn::Set(d, 0x1.8p52);  // added, it leaves the nearest whole number in the low bits
  const V whole = hn::Add(clamped, magic);
  const V g = hn::Mul(hn::Sub(clamped, hn::Sub(whole, magic)), hn::Set(d, 0.69314718055994530942));
  V r = hn::Set(d, 1.0 / 362880);
  for (const double inverse_factorial :
       {1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1.0, 1.0})
    r = Fma(d, r, g, hn::Set(d, inverse_factorial));
  const V power = hn::BitCast(d, hn::Add(hn::BitCast(di, r), hn::ShiftLeft<52>(hn::BitCast(di, whole))));
  return hn::IfThenElse(hn::IsNaN(x), x, power);
}

template <class D, class V>
HWY_INLINE V WideExp(D d, V x) {
  return WideExp2(d, hn::Mul(x, hn::Set(d, 1.44269504088896340736)));
}

// e^(x scale) as exp_tile<true> computes it: the bits of the result are a linear function of x, rounded to the 8 bits
// of the exponent and 8 of the mantissa (N. Schraudolph, A Fast, Compact Approximation of the Exponential Function,
// with the constants of the LLK's ckernel_sfpu_exp.h). With `clamps` the argument is at least -88.5, and rounding is to
// an unsigned number by its magnitude; otherwise to one of 15 bits with a sign, which holds for arguments of -88 to
// 0.7.
template <class D, class V>
HWY_INLINE V SchraudolphExp(D d, V x, float scale, bool clamps) {
  const V lowest = hn::Set(d, -88.5f / scale);
  if (clamps) x = hn::IfThenElse(hn::Lt(x, lowest), lowest, x);  // NaN stays
  const V y = hn::MulAdd(x, hn::Set(d, 256.0f * 1.4426950408889634f * scale), hn::Set(d, 32500.818359375f));
  const V most = hn::Set(d, clamps ? 65535.0f : 32767.0f);
  const V magnitude = hn::Abs(y);
  const V whole = hn::Floor(magnitude);
  const V up = hn::IfThenElseZero(hn::Ge(hn::Sub(magnitude, whole), hn::Set(d, 0.5f)), hn::Set(d, 1.0f));
  const V rounded = hn::Add(whole, up);
  const hn::RebindToSigned<D> di;
  const auto bits = hn::ShiftLeft<15>(hn::ConvertTo(di, hn::IfThenElse(hn::Lt(rounded, most), rounded, most)));
  return clamps ? hn::BitCast(d, bits) : hn::CopySign(hn::BitCast(d, bits), y);
}

// A piecewise linear function of |x|: the last slope and offset hold beyond the last bound. The coefficients are those
// that the LLK loads into the vector unit's table (ckernel_sfpu_tanh.h, _gelu.h, _sigmoid_appx.h), of 16 or 8 bits.
struct Piece {
  float until, slope, offset;
};
constexpr float kNoBound = std::numeric_limits<float>::infinity();
constexpr Piece kTanhTable[] = {{0.5f, 0.96191406f, 0},           {1, 0.57617188f, 0.192871094f},
                                {1.5f, 0.28710938f, 0.48193359f}, {2, 0.0964355469f, 0.76806641f},
                                {3, 0.0390625f, 0.8828125f},      {kNoBound, 0, 1}};
constexpr Piece kGeluTable[] = {{0.5f, 0.192749023f, -0.000104427338f}, {1, 0.493896484f, -0.160400391f},
                                {1.5f, 0.618652344f, -0.279541016f},    {2, 0.609863281f, -0.263427734f},
                                {3, 0.540039062f, -0.119384766f},       {kNoBound, 0.5f, 0}};
constexpr Piece kSigmoidTable[] = {{1, 0.2265625f, 0}, {2, 0.265625f, -0.046875f}, {kNoBound, 0, 0.5f}};

template <class D, class V, size_t kPieces>
HWY_INLINE V Table(D d, V x, const Piece (&pieces)[kPieces]) {
  const V magnitude = hn::Abs(x);
  V slope = hn::Set(d, pieces[kPieces - 1].slope), offset = hn::Set(d, pieces[kPieces - 1].offset);
  for (size_t i = kPieces - 1; i-- > 0;) {
    const auto inside = hn::Lt(magnitude, hn::Set(d, pieces[i].until));
    slope = hn::IfThenElse(inside, hn::Set(d, pieces[i].slope), slope);
    offset = hn::IfThenElse(inside, hn::Set(d, pieces[i].offset), offset);
  }
  // A slope of 0 is a constant, for infinities too.
  return hn::IfThenElse(hn::Eq(slope, hn::Zero(d)), offset, hn::MulAdd(slope, magnitude, offset));
}

// ln x with its special values.
template <class D, class V>
HWY_INLINE V WideLog(D d, V x) {
  const V inf = hn::Set(d, std::numeric_limits<double>::infinity());
  const V nan = hn::Set(d, std::numeric_limits<double>::quiet_NaN());
  V r = hn::Log(d, hn::IfThenElse(hn::And(hn::Gt(x, hn::Zero(d)), hn::Lt(x, inf)), x, hn::Set(d, 1.0)));
  r = hn::IfThenElse(hn::Eq(x, inf), inf, r);
  r = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(inf), r);
  return hn::IfThenElse(hn::Or(hn::Lt(x, hn::Zero(d)), hn::IsNaN(x)), nan, r);
}

template <class D, class V>
HWY_INLINE V WideSigmoid(D d, V x) {
  return hn::Div(hn::Set(d, 1.0), hn::Add(hn::Set(d, 1.0), WideExp(d, hn::Neg(x))));
}

// tanh x = sign(x) (1 - t) / (1 + t) with t = e^(-2|x|); 1 - t as -expm1 keeps small x exact.
template <class D, class V>
HWY_INLINE V WideTanh(D d, V x) {
  const V magnitude = hn::Min(hn::Abs(x), hn::Set(d, 50.0));
  const V minus_one = hn::Expm1(d, hn::Mul(hn::Set(d, -2.0), magnitude));  // t - 1
  const V r = hn::Div(hn::Neg(minus_one), hn::Add(hn::Set(d, 2.0), minus_one));
  return hn::IfThenElse(hn::IsNaN(x), x, hn::CopySign(r, x));
}

// Operations with a vector form; false: not one of them.
bool UnaryVector(SfpuOp op, float* x, uint32_t count, float p0, float p1) {
  using hn::Add;
  using hn::Div;
  using hn::IfThenElse;
  using hn::Mul;
  using hn::Set;
  using hn::Sub;
  using hn::Zero;
  switch (op) {
    case SfpuOp::kRelu:
      Map(x, count, [](auto d, auto v) HWY_ATTR { return IfThenElse(hn::Le(v, Zero(d)), Zero(d), v); });
      return true;
    case SfpuOp::kReluMin:
    case SfpuOp::kUnaryMax:
      Map(x, count, [p0](auto d, auto v) HWY_ATTR { return IfThenElse(hn::Lt(v, Set(d, p0)), Set(d, p0), v); });
      return true;
    case SfpuOp::kUnaryMin:
      Map(x, count, [p0](auto d, auto v) HWY_ATTR { return IfThenElse(hn::Gt(v, Set(d, p0)), Set(d, p0), v); });
      return true;
    case SfpuOp::kReluMax:
      Map(x, count, [p0](auto d, auto v) HWY_ATTR {
        const auto upper = IfThenElse(hn::Gt(v, Set(d, p0)), Set(d, p0), v);
        return IfThenElse(hn::Lt(upper, Zero(d)), Zero(d), upper);
      });
      return true;
    case SfpuOp::kClamp:
    case SfpuOp::kHardtanh:
      Map(x, count, [p0, p1](auto d, auto v) HWY_ATTR {
        const auto upper = IfThenElse(hn::Gt(v, Set(d, p1)), Set(d, p1), v);
        return IfThenElse(hn::Lt(upper, Set(d, p0)), Set(d, p0), upper);
      });
      return true;
    case SfpuOp::kLeakyRelu:
    case SfpuOp::kPrelu:
      Map(x, count, [p0](auto d, auto v) HWY_ATTR { return IfThenElse(hn::Lt(v, Zero(d)), Mul(v, Set(d, p0)), v); });
      return true;
    case SfpuOp::kAbs:
      Map(x, count, [](auto, auto v) HWY_ATTR { return hn::Abs(v); });
      return true;
    case SfpuOp::kNegative:
      Map(x, count, [](auto, auto v) HWY_ATTR { return hn::Neg(v); });
      return true;
    case SfpuOp::kSquare:
      Map(x, count, [](auto, auto v) HWY_ATTR { return Mul(v, v); });
      return true;
    case SfpuOp::kSqrt:
      Map(x, count, [](auto, auto v) HWY_ATTR { return hn::Sqrt(v); });
      return true;
    case SfpuOp::kRecip:
      Map(x, count, [](auto d, auto v) HWY_ATTR { return Div(Set(d, 1.0f), v); });
      return true;
    case SfpuOp::kRdiv:
      Map(x, count, [p0](auto d, auto v) HWY_ATTR { return Div(Set(d, p0), v); });
      return true;
    case SfpuOp::kAddUnary:
      Map(x, count, [p0](auto d, auto v) HWY_ATTR { return Add(v, Set(d, p0)); });
      return true;
    case SfpuOp::kSubUnary:
      Map(x, count, [p0](auto d, auto v) HWY_ATTR { return Sub(v, Set(d, p0)); });
      return true;
    // div_unary_tile takes the reciprocal of the divisor.
    case SfpuOp::kMulUnary:
    case SfpuOp::kDivUnary:
      Map(x, count, [p0](auto d, auto v) HWY_ATTR { return Mul(v, Set(d, p0)); });
      return true;
    case SfpuOp::kRsubUnary:
    case SfpuOp::kRsub:
      Map(x, count, [p0](auto d, auto v) HWY_ATTR { return Sub(Set(d, p0), v); });
      return true;
    case SfpuOp::kUnaryEq:
      Map(x, count, [p0](auto d, auto v) HWY_ATTR { return Truth(d, hn::Eq(v, Set(d, p0))); });
      return true;
    case SfpuOp::kUnaryNe:  // true of NaN, which Ne is not on every machine
      Map(x, count, [p0](auto d, auto v) HWY_ATTR { return Truth(d, hn::Not(hn::Eq(v, Set(d, p0)))); });
      return true;
    case SfpuOp::kUnaryLt:
      Map(x, count, [p0](auto d, auto v) HWY_ATTR { return Truth(d, hn::Lt(v, Set(d, p0))); });
      return true;
    case SfpuOp::kUnaryGt:
      Map(x, count, [p0](auto d, auto v) HWY_ATTR { return Truth(d, hn::Gt(v, Set(d, p0))); });
      return true;
    case SfpuOp::kUnaryLe:
      Map(x, count, [p0](auto d, auto v) HWY_ATTR { return Truth(d, hn::Le(v, Set(d, p0))); });
      return true;
    case SfpuOp::kUnaryGe:
      Map(x, count, [p0](auto d, auto v) HWY_ATTR { return Truth(d, hn::Ge(v, Set(d, p0))); });
      return true;
    case SfpuOp::kFloor:
      Map(x, count, [](auto, auto v) HWY_ATTR { return hn::CopySign(hn::Floor(v), v); });  // of -0 too
      return true;
    case SfpuOp::kCeil:
      Map(x, count, [](auto, auto v) HWY_ATTR { return hn::CopySign(hn::Ceil(v), v); });
      return true;
    case SfpuOp::kTrunc:
      Map(x, count, [](auto, auto v) HWY_ATTR { return hn::CopySign(hn::Trunc(v), v); });
      return true;
    case SfpuOp::kExp:
      // p0: the scale of the argument, 1 if the kernel does not ask for one.
      MapWide(x, count, [p0](auto d, auto v) HWY_ATTR { return WideExp(d, Mul(v, Set(d, static_cast<double>(p0)))); });
      return true;
    case SfpuOp::kExpApproximate:
      Map(x, count, [p0, clamps = p1 != 0](auto d, auto v) HWY_ATTR { return SchraudolphExp(d, v, p0, clamps); });
      return true;
    case SfpuOp::kExp2:
      MapWide(x, count, [](auto d, auto v) HWY_ATTR { return WideExp2(d, v); });
      return true;
    case SfpuOp::kRpow: {
      if (!(p0 > 0)) return false;
      const double log_base = std::log2(static_cast<double>(p0));
      MapWide(x, count, [log_base](auto d, auto v) HWY_ATTR { return WideExp2(d, Mul(v, Set(d, log_base))); });
      return true;
    }
    case SfpuOp::kLog:
      MapWide(x, count, [](auto d, auto v) HWY_ATTR { return WideLog(d, v); });
      return true;
    case SfpuOp::kLogWithBase:
      MapWide(x, count, [p0](auto d, auto v) HWY_ATTR { return Mul(WideLog(d, v), Set(d, static_cast<double>(p0))); });
      return true;
    case SfpuOp::kRsqrt:
      MapWide(x, count, [](auto d, auto v) HWY_ATTR { return Div(Set(d, 1.0), hn::Sqrt(v)); });
      return true;
    case SfpuOp::kSigmoid:
      MapWide(x, count, [](auto d, auto v) HWY_ATTR { return WideSigmoid(d, v); });
      return true;
    case SfpuOp::kSigmoidApproximate:
      Map(x, count,
          [](auto d, auto v) HWY_ATTR { return Add(hn::CopySign(Table(d, v, kSigmoidTable), v), Set(d, 0.5f)); });
      return true;
    case SfpuOp::kTanhApproximate:
      Map(x, count, [](auto d, auto v) HWY_ATTR { return hn::CopySign(Table(d, v, kTanhTable), v); });
      return true;
    case SfpuOp::kGeluApproximate:
      Map(x, count, [](auto d, auto v) HWY_ATTR { return hn::MulAdd(v, Set(d, 0.5f), Table(d, v, kGeluTable)); });
      return true;
    case SfpuOp::kTanh:
      MapWide(x, count, [](auto d, auto v) HWY_ATTR { return WideTanh(d, v); });
      return true;
    case SfpuOp::kSilu:
      MapWide(x, count, [](auto d, auto v) HWY_ATTR {
        // The limit at -infinity is 0, where the product would be infinity times 0.
        const auto low = hn::Lt(v, Set(d, -1e30));
        return IfThenElse(low, Zero(d), Mul(v, WideSigmoid(d, v)));
      });
      return true;
    case SfpuOp::kGeluTanh:
      MapWide(x, count, [](auto d, auto v) HWY_ATTR {
        const auto bounded = hn::Min(hn::Max(v, Set(d, -1e6)), Set(d, 1e6));
        const auto cubed = Mul(Mul(bounded, bounded), bounded);
        const auto inner = Mul(Set(d, 0.79788456080286535588), Add(bounded, Mul(Set(d, 0.044715), cubed)));
        const auto factor = Mul(Set(d, 0.5), Add(Set(d, 1.0), WideTanh(d, inner)));
        return IfThenElse(hn::Lt(v, Set(d, -1e5)), Zero(d), Mul(v, factor));
      });
      return true;
    default:
      return false;
  }
}

bool BinaryVector(SfpuOp op, const float* a, const float* b, float* out, uint32_t count) {
  switch (op) {
    case SfpuOp::kAdd:
      Map2(a, b, out, count, [](auto, auto x, auto y) HWY_ATTR { return hn::Add(x, y); });
      return true;
    case SfpuOp::kSub:
      Map2(a, b, out, count, [](auto, auto x, auto y) HWY_ATTR { return hn::Sub(x, y); });
      return true;
    case SfpuOp::kRsubB:
      Map2(a, b, out, count, [](auto, auto x, auto y) HWY_ATTR { return hn::Sub(y, x); });
      return true;
    case SfpuOp::kMul:
      Map2(a, b, out, count, [](auto, auto x, auto y) HWY_ATTR { return hn::Mul(x, y); });
      return true;
    case SfpuOp::kDiv:
      Map2(a, b, out, count, [](auto, auto x, auto y) HWY_ATTR { return hn::Div(x, y); });
      return true;
    // NaN in either operand gives NaN, as for torch.maximum and torch.minimum.
    case SfpuOp::kMax:
      Map2(a, b, out, count,
           [](auto, auto x, auto y) HWY_ATTR { return hn::IfThenElse(hn::Or(hn::IsNaN(x), hn::Gt(x, y)), x, y); });
      return true;
    case SfpuOp::kMin:
      Map2(a, b, out, count,
           [](auto, auto x, auto y) HWY_ATTR { return hn::IfThenElse(hn::Or(hn::IsNaN(x), hn::Lt(x, y)), x, y); });
      return true;
    default:
      return false;
  }
}

// False: no such operation.
bool TernaryVector(SfpuOp op, const float* a, const float* b, const float* c, float* out, uint32_t count, float p0) {
  switch (op) {
    case SfpuOp::kWhere:  // denormal numbers count, as all bit patterns but those of zero do
      Map3(a, b, c, out, count, [](auto d, auto x, auto y, auto z) HWY_ATTR {
        const hn::RebindToUnsigned<decltype(d)> du;
        const auto magnitude = hn::And(hn::BitCast(du, x), hn::Set(du, 0x7fffffffu));
        return hn::IfThenElse(hn::RebindMask(d, hn::Ne(magnitude, hn::Zero(du))), y, z);
      });
      return true;
    case SfpuOp::kAddcmul:
      Map3(a, b, c, out, count,
           [p0](auto d, auto x, auto y, auto z) HWY_ATTR { return Fma(d, hn::Mul(hn::Set(d, p0), y), z, x); });
      return true;
    case SfpuOp::kAddcdiv:
      Map3(a, b, c, out, count,
           [p0](auto d, auto x, auto y, auto z) HWY_ATTR { return Fma(d, hn::Set(d, p0), hn::Div(y, z), x); });
      return true;
    case SfpuOp::kMac:
      Map3(a, b, c, out, count, [](auto d, auto x, auto y, auto z) HWY_ATTR { return Fma(d, x, y, z); });
      return true;
    case SfpuOp::kLerp:
      Map3(a, b, c, out, count, [](auto d, auto x, auto y, auto z) HWY_ATTR { return Fma(d, z, hn::Sub(y, x), x); });
      return true;
    default:
      return false;
  }
}

}  // namespace tltt::emu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tltt::emu {

HWY_EXPORT(BinaryTile);
HWY_EXPORT(UnaryVector);
HWY_EXPORT(BinaryVector);
HWY_EXPORT(TernaryVector);

void EltwiseBinary(ckernel::EltwiseBinaryType op, const float* a, const float* b, float* out, bool accumulate,
                   Rounding rounding) {
  HWY_DYNAMIC_DISPATCH(BinaryTile)(op, a, b, out, accumulate, rounding);
}

void SfpuUnaryValues(SfpuOp op, float* x, uint32_t count, uint32_t p0, uint32_t p1, uint32_t p2) {
  if (HWY_DYNAMIC_DISPATCH(UnaryVector)(op, x, count, std::bit_cast<float>(p0), std::bit_cast<float>(p1))) return;
  ScalarUnary(op, x, count, p0, p1, p2);
}

void SfpuBinaryValues(SfpuOp op, const float* a, const float* b, float* out, uint32_t count) {
  if (HWY_DYNAMIC_DISPATCH(BinaryVector)(op, a, b, out, count)) return;
  ScalarBinary(op, a, b, out, count);
}

void SfpuTernaryValues(SfpuOp op, const float* a, const float* b, const float* c, float* out, uint32_t count,
                       uint32_t p0) {
  if (!HWY_DYNAMIC_DISPATCH(TernaryVector)(op, a, b, c, out, count, std::bit_cast<float>(p0)))
    throw std::logic_error(std::string("no ternary form of ") + SfpuOpName(op));
}

}  // namespace tltt::emu
#endif

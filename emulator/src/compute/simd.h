// What every Highway translation unit here shares: the targets we build and the rounding of vectors.
// Included inside the per-target re-inclusion: keep the toggling guard.
#if defined(TLTT_COMPUTE_SIMD_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TLTT_COMPUTE_SIMD_H
#undef TLTT_COMPUTE_SIMD_H
#else
#define TLTT_COMPUTE_SIMD_H
#endif

#include <hwy/highway.h>

#include <cmath>

#include "tile_format.h"

HWY_BEFORE_NAMESPACE();
namespace tltt::emu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#undef TLTT_NATIVE_FMA
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM
#define TLTT_NATIVE_FMA 1
#else
#define TLTT_NATIVE_FMA 0
#endif

// a * b + c, rounded once on every target: results must not depend on the machine.
template <class D, class V>
HWY_INLINE V Fma(D d, V a, V b, V c) {
#if TLTT_NATIVE_FMA
  (void)d;
  return hn::MulAdd(a, b, c);
#else
  using T = hn::TFromD<D>;
  HWY_ALIGN T x[hn::MaxLanes(d)], y[hn::MaxLanes(d)], z[hn::MaxLanes(d)];
  hn::Store(a, d, x);
  hn::Store(b, d, y);
  hn::Store(c, d, z);
  for (size_t i = 0; i < hn::Lanes(d); ++i) z[i] = std::fma(x[i], y[i], z[i]);
  return hn::Load(d, z);
#endif
}

// Nearest even to 8 significant bits; NaN stays a quiet NaN.
template <class D, class V>
HWY_INLINE V RoundBf16(D d, V v) {
  const hn::RebindToUnsigned<D> du;
  const auto bits = hn::BitCast(du, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1u));
  const auto rounded = hn::Add(hn::Add(bits, hn::Set(du, 0x7fffu)), odd);
  const auto quiet = hn::Or(bits, hn::Set(du, 0x00400000u));
  const auto picked = hn::IfThenElse(hn::RebindMask(du, hn::IsNaN(v)), quiet, rounded);
  return hn::BitCast(d, hn::And(picked, hn::Set(du, 0xffff0000u)));
}

template <class D, class V>
HWY_INLINE V RoundFp16(D d, V v) {
  HWY_ALIGN float lanes[hn::MaxLanes(d)];
  hn::Store(v, d, lanes);
  for (size_t i = 0; i < hn::Lanes(d); ++i) lanes[i] = RoundToFp16(lanes[i]);
  return hn::Load(d, lanes);
}

template <Rounding kRounding, class D, class V>
HWY_INLINE V Round(D d, V v) {
  if constexpr (kRounding == Rounding::kBf16)
    return RoundBf16(d, v);
  else if constexpr (kRounding == Rounding::kFp16)
    return RoundFp16(d, v);
  else
    return v;
}

}  // namespace tltt::emu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#include "matmul_kernel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "matmul_kernel.cc"
#include <hwy/foreach_target.h>
#include "simd.h"

#include <iterator>

HWY_BEFORE_NAMESPACE();
namespace tltt::emu::HWY_NAMESPACE {

// A panel's accumulators are rows x 2 vectors: they, two vectors of in1 and a broadcast fit the register file, and
// there are enough of them to hide the latency of the multiply-add. The panels' rows add up to a tile's.
#if HWY_TARGET <= HWY_AVX3
constexpr uint32_t kPanels[] = {8, 8, 8, 8};
#elif HWY_TARGET == HWY_AVX2
constexpr uint32_t kPanels[] = {6, 6, 6, 6, 4, 4};
#else
constexpr uint32_t kPanels[] = {4, 4, 4, 4, 4, 4, 4, 4};
#endif

using FloatTag = hn::CappedTag<float, 16>;

template <Rounding kRounding, uint32_t kPanelRows>
HWY_INLINE void Panel(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, float* HWY_RESTRICT c,
                      bool accumulate) {
  const FloatTag d;
  using V = hn::Vec<FloatTag>;
  const size_t n = hn::Lanes(d);
  V low[kPanelRows], high[kPanelRows];
#pragma GCC unroll 12  // the accumulators must live in registers
  for (uint32_t r = 0; r < kPanelRows; ++r) {
    low[r] = accumulate ? hn::LoadU(d, c + r * kTileCols) : hn::Zero(d);
    high[r] = accumulate ? hn::LoadU(d, c + r * kTileCols + n) : hn::Zero(d);
  }
  for (uint32_t k = 0; k < kTileCols; ++k) {
    const V b_low = hn::LoadU(d, b + k * kTileCols), b_high = hn::LoadU(d, b + k * kTileCols + n);
#pragma GCC unroll 12
    for (uint32_t r = 0; r < kPanelRows; ++r) {
      const V factor = hn::Set(d, a[r * kTileCols + k]);
      low[r] = Fma(d, factor, b_low, low[r]);
      high[r] = Fma(d, factor, b_high, high[r]);
    }
  }
#pragma GCC unroll 12
  for (uint32_t r = 0; r < kPanelRows; ++r) {
    hn::StoreU(Round<kRounding>(d, low[r]), d, c + r * kTileCols);
    hn::StoreU(Round<kRounding>(d, high[r]), d, c + r * kTileCols + n);
  }
}

// The panels from kPanels[kIndex] on.
template <Rounding kRounding, size_t kIndex>
HWY_INLINE void Panels(const float* a, const float* b, float* c, bool accumulate) {
  if constexpr (kIndex < std::size(kPanels)) {
    constexpr uint32_t kRows = kPanels[kIndex];
    Panel<kRounding, kRows>(a, b, c, accumulate);
    Panels<kRounding, kIndex + 1>(a + kRows * kTileCols, b, c + kRows * kTileCols, accumulate);
  }
}

template <Rounding kRounding>
HWY_INLINE void Block(const MatmulBlockArgs& args) {
  const uint32_t panel_cols = 2 * static_cast<uint32_t>(hn::Lanes(FloatTag()));
  for (uint32_t r = 0; r < args.rt; ++r) {
    for (uint32_t c = 0; c < args.ct; ++c) {
      const float* a = args.in0[r];
      const float* b = args.in1[c];
      float* out = args.out[r * args.ct + c];
      const bool accumulate = args.accumulate[r * args.ct + c];
      for (uint32_t col = 0; col < kTileCols; col += panel_cols) {
        Panels<kRounding, 0>(a, b + col, out + col, accumulate);
      }
    }
  }
}

void BlockFp32(const MatmulBlockArgs& args) { Block<Rounding::kFp32>(args); }
void BlockBf16(const MatmulBlockArgs& args) { Block<Rounding::kBf16>(args); }
void BlockFp16(const MatmulBlockArgs& args) { Block<Rounding::kFp16>(args); }

}  // namespace tltt::emu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tltt::emu {

HWY_EXPORT(BlockFp32);
HWY_EXPORT(BlockBf16);
HWY_EXPORT(BlockFp16);

void MatmulBlock(const MatmulBlockArgs& args) {
  switch (args.rounding) {
    case Rounding::kFp32:
      return HWY_DYNAMIC_DISPATCH(BlockFp32)(args);
    case Rounding::kBf16:
      return HWY_DYNAMIC_DISPATCH(BlockBf16)(args);
    case Rounding::kFp16:
      return HWY_DYNAMIC_DISPATCH(BlockFp16)(args);
  }
}

void TransposeRows(const float* in, float* out) {
  // 8x8 blocks keep both sides within few cache lines at a time.
  for (uint32_t bi = 0; bi < kTileRows; bi += 8) {
    for (uint32_t bj = 0; bj < kTileCols; bj += 8) {
      for (uint32_t i = bi; i < bi + 8; ++i) {
        for (uint32_t j = bj; j < bj + 8; ++j) out[j * kTileRows + i] = in[i * kTileCols + j];
      }
    }
  }
}

}  // namespace tltt::emu
#endif

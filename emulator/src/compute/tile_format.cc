#include "tile_format.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tile_format.cc"
#include <hwy/foreach_target.h>
#include "simd.h"

HWY_BEFORE_NAMESPACE();
namespace tltt::emu::HWY_NAMESPACE {

// Calls body(offset of 16 datums in the page, offset of the same 16 in rows).
template <class Body>
HWY_INLINE void ForEachFaceRow(Body body) {
  for (uint32_t face = 0; face < 4; ++face) {
    for (uint32_t row = 0; row < 16; ++row) {
      body(face * 256 + row * 16, ((face >> 1) * 16 + row) * kTileCols + (face & 1) * 16);
    }
  }
}

void UnpackBf16(const uint16_t* HWY_RESTRICT page, float* HWY_RESTRICT rows) {
  const hn::CappedTag<float, 16> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const hn::Rebind<uint16_t, decltype(d)> d16;
  ForEachFaceRow([&](uint32_t from, uint32_t to) HWY_ATTR {
    for (uint32_t i = 0; i < 16; i += hn::Lanes(d)) {
      const auto wide = hn::PromoteTo(du, hn::LoadU(d16, page + from + i));
      hn::StoreU(hn::BitCast(d, hn::ShiftLeft<16>(wide)), d, rows + to + i);
    }
  });
}

void PackBf16(const float* HWY_RESTRICT rows, uint16_t* HWY_RESTRICT page) {
  const hn::CappedTag<float, 16> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::RebindToUnsigned<decltype(d)> du;
  const hn::Rebind<uint16_t, decltype(d)> d16;
  ForEachFaceRow([&](uint32_t to, uint32_t from) HWY_ATTR {
    for (uint32_t i = 0; i < 16; i += hn::Lanes(d)) {
      const auto high = hn::ShiftRight<16>(hn::BitCast(du, RoundBf16(d, hn::LoadU(d, rows + from + i))));
      hn::StoreU(hn::DemoteTo(d16, hn::BitCast(di, high)), d16, page + to + i);
    }
  });
}

void CopyWordsIn(const float* HWY_RESTRICT page, float* HWY_RESTRICT rows) {
  ForEachFaceRow([&](uint32_t from, uint32_t to) HWY_ATTR { std::memcpy(rows + to, page + from, 64); });
}

void CopyWordsOut(const float* HWY_RESTRICT rows, float* HWY_RESTRICT page) {
  ForEachFaceRow([&](uint32_t to, uint32_t from) HWY_ATTR { std::memcpy(page + to, rows + from, 64); });
}

void AddWordsOut(const float* HWY_RESTRICT rows, float* HWY_RESTRICT page) {
  const hn::CappedTag<float, 16> d;
  ForEachFaceRow([&](uint32_t to, uint32_t from) HWY_ATTR {
    for (uint32_t i = 0; i < 16; i += hn::Lanes(d)) {
      hn::StoreU(hn::Add(hn::LoadU(d, page + to + i), hn::LoadU(d, rows + from + i)), d, page + to + i);
    }
  });
}

template <Rounding kRounding>
void RoundAll(float* values, uint32_t count) {
  const hn::CappedTag<float, 16> d;
  for (uint32_t i = 0; i < count; i += hn::Lanes(d))
    hn::StoreU(Round<kRounding>(d, hn::LoadU(d, values + i)), d, values + i);
}

void RoundAllBf16(float* values, uint32_t count) { RoundAll<Rounding::kBf16>(values, count); }

void AddRows(const float* HWY_RESTRICT addend, float* HWY_RESTRICT sum) {
  const hn::CappedTag<float, 16> d;
  for (uint32_t i = 0; i < kTileElements; i += hn::Lanes(d)) {
    hn::StoreU(hn::Add(hn::LoadU(d, sum + i), hn::LoadU(d, addend + i)), d, sum + i);
  }
}

}  // namespace tltt::emu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tltt::emu {
namespace {

HWY_EXPORT(UnpackBf16);
HWY_EXPORT(PackBf16);
HWY_EXPORT(CopyWordsIn);
HWY_EXPORT(CopyWordsOut);
HWY_EXPORT(AddWordsOut);
HWY_EXPORT(RoundAllBf16);
HWY_EXPORT(AddRows);

// Calls body(index in the page, index in rows) for each datum.
template <class Body>
void ForEachDatum(Body body) {
  for (uint32_t i = 0; i < kTileElements; ++i) {
    const uint32_t face = i / 256, row = i / 16 % 16, col = i % 16;
    body(i, ((face >> 1) * 16 + row) * kTileCols + (face & 1) * 16 + col);
  }
}

template <class T>
void UnpackInteger(const std::byte* page, float* rows) {
  const T* datums = reinterpret_cast<const T*>(page);
  ForEachDatum([&](uint32_t i, uint32_t at) { rows[at] = std::bit_cast<float>(static_cast<int32_t>(datums[i])); });
}

template <class T>
void PackInteger(const float* rows, std::byte* page) {
  T* datums = reinterpret_cast<T*>(page);
  ForEachDatum([&](uint32_t i, uint32_t at) { datums[i] = static_cast<T>(std::bit_cast<int32_t>(rows[at])); });
}

constexpr uint32_t kExponentBytes = 64;

// kBits: width of a datum, its sign included; datums of 4 bits lie low nibble first.
template <int kBits>
void UnpackBlockFloat(const std::byte* page, float* rows) {
  const auto* exponents = reinterpret_cast<const uint8_t*>(page);
  const uint8_t* datums = exponents + kExponentBytes;
  constexpr uint32_t sign_bit = 1u << (kBits - 1), magnitude_mask = sign_bit - 1;
  ForEachDatum([&](uint32_t i, uint32_t at) {
    const uint32_t datum = kBits == 8 ? datums[i] : (datums[i / 2] >> (i % 2 * 4)) & 15u;
    const float magnitude =
        std::ldexp(static_cast<float>(datum & magnitude_mask), exponents[i / 16] - 127 - (kBits - 2));
    rows[at] = (datum & sign_bit) ? -magnitude : magnitude;
  });
}

// One face row: the shared exponent is that of the largest value; others lose low bits to it.
template <int kBits>
void PackBlockFloatRow(const float* values, uint8_t* exponent, uint8_t* datums) {
  uint32_t shared = 0;
  for (int i = 0; i < 16; ++i) shared = std::max(shared, (std::bit_cast<uint32_t>(values[i]) >> 23) & 255u);
  *exponent = static_cast<uint8_t>(shared);
  for (int i = 0; i < 16; ++i) {
    const uint32_t bits = std::bit_cast<uint32_t>(values[i]);
    const uint32_t own = (bits >> 23) & 255u;
    const uint32_t shift = 24 - 7 + (shared - own);  // 24 significant bits down to 7
    uint32_t magnitude = 0;
    if (own != 0 && shift < 26) {
      const uint64_t significand = (bits & 0x7fffffu) | 0x800000u;
      magnitude = static_cast<uint32_t>(std::min<uint64_t>((significand + (uint64_t{1} << (shift - 1))) >> shift, 127));
    }
    if (kBits == 4) magnitude >>= 4;
    // Negative zero is a reserved pattern: zero is always written positive.
    const uint32_t datum = magnitude | (magnitude != 0 && (bits >> 31) ? 1u << (kBits - 1) : 0u);
    if (kBits == 8)
      datums[i] = static_cast<uint8_t>(datum);
    else if (i % 2 == 0)
      datums[i / 2] = static_cast<uint8_t>(datum);
    else
      datums[i / 2] |= static_cast<uint8_t>(datum << 4);
  }
}

template <int kBits>
void PackBlockFloat(const float* rows, std::byte* page) {
  auto* exponents = reinterpret_cast<uint8_t*>(page);
  uint8_t* datums = exponents + kExponentBytes;
  for (uint32_t group = 0; group < 64; ++group) {
    const uint32_t face = group / 16, row = group % 16;
    PackBlockFloatRow<kBits>(rows + ((face >> 1) * 16 + row) * kTileCols + (face & 1) * 16, exponents + group,
                             datums + group * 16 * kBits / 8);
  }
}

[[noreturn]] void ThrowUnsupported(DataFormat format) {
  throw std::invalid_argument(std::string("tiles of format ") + DataFormatName(format) + " are not supported");
}

}  // namespace

bool IsIntegerFormat(DataFormat format) {
  switch (format) {
    case DataFormat::kInt32:
    case DataFormat::kUInt32:
    case DataFormat::kUInt16:
    case DataFormat::kInt8:
    case DataFormat::kUInt8:
      return true;
    default:
      return false;
  }
}

bool IsSupportedTileFormat(DataFormat format) { return format != DataFormat::kBfp8 && format != DataFormat::kBfp4; }

void UnpackTile(DataFormat format, const std::byte* page, float* rows) {
  switch (format) {
    case DataFormat::kFloat16_b:
      return HWY_DYNAMIC_DISPATCH(UnpackBf16)(reinterpret_cast<const uint16_t*>(page), rows);
    case DataFormat::kFloat32:
    case DataFormat::kInt32:
    case DataFormat::kUInt32:
      return HWY_DYNAMIC_DISPATCH(CopyWordsIn)(reinterpret_cast<const float*>(page), rows);
    case DataFormat::kFloat16: {
      const auto* datums = reinterpret_cast<const uint16_t*>(page);
      return ForEachDatum([&](uint32_t i, uint32_t at) { rows[at] = Fp16Value(datums[i]); });
    }
    case DataFormat::kBfp8_b:
      return UnpackBlockFloat<8>(page, rows);
    case DataFormat::kBfp4_b:
      return UnpackBlockFloat<4>(page, rows);
    case DataFormat::kUInt16:
      return UnpackInteger<uint16_t>(page, rows);
    case DataFormat::kInt8:
      return UnpackInteger<int8_t>(page, rows);
    case DataFormat::kUInt8:
      return UnpackInteger<uint8_t>(page, rows);
    default:
      ThrowUnsupported(format);
  }
}

void PackTile(DataFormat format, const float* rows, std::byte* page) {
  switch (format) {
    case DataFormat::kFloat16_b:
      return HWY_DYNAMIC_DISPATCH(PackBf16)(rows, reinterpret_cast<uint16_t*>(page));
    case DataFormat::kFloat32:
    case DataFormat::kInt32:
    case DataFormat::kUInt32:
      return HWY_DYNAMIC_DISPATCH(CopyWordsOut)(rows, reinterpret_cast<float*>(page));
    case DataFormat::kFloat16: {
      auto* datums = reinterpret_cast<uint16_t*>(page);
      return ForEachDatum([&](uint32_t i, uint32_t at) { datums[i] = Fp16Bits(rows[at]); });
    }
    case DataFormat::kBfp8_b:
      return PackBlockFloat<8>(rows, page);
    case DataFormat::kBfp4_b:
      return PackBlockFloat<4>(rows, page);
    case DataFormat::kUInt16:
      return PackInteger<uint16_t>(rows, page);
    case DataFormat::kInt8:
      return PackInteger<int8_t>(rows, page);
    case DataFormat::kUInt8:
      return PackInteger<uint8_t>(rows, page);
    default:
      ThrowUnsupported(format);
  }
}

void AccumulateTile(DataFormat format, const float* rows, std::byte* page) {
  if (IsIntegerFormat(format)) ThrowUnsupported(format);
  if (format == DataFormat::kFloat32) return HWY_DYNAMIC_DISPATCH(AddWordsOut)(rows, reinterpret_cast<float*>(page));
  alignas(64) float sum[kTileElements];
  UnpackTile(format, page, sum);
  HWY_DYNAMIC_DISPATCH(AddRows)(rows, sum);
  PackTile(format, sum, page);
}

void RoundValues(Rounding rounding, float* values, uint32_t count) {
  if (rounding == Rounding::kBf16) return HWY_DYNAMIC_DISPATCH(RoundAllBf16)(values, count);
  if (rounding == Rounding::kFp16) {
    for (uint32_t i = 0; i < count; ++i) values[i] = RoundToFp16(values[i]);
  }
}

void TruncateToBf16(float* values, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t bits = std::bit_cast<uint32_t>(values[i]);
    values[i] = std::bit_cast<float>(bits & ((bits & 0x7f800000u) != 0 ? 0xffff0000u : 0x80000000u));
  }
}

float RoundToBf16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t rounded = std::isnan(value) ? bits | 0x00400000u : bits + 0x7fffu + ((bits >> 16) & 1u);
  return std::bit_cast<float>(rounded & 0xffff0000u);
}

uint16_t Fp16Bits(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits >> 16) & 0x8000u;
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu));
  if (magnitude >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);  // rounds past 65504
  if (magnitude < 0x38800000u) {  // subnormal: adding 0.5 aligns the significand so that its last bit is 2^-24
    const float aligned = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(aligned) - 0x3f000000u));
  }
  const uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
  return static_cast<uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
}

float Fp16Value(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 31u, fraction = bits & 0x3ffu;
  if (exponent == 31)
    return std::bit_cast<float>(sign | 0x7f800000u | (fraction << 13) | (fraction ? 0x00400000u : 0u));
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

float RoundToFp16(float value) { return Fp16Value(Fp16Bits(value)); }

}  // namespace tltt::emu
#endif

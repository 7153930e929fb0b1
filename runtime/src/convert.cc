#include "convert.h"

#include <cstring>
#include <stdexcept>

namespace tltt {
namespace {

float FromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

uint32_t Bits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

struct Float32 {
  using Storage = uint32_t;
  static float Load(Storage bits) { return FromBits(bits); }
  static Storage Store(float value) { return Bits(value); }
};

struct Bfloat16 {
  using Storage = uint16_t;
  static float Load(Storage bits) { return FromBits(uint32_t{bits} << 16); }
  static Storage Store(float value) {
    const uint32_t bits = Bits(value);
    if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<Storage>(bits >> 16 | 0x40);  // NaN stays NaN
    return static_cast<Storage>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  }
};

struct Float16 {
  using Storage = uint16_t;
  static float Load(Storage bits) { return static_cast<float>(__builtin_bit_cast(_Float16, bits)); }
  static Storage Store(float value) { return __builtin_bit_cast(Storage, static_cast<_Float16>(value)); }
};

template <typename From, typename To>
void ConvertAll(const std::byte* source, std::byte* target, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    typename From::Storage in;
    std::memcpy(&in, source + i * sizeof in, sizeof in);
    const typename To::Storage out = To::Store(From::Load(in));
    std::memcpy(target + i * sizeof out, &out, sizeof out);
  }
}

template <typename From>
void ConvertTo(const std::byte* source, DataFormat to, std::byte* target, int64_t count) {
  if (to == DataFormat::kFloat32) return ConvertAll<From, Float32>(source, target, count);
  if (to == DataFormat::kFloat16) return ConvertAll<From, Float16>(source, target, count);
  return ConvertAll<From, Bfloat16>(source, target, count);
}

}  // namespace

bool IsConvertible(DataFormat format) {
  return format == DataFormat::kFloat32 || format == DataFormat::kFloat16 || format == DataFormat::kFloat16_b;
}

void Convert(DataFormat from, const std::byte* source, DataFormat to, std::byte* target, int64_t count) {
  if (!IsConvertible(from) || !IsConvertible(to))
    throw std::invalid_argument("Convert: not a format of single elements");
  if (from == DataFormat::kFloat32) return ConvertTo<Float32>(source, to, target, count);
  if (from == DataFormat::kFloat16) return ConvertTo<Float16>(source, to, target, count);
  ConvertTo<Bfloat16>(source, to, target, count);
}

}  // namespace tltt

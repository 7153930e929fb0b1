// Vector code of kernels: the types, operators and functions of TT-Metalium's sfpi.h, on 32 lanes of this machine.
//
// A vector of DST is four rows of the even columns, or of the odd ones, of a 16x16 face: eight make a face, 32 a tile.
// The lanes that v_if leaves out keep what assignments would change, in variables and in DST. Values are fp32;
// subnormal results become zero, as on the chip. A product and a sum are rounded one after the other.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "internal/compute_runtime.h"
#include "internal/vector_state.h"

#define sfpi_inline inline

namespace sfpi {

namespace device = tltt::emu::device;
inline constexpr uint32_t kLanes = tltt::emu::kVectorLanes;

enum class RoundMode { Nearest, Stochastic, Even, NearestEven, NearestStochastic, NearestAway };
enum class ExponentMode { Biased, Unbiased, Debiased, NoDebias };
enum class MantissaMode { Pad8, Pad9, ImplicitOne };
enum class ShiftMode { Logical, Arithmetic };

// --- Lanes ---------------------------------------------------------------------------------------------------------

// Which lanes a comparison holds for.
struct Condition {
  uint32_t lanes;
};
using vBool = Condition;
inline Condition operator&&(Condition a, Condition b) { return {a.lanes & b.lanes}; }
inline Condition operator||(Condition a, Condition b) { return {a.lanes | b.lanes}; }
inline Condition operator!(Condition a) { return {~a.lanes}; }

// The lanes that a v_if and its v_elseif and v_else leave enabled.
class EnabledLanes {
 public:
  EnabledLanes() : state_(device::Vectors()), before_(state_.enabled) {}
  explicit EnabledLanes(Condition condition) : EnabledLanes() { And(condition); }
  ~EnabledLanes() { state_.enabled = before_; }
  EnabledLanes(const EnabledLanes&) = delete;
  void And(Condition condition) { state_.enabled &= condition.lanes; }
  // From here on those that none of the conditions before held for.
  void Others() {
    others_ &= ~state_.enabled;
    state_.enabled = before_ & others_;
  }

 private:
  tltt::emu::VectorState& state_;
  const uint32_t before_;
  uint32_t others_ = ~0u;
};

// --- Vectors -------------------------------------------------------------------------------------------------------

inline float FlushSubnormal(float value) {
  return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(0.0f, value) : value;
}

struct sFloat16a {
  sFloat16a(float v) : value(v) {}
  float value;
};
struct sFloat16b {
  sFloat16b(float v) : value(v) {}
  float value;
};

struct DstElement;
template <typename V>
struct ProgrammableConstant;

template <typename Self, typename Scalar>
struct Vector {
  using scalar = Scalar;
  std::array<Scalar, kLanes> lane{};

  template <typename Body>
  static Self Of(Body body) {
    ++device::Vectors().instructions;
    Self result;
    for (uint32_t i = 0; i < kLanes; ++i) result.lane[i] = static_cast<Scalar>(body(i));
    return result;
  }
  static Self All(Scalar value) {
    Self result;
    result.lane.fill(value);
    return result;
  }
  void Assign(const Vector& from) {
    const uint32_t enabled = device::Vectors().enabled;
    for (uint32_t i = 0; i < kLanes; ++i) {
      if (enabled >> i & 1) lane[i] = from.lane[i];
    }
  }
  uint32_t Bits(uint32_t i) const { return std::bit_cast<uint32_t>(lane[i]); }
};

#define TLTT_VECTOR(name, scalar_type)                                            \
  struct name : Vector<name, scalar_type> {                                       \
    name() = default;                                                             \
    name(const name&) = default;                                                  \
    template <typename T, typename = std::enable_if_t<std::is_arithmetic_v<T>>>   \
    name(T value) : name(All(static_cast<scalar_type>(value))) {}                 \
    name(sFloat16a value) : name(All(std::bit_cast<scalar_type>(value.value))) {} \
    name(sFloat16b value) : name(All(std::bit_cast<scalar_type>(value.value))) {} \
    name(const DstElement& element);                                              \
    name(const ProgrammableConstant<name>& constant);                             \
    name& operator=(const name& from) {                                           \
      Assign(from);                                                               \
      return *this;                                                               \
    }                                                                             \
    name& operator+=(const name& other) { return *this = *this + other; }         \
    name& operator-=(const name& other) { return *this = *this - other; }         \
    name& operator++() { return *this += name(1); }                               \
    name& operator--() { return *this -= name(1); }                               \
    void operator++(int) { *this += name(1); }                                    \
    void operator--(int) { *this -= name(1); }                                    \
    friend Condition operator<(const name& a, const name& b) {                    \
      return Compare(a, b, [](auto x, auto y) { return x < y; });                 \
    }                                                                             \
    friend Condition operator>(const name& a, const name& b) {                    \
      return Compare(a, b, [](auto x, auto y) { return x > y; });                 \
    }                                                                             \
    friend Condition operator<=(const name& a, const name& b) {                   \
      return Compare(a, b, [](auto x, auto y) { return x <= y; });                \
    }                                                                             \
    friend Condition operator>=(const name& a, const name& b) {                   \
      return Compare(a, b, [](auto x, auto y) { return x >= y; });                \
    }                                                                             \
    friend Condition operator==(const name& a, const name& b) {                   \
      return Compare(a, b, [](auto x, auto y) { return x == y; });                \
    }                                                                             \
    friend Condition operator!=(const name& a, const name& b) {                   \
      return Compare(a, b, [](auto x, auto y) { return x != y; });                \
    }                                                                             \
    TLTT_VECTOR_ARITHMETIC_##scalar_type(name)                                    \
  };
#define TLTT_VECTOR_ARITHMETIC_float(name)                                        \
  friend name operator+(const name& a, const name& b) {                           \
    return Of([&](uint32_t i) { return FlushSubnormal(a.lane[i] + b.lane[i]); }); \
  }                                                                               \
  friend name operator-(const name& a, const name& b) {                           \
    return Of([&](uint32_t i) { return FlushSubnormal(a.lane[i] - b.lane[i]); }); \
  }                                                                               \
  friend name operator*(const name& a, const name& b) {                           \
    return Of([&](uint32_t i) { return FlushSubnormal(a.lane[i] * b.lane[i]); }); \
  }                                                                               \
  name& operator*=(const name& other) { return *this = *this * other; }           \
  name operator-() const {                                                        \
    return Of([&](uint32_t i) { return -lane[i]; });                              \
  }
// Sums wrap around.
#define TLTT_VECTOR_ARITHMETIC_int32_t(name)                            \
  friend name operator+(const name& a, const name& b) {                 \
    return Of([&](uint32_t i) { return a.Bits(i) + b.Bits(i); });       \
  }                                                                     \
  friend name operator-(const name& a, const name& b) {                 \
    return Of([&](uint32_t i) { return a.Bits(i) - b.Bits(i); });       \
  }                                                                     \
  friend name operator&(const name& a, const name& b) {                 \
    return Of([&](uint32_t i) { return a.Bits(i) & b.Bits(i); });       \
  }                                                                     \
  friend name operator|(const name& a, const name& b) {                 \
    return Of([&](uint32_t i) { return a.Bits(i) | b.Bits(i); });       \
  }                                                                     \
  friend name operator^(const name& a, const name& b) {                 \
    return Of([&](uint32_t i) { return a.Bits(i) ^ b.Bits(i); });       \
  }                                                                     \
  friend name operator<<(const name& a, uint32_t bits) {                \
    return Of([&](uint32_t i) { return a.Bits(i) << (bits & 31); });    \
  }                                                                     \
  friend name operator>>(const name& a, uint32_t bits) {                \
    return Of([&](uint32_t i) { return a.lane[i] >> (bits & 31); });    \
  }                                                                     \
  name operator~() const {                                              \
    return Of([&](uint32_t i) { return ~Bits(i); });                    \
  }                                                                     \
  name operator-() const {                                              \
    return Of([&](uint32_t i) { return 0u - Bits(i); });                \
  }                                                                     \
  name& operator&=(const name& other) { return *this = *this & other; } \
  name& operator|=(const name& other) { return *this = *this | other; } \
  name& operator^=(const name& other) { return *this = *this ^ other; } \
  name& operator<<=(uint32_t bits) { return *this = *this << bits; }    \
  name& operator>>=(uint32_t bits) { return *this = *this >> bits; }
#define TLTT_VECTOR_ARITHMETIC_uint32_t(name) TLTT_VECTOR_ARITHMETIC_int32_t(name)

template <typename V, typename Test>
Condition Compare(const V& a, const V& b, Test test) {
  ++device::Vectors().instructions;
  uint32_t lanes = 0;
  for (uint32_t i = 0; i < kLanes; ++i) lanes |= static_cast<uint32_t>(test(a.lane[i], b.lane[i])) << i;
  return {lanes};
}

TLTT_VECTOR(vFloat, float)
TLTT_VECTOR(vInt, int32_t)
TLTT_VECTOR(vUInt, uint32_t)

// --- DST -----------------------------------------------------------------------------------------------------------

struct DstElement {
  uint32_t index;
  template <typename V>
  V Load() const {
    V result;
    device::VectorLoad(index, reinterpret_cast<uint32_t*>(result.lane.data()));
    return result;
  }
  template <typename V>
  void Store(const V& value) const {
    constexpr bool is_float = std::is_same_v<V, vFloat>;
    device::VectorStore(index, reinterpret_cast<const uint32_t*>(value.lane.data()), !is_float);
  }
  void operator=(const vFloat& value) const { Store(value); }
  void operator=(const vInt& value) const { Store(value); }
  void operator=(const vUInt& value) const { Store(value); }
  void operator=(const DstElement& other) const { Store(other.Load<vFloat>()); }
  template <typename T, typename = std::enable_if_t<std::is_floating_point_v<T>>>
  void operator=(T value) const {
    Store(vFloat(value));
  }
  vFloat operator-() const { return -Load<vFloat>(); }
};

struct DstRegister {
  DstElement operator[](int index) const { return {static_cast<uint32_t>(index)}; }
  void operator++(int) const { *this += 1; }
  void operator++() const { *this += 1; }
  void operator+=(int vectors) const { device::Vectors().base += static_cast<uint32_t>(vectors); }
};
inline constexpr DstRegister dst_reg{};

// Constants that a kernel sets once.
template <typename V>
struct ProgrammableConstant {
  uint32_t index;
  void operator=(const V& value) const { device::Vectors().programmable[index] = value.Bits(0); }
  V Value() const { return V::All(std::bit_cast<typename V::scalar>(device::Vectors().programmable[index])); }
};
inline constexpr ProgrammableConstant<vFloat> vConstFloatPrgm0{0}, vConstFloatPrgm1{1}, vConstFloatPrgm2{2};
inline constexpr ProgrammableConstant<vInt> vConstIntPrgm0{0}, vConstIntPrgm1{1}, vConstIntPrgm2{2};
inline constexpr float vConst0 = 0.0f, vConst1 = 1.0f, vConstNeg1 = -1.0f, vConst0p8373 = 0.837300003f;

#define TLTT_VECTOR_LOADS(name)                                                \
  inline name::name(const DstElement& element) : name(element.Load<name>()) {} \
  inline name::name(const ProgrammableConstant<name>& constant) : name(constant.Value()) {}
TLTT_VECTOR_LOADS(vFloat)
TLTT_VECTOR_LOADS(vInt)
TLTT_VECTOR_LOADS(vUInt)
#undef TLTT_VECTOR_LOADS
#undef TLTT_VECTOR

// Elements of DST are operands like vectors.
#define TLTT_ELEMENT_OPERATOR(op, result)               \
  template <typename T>                                 \
  result operator op(const DstElement& a, const T& b) { \
    return vFloat(a) op vFloat(b);                      \
  }
TLTT_ELEMENT_OPERATOR(+, vFloat)
TLTT_ELEMENT_OPERATOR(-, vFloat)
TLTT_ELEMENT_OPERATOR(*, vFloat)
TLTT_ELEMENT_OPERATOR(<, Condition)
TLTT_ELEMENT_OPERATOR(>, Condition)
TLTT_ELEMENT_OPERATOR(<=, Condition)
TLTT_ELEMENT_OPERATOR(>=, Condition)
TLTT_ELEMENT_OPERATOR(==, Condition)
TLTT_ELEMENT_OPERATOR(!=, Condition)
#undef TLTT_ELEMENT_OPERATOR

// --- Functions -----------------------------------------------------------------------------------------------------

template <typename R, typename V>
R as(const V& value) {
  if constexpr (std::is_same_v<V, DstElement>) {
    return value.template Load<R>();
  } else {
    R result;
    for (uint32_t i = 0; i < kLanes; ++i) result.lane[i] = std::bit_cast<typename R::scalar>(value.lane[i]);
    return result;
  }
}
template <typename R, typename V>
R reinterpret(const V& value) {
  return as<R>(value);
}

namespace bits {
inline constexpr uint32_t kSign = 0x80000000u, kExponent = 0x7f800000u, kMantissa = 0x007fffffu;
template <typename Body>
vFloat Floats(Body body) {
  return vFloat::Of([&](uint32_t i) { return std::bit_cast<float>(static_cast<uint32_t>(body(i))); });
}
}  // namespace bits

inline vFloat abs(const vFloat& v) {
  return vFloat::Of([&](uint32_t i) { return std::fabs(v.lane[i]); });
}
inline vInt abs(const vInt& v) {
  return vInt::Of([&](uint32_t i) { return v.lane[i] < 0 ? 0u - v.Bits(i) : v.Bits(i); });
}
inline vFloat setsgn(const vFloat& v, int sign) {
  return bits::Floats([&](uint32_t i) { return (v.Bits(i) & ~bits::kSign) | static_cast<uint32_t>(sign) << 31; });
}
template <typename S>
vFloat setsgn(const vFloat& v, const Vector<S, typename S::scalar>& sign) {
  return bits::Floats([&](uint32_t i) { return (v.Bits(i) & ~bits::kSign) | (sign.Bits(i) & bits::kSign); });
}
template <typename S>
vFloat copysgn(const vFloat& v, const S& sign) {
  return setsgn(v, sign);
}
inline vFloat setexp(const vFloat& v, uint32_t exponent) {
  return bits::Floats([&](uint32_t i) { return (v.Bits(i) & ~bits::kExponent) | (exponent & 0xff) << 23; });
}
inline vFloat setexp(const vFloat& v, const vInt& exponent) {
  return bits::Floats([&](uint32_t i) { return (v.Bits(i) & ~bits::kExponent) | (exponent.Bits(i) & 0xff) << 23; });
}
inline vFloat setman(const vFloat& v, uint32_t mantissa) {
  return bits::Floats([&](uint32_t i) { return (v.Bits(i) & ~bits::kMantissa) | (mantissa & bits::kMantissa); });
}
inline vFloat setman(const vFloat& v, const vInt& mantissa) {
  return bits::Floats(
      [&](uint32_t i) { return (v.Bits(i) & ~bits::kMantissa) | (mantissa.Bits(i) & bits::kMantissa); });
}
// Times a power of two, by the exponent's bits.
inline vFloat addexp(const vFloat& v, int exponent) {
  return bits::Floats([&](uint32_t i) {
    const uint32_t old = v.Bits(i) >> 23 & 0xff;
    return old == 0xff ? v.Bits(i)
                       : (v.Bits(i) & ~bits::kExponent) | ((old + static_cast<uint32_t>(exponent)) & 0xff) << 23;
  });
}
inline vInt exexp(const vFloat& v, ExponentMode mode = ExponentMode::Debiased) {
  const int bias = mode == ExponentMode::NoDebias || mode == ExponentMode::Biased ? 0 : 127;
  return vInt::Of([&](uint32_t i) { return static_cast<int32_t>(v.Bits(i) >> 23 & 0xff) - bias; });
}
inline vInt exexp_nodebias(const vFloat& v) { return exexp(v, ExponentMode::NoDebias); }
// The mantissa; Pad8 and ImplicitOne have the bit before it as well.
inline vInt exman(const vFloat& v, MantissaMode mode = MantissaMode::Pad9) {
  const uint32_t one = mode == MantissaMode::Pad9 ? 0 : 1u << 23;
  return vInt::Of([&](uint32_t i) { return (v.Bits(i) & bits::kMantissa) | one; });
}
inline vInt exman8(const vFloat& v) { return exman(v, MantissaMode::Pad8); }
inline vInt exman9(const vFloat& v) { return exman(v, MantissaMode::Pad9); }

// By a number or a vector of numbers of bits: to the left, or to the right where they are negative.
template <typename V>
V shft(const V& v, const vInt& amount, ShiftMode mode = ShiftMode::Logical) {
  return V::Of([&](uint32_t i) -> uint32_t {
    const int n = amount.lane[i];
    if (n <= -32 || n >= 32) return mode == ShiftMode::Arithmetic && n < 0 && (v.Bits(i) & bits::kSign) ? ~0u : 0u;
    if (n >= 0) return v.Bits(i) << n;
    return mode == ShiftMode::Arithmetic ? static_cast<uint32_t>(static_cast<int32_t>(v.Bits(i)) >> -n)
                                         : v.Bits(i) >> -n;
  });
}
inline vInt lz(const vInt& v) {
  return vInt::Of([&](uint32_t i) { return std::countl_zero(v.Bits(i)); });
}

inline vFloat min(const vFloat& a, const vFloat& b) {
  return vFloat::Of([&](uint32_t i) { return b.lane[i] < a.lane[i] ? b.lane[i] : a.lane[i]; });
}
inline vFloat max(const vFloat& a, const vFloat& b) {
  return vFloat::Of([&](uint32_t i) { return a.lane[i] < b.lane[i] ? b.lane[i] : a.lane[i]; });
}
inline vInt min(const vInt& a, const vInt& b) {
  return vInt::Of([&](uint32_t i) { return std::min(a.lane[i], b.lane[i]); });
}
inline vInt max(const vInt& a, const vInt& b) {
  return vInt::Of([&](uint32_t i) { return std::max(a.lane[i], b.lane[i]); });
}
inline vFloat clamp(const vFloat& v, const vFloat& low, const vFloat& high) { return min(max(v, low), high); }
// The smaller ones to the first, the larger ones to the second.
template <typename V>
void vec_min_max(V& smaller, V& larger) {
  const V low = min(smaller, larger), high = max(smaller, larger);
  smaller = low;
  larger = high;
}
template <typename V>
void vec_swap(V& a, V& b) {
  const V was = a;
  a = b;
  b = was;
}

// The signed magnitude that SFPCAST takes: bit 31 is the sign.
inline vFloat int32_to_float(const vInt& v, int /*round*/ = 1) {
  return vFloat::Of([&](uint32_t i) {
    const float magnitude = static_cast<float>(v.Bits(i) & ~bits::kSign);
    return v.Bits(i) & bits::kSign ? -magnitude : magnitude;
  });
}
// Values rounded to the format, to the nearest, ties to even; they stay fp32.
inline vFloat float_to_fp16b(const vFloat& v, int /*round*/ = 0) {
  return bits::Floats([&](uint32_t i) {
    const uint32_t b = v.Bits(i);
    return std::isnan(v.lane[i]) ? b : (b + 0x7fffu + (b >> 16 & 1)) & 0xffff0000u;
  });
}
// To integers within what the format holds, as signed magnitudes.
namespace bits {
inline vInt Magnitudes(const vFloat& v, float limit, bool sign) {
  return vInt::Of([&](uint32_t i) {
    const float magnitude = std::fmin(std::nearbyint(std::fabs(v.lane[i])), limit);
    return static_cast<uint32_t>(magnitude) | (sign ? v.Bits(i) & kSign : 0u);
  });
}
}  // namespace bits
inline vInt float_to_uint8(const vFloat& v, int /*round*/ = 1) { return bits::Magnitudes(v, 255, false); }
inline vInt float_to_int8(const vFloat& v, int /*round*/ = 1) { return bits::Magnitudes(v, 127, true); }
inline vInt float_to_uint16(const vFloat& v, int /*round*/ = 1) { return bits::Magnitudes(v, 65535, false); }
inline vInt float_to_int16(const vFloat& v, int /*round*/ = 1) { return bits::Magnitudes(v, 32767, true); }

struct vFloat16b {};
template <typename R>
vFloat convert(const vFloat& v, RoundMode mode = RoundMode::Nearest) {
  static_assert(std::is_same_v<R, vFloat16b>, "the emulator converts floats to vFloat16b alone");
  (void)mode;
  return float_to_fp16b(v);
}

}  // namespace sfpi

#define v_if(...) \
  {               \
    ::sfpi::EnabledLanes tltt_lanes(__VA_ARGS__);
#define v_elseif(...)  \
  tltt_lanes.Others(); \
  tltt_lanes.And(__VA_ARGS__);
#define v_else tltt_lanes.Others();
#define v_and(...) tltt_lanes.And(__VA_ARGS__)
#define v_endif }
#define v_block \
  {             \
    ::sfpi::EnabledLanes tltt_lanes;
#define v_endblock }

// Stand-in for the vendor's sfpi.h, which only the vendor's compiler can build: the vector types, their operators and
// functions as declarations. Kernels and device headers that use them are checked for names, types and arguments; the
// object that comes out of it is not linked. Modifiers of Tensix instructions are real: SFPLOADI's modes as in
// Tenstorrent's public ISA documentation.
#pragma once

#include <cstdint>
#include <type_traits>

#define sfpi_inline inline

namespace sfpi {

constexpr unsigned SFPLOADI_MOD0_FLOATB = 0;
constexpr unsigned SFPLOADI_MOD0_FLOATA = 1;
constexpr unsigned SFPLOADI_MOD0_USHORT = 2;
constexpr unsigned SFPLOADI_MOD0_SHORT = 4;
constexpr unsigned SFPLOADI_MOD0_UPPER = 8;
constexpr unsigned SFPLOADI_MOD0_LOWER = 10;
constexpr unsigned SFPLOAD_MOD0_FMT_SRCB = 0, SFPSTORE_MOD0_FMT_SRCB = 0;
constexpr unsigned SFPMAD_MOD1_OFFSET_NONE = 0;
constexpr unsigned SFPSETCC_MOD1_LREG_LT0 = 0, SFPSETCC_MOD1_IMM_BIT0 = 1, SFPSETCC_MOD1_LREG_NE0 = 2;
constexpr unsigned SFPSETCC_MOD1_LREG_GTE0 = 4, SFPSETCC_MOD1_LREG_EQ0 = 6, SFPSETCC_MOD1_COMP = 8;
constexpr unsigned SFPIADD_MOD1_ARG_LREG_DST = 0, SFPIADD_MOD1_ARG_IMM = 1, SFPIADD_MOD1_ARG_2SCOMP_LREG_DST = 2;
constexpr unsigned SFPIADD_MOD1_CC_LT0 = 0, SFPIADD_MOD1_CC_NONE = 4, SFPIADD_MOD1_CC_GTE0 = 8;
constexpr unsigned SFPSWAP_MOD1_SWAP = 0, SFPSWAP_MOD1_VEC_MIN_MAX = 1;
constexpr unsigned SFPSHFT2_MOD1_SUBVEC_SHFLROR1 = 3, SFPSHFT2_MOD1_SHFT_LREG = 5, SFPSHFT2_MOD1_SHFT_IMM = 6;
constexpr unsigned SFPSTOCHRND_RND_EVEN = 0, SFPSTOCHRND_RND_STOCH = 1;
constexpr unsigned SFPSTOCHRND_MOD1_FP32_TO_FP16A = 0, SFPSTOCHRND_MOD1_FP32_TO_FP16B = 1;
constexpr unsigned SFPSTOCHRND_MOD1_FP32_TO_UINT8 = 2, SFPSTOCHRND_MOD1_FP32_TO_UINT16 = 6;
constexpr unsigned SFPCAST_MOD1_INT32_TO_FP32_RNE = 0;
constexpr unsigned SFPARECIP_MOD1_RECIP = 0, SFPARECIP_MOD1_COND_RECIP = 1, SFPARECIP_MOD1_EXP = 2;
constexpr unsigned SFPEXMAN_MOD1_PAD8 = 0, SFPEXMAN_MOD1_PAD9 = 1;
constexpr unsigned SFPEXEXP_MOD1_SET_CC_SGN_EXP = 2, SFPEXEXP_MOD1_SET_CC_COMP_EXP = 10;

enum class RoundMode { Nearest, Stochastic, Even, NearestEven };
enum class ExponentMode { Biased, Unbiased, Debiased, NoDebias };
enum class MantissaMode { Pad8, Pad9, ImplicitOne };
enum class ShiftMode { Logical, Arithmetic };
enum class DataLayout { Default, FP16A, FP16B, FP32, I32, U16, I8, SM32, U32 };

struct Condition {};
using vBool = Condition;
Condition operator&&(Condition, Condition);
Condition operator||(Condition, Condition);
Condition operator!(Condition);
template <typename T>
void condition(const T&);

template <typename Self>
struct Vector {
  Self& operator++();
  Self operator++(int);
  Self& operator--();
  Self operator--(int);
  Self operator-() const;
  Self operator~() const;
  template <typename T> Self& operator+=(const T&);
  template <typename T> Self& operator-=(const T&);
  template <typename T> Self& operator*=(const T&);
  template <typename T> Self& operator&=(const T&);
  template <typename T> Self& operator|=(const T&);
  template <typename T> Self& operator^=(const T&);
  template <typename T> Self& operator<<=(const T&);
  template <typename T> Self& operator>>=(const T&);
};

struct DstElement;
struct Register {};  // what a vector holds: the operand type of the compiler's own builtins

#define TLTT_SFPI_VECTOR(name, scalar) \
  struct name : Vector<name> {         \
    name();                            \
    name(const name&);                 \
    name(scalar);                      \
    name(const DstElement&);           \
    explicit name(Register);           \
    Register get() const;              \
    template <typename T, typename = std::enable_if_t<std::is_arithmetic_v<T>>> name(T); \
    template <typename T> name(const Vector<T>&); \
    name& operator=(const name&);      \
    template <typename T> name& operator=(const T&); \
  };
struct vInt;
struct vUInt;
TLTT_SFPI_VECTOR(vFloat, float)
TLTT_SFPI_VECTOR(vInt, std::int32_t)
TLTT_SFPI_VECTOR(vUInt, std::uint32_t)
TLTT_SFPI_VECTOR(vMag, std::uint32_t)
TLTT_SFPI_VECTOR(vSMag, std::int32_t)
TLTT_SFPI_VECTOR(vSMag16, std::int32_t)
TLTT_SFPI_VECTOR(vSMag8, std::int32_t)
TLTT_SFPI_VECTOR(vUInt16, std::uint32_t)
TLTT_SFPI_VECTOR(vUInt8, std::uint32_t)
TLTT_SFPI_VECTOR(vFloat16b, float)
TLTT_SFPI_VECTOR(vFloat16a, float)
#undef TLTT_SFPI_VECTOR

template <typename T>
constexpr bool is_vector = std::is_base_of_v<Vector<T>, T>;
// The vector type of a binary operation between two vectors, or a vector and a scalar.
template <typename A, typename B>
using Common = std::enable_if_t<is_vector<A> || is_vector<B>, std::conditional_t<is_vector<A>, A, B>>;

template <typename A, typename B> Common<A, B> operator+(const A&, const B&);
template <typename A, typename B> Common<A, B> operator-(const A&, const B&);
template <typename A, typename B> Common<A, B> operator*(const A&, const B&);
template <typename A, typename B> Common<A, B> operator&(const A&, const B&);
template <typename A, typename B> Common<A, B> operator|(const A&, const B&);
template <typename A, typename B> Common<A, B> operator^(const A&, const B&);
template <typename A, typename B> Common<A, B> operator<<(const A&, const B&);
template <typename A, typename B> Common<A, B> operator>>(const A&, const B&);
template <typename A, typename B> std::conditional_t<true, Condition, Common<A, B>> operator<(const A&, const B&);
template <typename A, typename B> std::conditional_t<true, Condition, Common<A, B>> operator<=(const A&, const B&);
template <typename A, typename B> std::conditional_t<true, Condition, Common<A, B>> operator>(const A&, const B&);
template <typename A, typename B> std::conditional_t<true, Condition, Common<A, B>> operator>=(const A&, const B&);
template <typename A, typename B> std::conditional_t<true, Condition, Common<A, B>> operator==(const A&, const B&);
template <typename A, typename B> std::conditional_t<true, Condition, Common<A, B>> operator!=(const A&, const B&);

struct sFloat16b {
  sFloat16b(float);
  operator vFloat() const;
};
struct sFloat16a {
  sFloat16a(float);
  operator vFloat() const;
};

struct DstElement : Vector<DstElement> {
  template <typename T> void operator=(const T&) const;
  vFloat operator-() const;
  template <DataLayout layout, typename T = vFloat> DstElement mode() const;
};
struct DstRegister {
  DstElement operator[](int) const;
  void operator++(int) const;
  void operator++() const;
  void operator+=(int) const;
};
extern const DstRegister dst_reg;

enum class LRegs { LReg0, LReg1, LReg2, LReg3, LReg4, LReg5, LReg6, LReg7, LReg8, LReg9, LReg10, LReg11, LReg12, LReg13, LReg14, LReg15 };
struct LocalRegister {
  template <typename T> void operator=(const T&) const;
  operator vFloat() const;
  operator vInt() const;
  operator vUInt() const;
};
struct LocalRegisters {
  LocalRegister operator[](LRegs) const;
};
extern const LocalRegisters l_reg;

extern vFloat vConstFloatPrgm0, vConstFloatPrgm1, vConstFloatPrgm2, vConst0, vConst1, vConstNeg1;
extern vInt vConstIntPrgm0, vConstIntPrgm1, vConstIntPrgm2, vConstTileId;

template <typename R, typename... A> R as(const A&...);
template <typename R, typename... A> R reinterpret(const A&...);
template <typename R, typename... A> R convert(const A&...);
template <typename T> T abs(const T&);
template <typename T, typename U> T min(const T&, const U&);
template <typename T, typename U> T max(const T&, const U&);
template <typename T, typename... A> T setexp(const T&, const A&...);
template <typename T, typename... A> T setman(const T&, const A&...);
template <typename T, typename... A> T setsgn(const T&, const A&...);
template <typename T, typename... A> T setsgn2(const T&, const A&...);
template <typename T, typename... A> T copysgn(const T&, const A&...);
template <typename T, typename... A> T copyman(const T&, const A&...);
template <typename T, typename Low, typename High> T clamp(const T&, const Low&, const High&);
template <typename T, typename... A> T approx_recip(const T&, const A&...);
template <typename T, typename... A> T approx_exp(const T&, const A&...);
Condition nearby(Condition);
template <typename T> Condition is_inf(const T&);
template <typename T> Condition is_nan(const T&);
template <typename T> Condition is_finite(const T&);
template <typename T, typename... A> T addexp(const T&, const A&...);
template <typename T, typename... A> T shft(const T&, const A&...);
template <typename... A> vInt exexp(const A&...);
template <typename... A> vInt exman(const A&...);
template <typename... A> vInt lz(const A&...);

}  // namespace sfpi

#define v_if(...) { ::sfpi::condition(__VA_ARGS__);
#define v_elseif(...) ::sfpi::condition(__VA_ARGS__);
#define v_else
#define v_and(...) ::sfpi::condition(__VA_ARGS__)
#define v_endif }
#define v_block {
#define v_endblock }

// Builtins that device headers call by themselves.
sfpi::Register __builtin_rvtt_sfpgt(sfpi::Register, sfpi::Register, int);

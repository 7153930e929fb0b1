// Stand-in for the vendor's sfpi.h, whose vectors only the vendor's compiler knows: vector types as classes whose operators
// issue the vector unit's instructions, as Tenstorrent's public ISA documentation has them. Results are the chip's, speed
// is not: every operation of an expression is an instruction of its own (a product and a sum are not joined), conditions
// are vectors of ones and zeros. Functions that are declared alone are checked for names, types and arguments; code that
// calls them does not link.
#pragma once

#include <cstdint>
#include <type_traits>

#include "sfpi_issue.h"

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
constexpr unsigned SFPSTOCHRND_MOD1_FP32_TO_INT8 = 3, SFPSTOCHRND_MOD1_FP32_TO_INT16 = 7;
constexpr unsigned SFP_DESTREG_STRIDE = 2;
constexpr unsigned SFPENCC_IMM12_BOTH = 3, SFPENCC_MOD1_EU_R1 = 0, SFPENCC_MOD1_EI_RI = 10;
constexpr unsigned SFPABS_MOD1_INT = 0, SFPABS_MOD1_FLOAT = 1;
constexpr unsigned SFPCAST_MOD1_INT32_TO_FP32_RNE = 0;
constexpr unsigned SFPARECIP_MOD1_RECIP = 0, SFPARECIP_MOD1_COND_RECIP = 1, SFPARECIP_MOD1_EXP = 2;
constexpr unsigned SFPEXMAN_MOD1_PAD8 = 0, SFPEXMAN_MOD1_PAD9 = 1;
constexpr unsigned SFPEXEXP_MOD1_SET_CC_SGN_EXP = 2, SFPEXEXP_MOD1_SET_CC_COMP_EXP = 10;

enum class RoundMode { Nearest, Stochastic, Even, NearestEven, NearestStochastic, NearestAway };
enum class ExponentMode { Biased, Unbiased, Debiased, NoDebias };
enum class MantissaMode { Pad8, Pad9, ImplicitOne };
enum class ShiftMode { Logical, Arithmetic };
enum class DataLayout { Default, FP16A, FP16B, FP32, I32, U16, I8, SM32, U32, M32, F32 = FP32, FSrcB = Default };

// --- Instructions --------------------------------------------------------------------------------------------------

namespace issue {

inline void LoadBits(Id to, std::uint32_t bits) {
  const auto load = [&](unsigned mode, std::uint32_t half) { Word(TT_OP_SFPLOADI(0, mode, half), to); };
  if ((bits & 0xffff) == 0) {
    load(SFPLOADI_MOD0_FLOATB, bits >> 16);
  } else if (bits >> 16 == 0) {
    load(SFPLOADI_MOD0_USHORT, bits);
  } else {
    load(SFPLOADI_MOD0_UPPER, bits >> 16);
    load(SFPLOADI_MOD0_LOWER, bits & 0xffff);
  }
}
template <typename T> std::uint32_t BitsOf(T value, bool is_float) {
  if (is_float || std::is_floating_point_v<T>) return __builtin_bit_cast(std::uint32_t, static_cast<float>(value));
  return static_cast<std::uint32_t>(value);
}
inline void LoadAllLanes(Id to, std::uint32_t bits) {
  Word(TT_OP_SFPPUSHC(0, 0, 0, 0));
  Word(TT_OP_SFPENCC(SFPENCC_IMM12_BOTH, 0, 0, SFPENCC_MOD1_EI_RI));
  LoadBits(to, bits);
  Word(TT_OP_SFPPOPC(0, 0, 0, 0));
}
inline Reg Bits(std::uint32_t bits) {
  Reg reg;
  LoadBits(reg.id(), bits);
  return reg;
}
// 0, 1.0 and -1.0 have registers of their own.
inline Reg Value(std::uint32_t bits) {
  if (bits == 0) return Reg(kZero, false);
  if (bits == 0x3f800000) return Reg(kOne, false);
  if (bits == 0xbf800000) return Reg(kMinusOne, false);
  return Bits(bits);
}
inline Reg Float(float value) { return Value(__builtin_bit_cast(std::uint32_t, value)); }
// Of which instructions may overwrite the operand in place.
inline Reg Writable(Reg operand) {
  if (operand.mine()) return operand;
  Reg copy;
  Move(copy.id(), operand.id());
  return copy;
}

// Registers 11 to 14 are written through register 0 alone.
inline void Configure(Id constant, Id from) {
  Move(0, from);
  Word(TT_OP_SFPCONFIG(0, constant, 0), kNone, 0);
}

}  // namespace issue

// --- Vectors -------------------------------------------------------------------------------------------------------

template <typename Self>
struct Vector {};


using Register = issue::Reg;  // the operand type of the compiler's own builtins

enum class VectorKind { Float, Int };
struct DstElement;
struct LocalRegister;
template <typename V, int index> struct ConstantRegister;

template <typename T> constexpr bool is_vector = std::is_base_of_v<Vector<T>, T>;
template <typename T> issue::Reg OperandRegister(T&& value, VectorKind kind);

struct sFloat16b {
  sFloat16b(float v) : value(v) {}
  float value;
};
struct sFloat16a {
  sFloat16a(float v) : value(v) {}
  float value;
};

template <typename T> constexpr bool is_literal = std::is_same_v<T, sFloat16b> || std::is_same_v<T, sFloat16a>;

#define TLTT_SFPI_VECTOR(name, scalar, kind_of)                                                                       \
  struct name : Vector<name> {                                                                                        \
    static constexpr VectorKind kind = VectorKind::kind_of;                                                           \
    name() = default;                                                                                                 \
    name(const name& other) : constant(other.constant), bits(other.bits) {                                            \
      if (other.id != issue::kNone) Define(issue::Writable(other.Where()));                                           \
    }                                                                                                                 \
    name(name&& other) : id(other.id), lanes(other.lanes), constant(other.constant), bits(other.bits) {               \
      other.id = issue::kNone;                                                                                        \
    }                                                                                                                 \
    explicit name(issue::Reg&& from) { Define(issue::Writable(static_cast<issue::Reg&&>(from))); }                    \
    Register get() const { return Where(); }                                                                          \
    template <typename T, typename = std::enable_if_t<!std::is_same_v<std::decay_t<T>, name>>>                        \
    name(T&& value) {                                                                                                 \
      Define(static_cast<T&&>(value));                                                                                \
    }                                                                                                                 \
    ~name() { Drop(); }                                                                                               \
    name& operator=(const name& other) {                                                                              \
      if (this != &other) Set(other);                                                                                 \
      return *this;                                                                                                   \
    }                                                                                                                 \
    template <typename T> name& operator=(T&& value) {                                                                \
      Set(static_cast<T&&>(value));                                                                                   \
      return *this;                                                                                                   \
    }                                                                                                                 \
    name operator~() const;                                                                                           \
    name operator-() const;                                                                                           \
    issue::Reg Where() const { return constant ? issue::Value(bits) : issue::Reg(id, false); }                        \
    issue::Id id = issue::kNone; /* none before it has a value, and for a constant */                                 \
    std::uint16_t lanes = 0;     /* those that were enabled when it got its value */                                  \
    bool constant = false;       /* loaded where it is used, for there are few registers */                           \
    std::uint32_t bits = 0;                                                                                           \
                                                                                                                      \
   private:                                                                                                           \
    void Drop() {                                                                                                     \
      if (id != issue::kNone) issue::Close(id);                                                                       \
    }                                                                                                                 \
    template <typename T> void Define(T&& value) {                                                                    \
      using V = std::decay_t<T>;                                                                                      \
      lanes = issue::state.lanes;                                                                                     \
      constant = std::is_arithmetic_v<V> || is_literal<V>;                                                            \
      if constexpr (std::is_arithmetic_v<V>) {                                                                        \
        bits = issue::BitsOf(value, kind == VectorKind::Float);                                                       \
      } else if constexpr (is_literal<V>) {                                                                           \
        bits = issue::BitsOf(value.value, true);                                                                      \
      } else {                                                                                                        \
        id = issue::Writable(OperandRegister(static_cast<T&&>(value), kind)).Keep();                                  \
      }                                                                                                               \
    }                                                                                                                 \
    template <typename T> void Set(T&& value) {                                                                       \
      if (issue::state.lanes == 0 || issue::state.lanes == lanes || (id == issue::kNone && !constant)) {              \
        name now(static_cast<T&&>(value)); /* nothing is left of what it was */                                       \
        Drop();                                                                                                       \
        id = now.id;                                                                                                  \
        lanes = now.lanes;                                                                                            \
        constant = now.constant;                                                                                      \
        bits = now.bits;                                                                                              \
        now.id = issue::kNone;                                                                                        \
        return;                                                                                                       \
      }                                                                                                               \
      issue::Reg from = OperandRegister(static_cast<T&&>(value), kind);                                               \
      if (constant) {                                                                                                 \
        id = issue::Open();                                                                                           \
        issue::LoadAllLanes(id, bits);                                                                                \
        constant = false;                                                                                             \
      }                                                                                                               \
      issue::Move(id, from.id()); /* in the enabled lanes */                                                          \
    }                                                                                                                 \
  };
TLTT_SFPI_VECTOR(vFloat, float, Float)
TLTT_SFPI_VECTOR(vInt, std::int32_t, Int)
TLTT_SFPI_VECTOR(vUInt, std::uint32_t, Int)
TLTT_SFPI_VECTOR(vMag, std::uint32_t, Int)
TLTT_SFPI_VECTOR(vSMag, std::int32_t, Int)
TLTT_SFPI_VECTOR(vSMag16, std::int32_t, Int)
TLTT_SFPI_VECTOR(vSMag8, std::int32_t, Int)
TLTT_SFPI_VECTOR(vUInt16, std::uint32_t, Int)
TLTT_SFPI_VECTOR(vUInt8, std::uint32_t, Int)
TLTT_SFPI_VECTOR(vFloat16b, float, Float)
TLTT_SFPI_VECTOR(vFloat16a, float, Float)
#undef TLTT_SFPI_VECTOR

// A register that has the same value in every kernel, or one that a kernel sets once for all.
template <typename V, int index> struct ConstantRegister {
  template <typename T> void operator=(T&& value) const {
    issue::Reg from = OperandRegister(static_cast<T&&>(value), V::kind);
    issue::Configure(index, from.id());
  }
  V operator-() const { return -V(*this); }
};
inline const ConstantRegister<vFloat, 9> vConst0{};
inline const ConstantRegister<vFloat, 10> vConst1{};
inline const ConstantRegister<vFloat, 11> vConstNeg1{};
inline const ConstantRegister<vFloat, 8> vConst0p8373{};
inline const ConstantRegister<vFloat, 12> vConstFloatPrgm0{};
inline const ConstantRegister<vFloat, 13> vConstFloatPrgm1{};
inline const ConstantRegister<vFloat, 14> vConstFloatPrgm2{};
inline const ConstantRegister<vInt, 12> vConstIntPrgm0{};
inline const ConstantRegister<vInt, 13> vConstIntPrgm1{};
inline const ConstantRegister<vInt, 14> vConstIntPrgm2{};
inline const ConstantRegister<vInt, 15> vConstTileId{};

// --- DST -----------------------------------------------------------------------------------------------------------

constexpr unsigned kNoIncrement =  // the address mode that leaves DST's counter alone
#ifdef ARCH_WORMHOLE
    3;
#else
    7;
#endif
constexpr int kDstStride = 2;  // rows of DST to the next vector

template <DataLayout layout> constexpr unsigned LayoutMode() {
  switch (layout) {
    case DataLayout::FP16A: return 1;
    case DataLayout::FP16B: return 2;
    case DataLayout::FP32: return 3;
    case DataLayout::I32:
    case DataLayout::U32: return 4;
    case DataLayout::U16: return 6;
    default: return 0;
  }
}

struct DstElement : Vector<DstElement> {
  explicit DstElement(int at, unsigned m = 16) : index(at), load_mode(m) {}
  template <typename T> void operator=(T&& value) const {
    // Integers are stored as they are, floats in DST's format, whatever type the value has.
    using V = std::decay_t<T>;
    VectorKind kind = VectorKind::Float;
    if constexpr (std::is_integral_v<V>) kind = VectorKind::Int;
    issue::Reg from = OperandRegister(static_cast<T&&>(value), kind);
    issue::Word(TT_OP_SFPSTORE(0, Mode(IntegerOf<V>()), address_mode, index * kDstStride), from.id());
  }
  void operator=(const DstElement& other) const { *this = vFloat(other); }
  vFloat operator-() const { return -vFloat(*this); }
  template <DataLayout layout, typename T = vFloat> DstElement mode() const {
    if constexpr (layout == DataLayout::I8 || layout == DataLayout::SM32 || layout == DataLayout::M32) {
      return UnknownLayout();
    } else {
      return DstElement(index, LayoutMode<layout>());
    }
  }
  DstElement mode(unsigned char address) const {
    DstElement element = *this;
    element.address_mode = address;
    return element;
  }
  issue::Reg Load(VectorKind kind) const {
    issue::Reg to;
    issue::Word(TT_OP_SFPLOAD(0, Mode(kind == VectorKind::Int), address_mode, index * kDstStride), to.id());
    return to;
  }

  DstElement UnknownLayout() const;  // declared alone: what uses it does not link
  int index;
  unsigned load_mode;  // 16: by the vector's type
  unsigned address_mode = kNoIncrement;

 private:
  template <typename V> static constexpr bool IntegerOf() {
    if constexpr (is_vector<V> && !std::is_same_v<V, DstElement>) return V::kind == VectorKind::Int;
    return std::is_integral_v<V>;
  }
  unsigned Mode(bool integer) const { return load_mode != 16 ? load_mode : integer ? 4 : 0; }
};

struct DstRegister {
  DstElement operator[](int index) const { return DstElement(index); }
  void operator++(int) const { *this += 1; }
  void operator++() const { *this += 1; }
  void operator+=(int vectors) const { issue::Word(TT_OP_INCRWC(0, vectors * kDstStride, 0, 0)); }
};
inline const DstRegister dst_reg{};

enum class LRegs { LReg0, LReg1, LReg2, LReg3, LReg4, LReg5, LReg6, LReg7, LReg8, LReg9, LReg10, LReg11, LReg12, LReg13, LReg14, LReg15 };
struct LocalRegister {
  issue::Id index;
  template <typename T> void operator=(T&& value) const {
    issue::Reg from = OperandRegister(static_cast<T&&>(value), VectorKind::Float);
    if (from.id() != index) issue::Move(index, from.id());
  }
  void in_use() const {}
};
struct LocalRegisters {
  LocalRegister operator[](LRegs reg) const { return {static_cast<issue::Id>(reg)}; }
};
inline const LocalRegisters l_reg{};

// --- Operands ------------------------------------------------------------------------------------------------------

template <typename V, int index> issue::Reg RegisterOf(const ConstantRegister<V, index>&, VectorKind) { return issue::Reg(index, false); }
template <int> struct LutTable;  // of the vector unit's interpolation
template <int kind> issue::Reg RegisterOf(const LutTable<kind>&, VectorKind);
inline issue::Reg RegisterOf(const DstElement& element, VectorKind kind) { return element.Load(kind); }
inline issue::Reg RegisterOf(const LocalRegister& reg, VectorKind) { return issue::Reg(reg.index, false); }
inline issue::Reg RegisterOf(const sFloat16b& value, VectorKind) { return issue::Float(value.value); }
inline issue::Reg RegisterOf(const sFloat16a& value, VectorKind) { return issue::Float(value.value); }

template <typename T> issue::Reg OperandRegister(T&& value, VectorKind kind) {
  using V = std::decay_t<T>;
  if constexpr (std::is_same_v<V, issue::Reg>) {
    return static_cast<issue::Reg&&>(value);
  } else if constexpr (std::is_arithmetic_v<V> || std::is_enum_v<V>) {
    return issue::Value(issue::BitsOf(value, kind == VectorKind::Float));
  } else if constexpr (is_vector<V> && !std::is_same_v<V, DstElement>) {
    if constexpr (std::is_lvalue_reference_v<T> || std::is_const_v<std::remove_reference_t<T>>) {
      return value.Where();
    } else {
      if (value.constant) return issue::Value(value.bits);
      const issue::Id id = value.id;
      value.id = issue::kNone;  // a temporary: it is the operation's
      return issue::Reg(id, true);
    }
  } else {
    return RegisterOf(value, kind);
  }
}

template <typename T> struct IsOperand : std::bool_constant<is_vector<T>> {};
template <typename V, int index> struct IsOperand<ConstantRegister<V, index>> : std::true_type {};
template <> struct IsOperand<LocalRegister> : std::true_type {};

// The vector type of an operand, and of an operation: the left one's, where that is a vector.
template <typename T> struct VectorOf { using type = void; };
template <> struct VectorOf<vFloat> { using type = vFloat; };
template <> struct VectorOf<vInt> { using type = vInt; };
template <> struct VectorOf<vUInt> { using type = vUInt; };
template <> struct VectorOf<vMag> { using type = vMag; };
template <> struct VectorOf<vSMag> { using type = vSMag; };
template <> struct VectorOf<vSMag16> { using type = vSMag16; };
template <> struct VectorOf<vSMag8> { using type = vSMag8; };
template <> struct VectorOf<vUInt16> { using type = vUInt16; };
template <> struct VectorOf<vUInt8> { using type = vUInt8; };
template <> struct VectorOf<vFloat16b> { using type = vFloat; };
template <> struct VectorOf<vFloat16a> { using type = vFloat; };
template <> struct VectorOf<DstElement> { using type = vFloat; };
template <> struct VectorOf<LocalRegister> { using type = vFloat; };
template <typename V, int index> struct VectorOf<ConstantRegister<V, index>> { using type = V; };
template <typename A, typename B>
using Common = std::enable_if_t<
    IsOperand<std::decay_t<A>>::value || IsOperand<std::decay_t<B>>::value,
    std::conditional_t<std::is_void_v<typename VectorOf<std::decay_t<A>>::type>,
                       typename VectorOf<std::decay_t<B>>::type, typename VectorOf<std::decay_t<A>>::type>>;

namespace issue {

// d = a * b + c
inline Reg Mad(Reg a, Reg b, Reg c) {
  Reg d;
  Word(TT_OP_SFPMAD(0, 0, 0, 0, 0), d.id(), c.id(), b.id(), a.id());
  return d;
}
inline Reg Product(Reg a, Reg b) {
  Reg d;
  Multiply(d.id(), a.id(), b.id());
  return d;
}
// The sum of a product that is held back and of something else.
inline Reg Joined(Reg product, Reg other) {
  AddToProduct(other.id());
  return product;
}
inline Reg Add(VectorKind kind, Reg a, Reg b) {
  if (kind == VectorKind::Float) {
    if (b.mine() && IsProduct(b.id())) return Joined(static_cast<Reg&&>(b), static_cast<Reg&&>(a));
    if (a.mine() && IsProduct(a.id())) return Joined(static_cast<Reg&&>(a), static_cast<Reg&&>(b));
    return Mad(Reg(kOne, false), static_cast<Reg&&>(a), static_cast<Reg&&>(b));
  }
  Reg d = Writable(static_cast<Reg&&>(a));
  Word(TT_OP_SFPIADD(0, 0, 0, SFPIADD_MOD1_ARG_LREG_DST | SFPIADD_MOD1_CC_NONE), d.id(), b.id());
  return d;
}
inline Reg Subtract(VectorKind kind, Reg a, Reg b) {
  if (kind == VectorKind::Float) return Mad(static_cast<Reg&&>(b), Reg(kMinusOne, false), static_cast<Reg&&>(a));
  Reg d = Writable(static_cast<Reg&&>(b));
  Word(TT_OP_SFPIADD(0, 0, 0, SFPIADD_MOD1_ARG_2SCOMP_LREG_DST | SFPIADD_MOD1_CC_NONE), d.id(), a.id());
  return d;
}

// A choice of lanes as a vector of ones and zeros.
enum class Test { Less, GreaterEqual, Equal, NotEqual, Greater, LessEqual };
inline Reg Truth(Test test, Id of) {
  const bool inverse = test == Test::LessEqual;  // not greater
  Reg truth = Bits(inverse ? 1 : 0);
  Word(TT_OP_SFPPUSHC(0, 0, 0, 0));
  const auto require = [&](unsigned condition) { Word(TT_OP_SFPSETCC(0, 0, 0, condition), kNone, of); };
  switch (test) {
    case Test::Less: require(SFPSETCC_MOD1_LREG_LT0); break;
    case Test::GreaterEqual: require(SFPSETCC_MOD1_LREG_GTE0); break;
    case Test::Equal: require(SFPSETCC_MOD1_LREG_EQ0); break;
    case Test::NotEqual: require(SFPSETCC_MOD1_LREG_NE0); break;
    case Test::Greater:
    case Test::LessEqual:
      require(SFPSETCC_MOD1_LREG_GTE0);
      require(SFPSETCC_MOD1_LREG_NE0);
      break;
  }
  LoadBits(truth.id(), inverse ? 0 : 1);
  Word(TT_OP_SFPPOPC(0, 0, 0, 0));
  return truth;
}

}  // namespace issue

struct Condition {
  explicit Condition(issue::Reg&& from) : reg(static_cast<issue::Reg&&>(from)) {}
  Condition(bool value) : reg(issue::Bits(value)) {}
  template <typename V, typename = std::enable_if_t<is_vector<V>>>
  Condition(const V& value) : reg(issue::Truth(issue::Test::NotEqual, OperandRegister(value, VectorKind::Int).id())) {}
  issue::Reg reg;
};
using vBool = Condition;

inline Condition operator&&(Condition a, Condition b) {
  issue::Word(TT_OP_SFPAND(0, 0, 0, 0), a.reg.id(), b.reg.id());
  return Condition(static_cast<issue::Reg&&>(a.reg));
}
inline Condition operator||(Condition a, Condition b) {
  issue::Word(TT_OP_SFPOR(0, 0, 0, 0), a.reg.id(), b.reg.id());
  return Condition(static_cast<issue::Reg&&>(a.reg));
}
inline Condition operator!(Condition a) { return Condition(issue::Truth(issue::Test::Equal, a.reg.id())); }

template <typename A, typename B> Common<A, B> operator+(A&& a, B&& b) {
  using V = Common<A, B>;
  return V(issue::Add(V::kind, OperandRegister(static_cast<A&&>(a), V::kind), OperandRegister(static_cast<B&&>(b), V::kind)));
}
template <typename A, typename B> Common<A, B> operator-(A&& a, B&& b) {
  using V = Common<A, B>;
  return V(issue::Subtract(V::kind, OperandRegister(static_cast<A&&>(a), V::kind), OperandRegister(static_cast<B&&>(b), V::kind)));
}
template <typename A, typename B> Common<A, B> operator*(A&& a, B&& b) {
  using V = Common<A, B>;
  static_assert(V::kind == VectorKind::Float, "the vector unit multiplies floats");
  return V(issue::Product(OperandRegister(static_cast<A&&>(a), V::kind), OperandRegister(static_cast<B&&>(b), V::kind)));
}
#define TLTT_SFPI_BITS(op, instruction)                                       \
  template <typename A, typename B> Common<A, B> operator op(A&& a, B&& b) {  \
    using V = Common<A, B>;                                                   \
    issue::Reg d = issue::Writable(OperandRegister(static_cast<A&&>(a), VectorKind::Int));  \
    issue::Reg other = OperandRegister(static_cast<B&&>(b), VectorKind::Int);               \
    issue::Word(instruction(0, 0, 0, 0), d.id(), other.id());                 \
    return V(static_cast<issue::Reg&&>(d));                                   \
  }
TLTT_SFPI_BITS(&, TT_OP_SFPAND)
TLTT_SFPI_BITS(|, TT_OP_SFPOR)
TLTT_SFPI_BITS(^, TT_OP_SFPXOR)
#undef TLTT_SFPI_BITS
// By numbers, to the left, or of unsigned integers to the right. (Arithmetic shifts are not known here.)
template <typename A> Common<A, int> operator<<(A&& a, int bits) {
  issue::Reg d = issue::Writable(OperandRegister(static_cast<A&&>(a), VectorKind::Int));
  issue::Word(TT_OP_SFPSHFT(bits & 0xfff, 0, 0, 1), d.id());
  return Common<A, int>(static_cast<issue::Reg&&>(d));
}
inline vUInt operator>>(const vUInt& a, int bits) { return vUInt(a) << -bits; }
template <typename A, typename B> Common<A, B> operator<<(const A&, const B&);
template <typename A, typename B> Common<A, B> operator>>(const A&, const B&);

#define TLTT_SFPI_ASSIGN(op)                                                                             \
  template <typename V, typename T> std::enable_if_t<is_vector<V>, V&> operator op##=(V& v, T&& value) { \
    return v = v op static_cast<T&&>(value);                                                             \
  }
TLTT_SFPI_ASSIGN(+)
TLTT_SFPI_ASSIGN(-)
TLTT_SFPI_ASSIGN(*)
TLTT_SFPI_ASSIGN(&)
TLTT_SFPI_ASSIGN(|)
TLTT_SFPI_ASSIGN(^)
TLTT_SFPI_ASSIGN(<<)
TLTT_SFPI_ASSIGN(>>)
#undef TLTT_SFPI_ASSIGN
template <typename V> std::enable_if_t<is_vector<V>, V&> operator++(V& v) { return v += 1; }
template <typename V> std::enable_if_t<is_vector<V>, V&> operator--(V& v) { return v -= 1; }
template <typename V> std::enable_if_t<is_vector<V>> operator++(V& v, int) { v += 1; }
template <typename V> std::enable_if_t<is_vector<V>> operator--(V& v, int) { v -= 1; }

#define TLTT_SFPI_COMPARE(op, test)                                                                           \
  template <typename A, typename B> std::conditional_t<true, Condition, Common<A, B>> operator op(A&& a, B&& b) { \
    using V = Common<A, B>;                                                                                   \
    issue::Reg left = OperandRegister(static_cast<A&&>(a), V::kind);                                                  \
    if constexpr (std::is_arithmetic_v<std::decay_t<B>>) {                                                    \
      if (b == 0) return Condition(issue::Truth(issue::Test::test, left.id()));                            \
    }                                                                                                         \
    issue::Reg difference =                                                                                   \
        issue::Subtract(V::kind, static_cast<issue::Reg&&>(left), OperandRegister(static_cast<B&&>(b), V::kind));     \
    return Condition(issue::Truth(issue::Test::test, difference.id()));                                    \
  }
TLTT_SFPI_COMPARE(<, Less)
TLTT_SFPI_COMPARE(<=, LessEqual)
TLTT_SFPI_COMPARE(>, Greater)
TLTT_SFPI_COMPARE(>=, GreaterEqual)
TLTT_SFPI_COMPARE(==, Equal)
TLTT_SFPI_COMPARE(!=, NotEqual)
#undef TLTT_SFPI_COMPARE

#define TLTT_SFPI_UNARY(name)                                                                       \
  inline name name::operator-() const {                                                             \
    if constexpr (kind == VectorKind::Int) return name(issue::Subtract(kind, issue::Bits(0), Where())); \
    issue::Reg d;                                                                                   \
    issue::Word(TT_OP_SFPMOV(0, 0, 0, 1), d.id(), Where().id());                                                \
    return name(static_cast<issue::Reg&&>(d));                                                      \
  }                                                                                                 \
  inline name name::operator~() const {                                                             \
    issue::Reg d;                                                                                   \
    issue::Word(TT_OP_SFPNOT(0, 0, 0, 0), d.id(), Where().id());                                                \
    return name(static_cast<issue::Reg&&>(d));                                                      \
  }
TLTT_SFPI_UNARY(vFloat)
TLTT_SFPI_UNARY(vInt)
TLTT_SFPI_UNARY(vUInt)
#undef TLTT_SFPI_UNARY

// --- EnabledLanes ---------------------------------------------------------------------------------------------------------

// The lanes that a v_if and its v_elseif and v_else leave enabled.
class EnabledLanes {
 public:
  EnabledLanes() : before_(issue::state.lanes) { Push(); }
  explicit EnabledLanes(Condition condition) : EnabledLanes() { And(condition); }
  ~EnabledLanes() {
    for (; depth_ > 0; --depth_) issue::Word(TT_OP_SFPPOPC(0, 0, 0, 0));
    issue::state.lanes = before_;
  }
  EnabledLanes(const EnabledLanes&) = delete;
  void And(const Condition& condition) {
    issue::Word(TT_OP_SFPSETCC(0, 0, 0, SFPSETCC_MOD1_LREG_NE0), issue::kNone, condition.reg.id());
    issue::ChooseLanes();
  }
  void Others() {
    issue::Word(TT_OP_SFPCOMPC(0, 0, 0, 0));
    issue::ChooseLanes();
  }
  void Enter(Condition condition) {
    Push();
    And(condition);
  }

 private:
  void Push() {
    issue::Word(TT_OP_SFPPUSHC(0, 0, 0, 0));
    ++depth_;
  }
  const std::uint16_t before_;
  int depth_ = 0;
};

// --- Functions -----------------------------------------------------------------------------------------------------

namespace issue {
template <typename V> V Into(std::uint32_t word, Reg from) {
  Reg to;
  Word(word, to.id(), from.id());
  return V(static_cast<Reg&&>(to));
}
}  // namespace issue

inline vFloat abs(const vFloat& v) {
  return issue::Into<vFloat>(TT_OP_SFPABS(0, 0, 0, 1), v.Where());
}
inline vInt abs(const vInt& v) {
  return issue::Into<vInt>(TT_OP_SFPABS(0, 0, 0, 0), v.Where());
}
inline vFloat setsgn(const vFloat& v, int sign) {
  issue::Reg d;
  issue::Word(TT_OP_SFPSETSGN(sign & 1, 0, 0, 1), d.id(), v.Where().id());
  return vFloat(static_cast<issue::Reg&&>(d));
}
inline vFloat setexp(const vFloat& v, int exponent) {
  issue::Reg d;
  issue::Word(TT_OP_SFPSETEXP(exponent & 0xff, 0, 0, 1), d.id(), v.Where().id());
  return vFloat(static_cast<issue::Reg&&>(d));
}
inline vFloat setexp(const vFloat& v, const vInt& exponent) {
  issue::Reg d = issue::Writable(exponent.Where());
  issue::Word(TT_OP_SFPSETEXP(0, 0, 0, 0), d.id(), v.Where().id());
  return vFloat(static_cast<issue::Reg&&>(d));
}
inline vFloat addexp(const vFloat& v, int exponent) {
  issue::Reg d;
  issue::Word(TT_OP_SFPDIVP2(exponent & 0xff, 0, 0, 1), d.id(), v.Where().id());
  return vFloat(static_cast<issue::Reg&&>(d));
}
template <typename V, typename S, typename = std::enable_if_t<is_vector<V> && is_vector<S>>>
V copysgn(const V& v, const S& sign) {
  issue::Reg d = issue::Writable(sign.Where());
  issue::Word(TT_OP_SFPSETSGN(0, 0, 0, 0), d.id(), v.Where().id());
  return V(static_cast<issue::Reg&&>(d));
}
inline vInt exexp(const vFloat& v, ExponentMode mode = ExponentMode::Debiased) {
  issue::Reg d;
  const bool biased = mode == ExponentMode::NoDebias || mode == ExponentMode::Biased;
  issue::Word(TT_OP_SFPEXEXP(0, 0, 0, biased ? 1 : 0), d.id(), v.Where().id());
  return vInt(static_cast<issue::Reg&&>(d));
}
inline vInt exman(const vFloat& v, MantissaMode mode = MantissaMode::Pad9) {
  issue::Reg d;
  issue::Word(TT_OP_SFPEXMAN(0, 0, 0, mode == MantissaMode::Pad9 ? 1 : 0), d.id(), v.Where().id());
  return vInt(static_cast<issue::Reg&&>(d));
}
template <typename R, typename V> R UnknownConversion(const V&, RoundMode);  // a conversion that is not known here: does not link
template <typename R, typename T> R as(T&& value) {
  if constexpr (is_vector<std::decay_t<T>> && !std::is_same_v<std::decay_t<T>, DstElement>) {
    if (value.constant) {
      R same;
      same.constant = true;
      same.bits = value.bits;
      return same;
    }
  }
  return R(OperandRegister(static_cast<T&&>(value), R::kind));
}
template <typename R, typename T> R reinterpret(T&& value) { return as<R>(static_cast<T&&>(value)); }

// Only where the program has a vector's bits as those of another type.
struct lreg_pressure {};

// v's exponent and sign, with another mantissa.
inline vFloat setman(const vFloat& v, int mantissa) {
  issue::Reg d = issue::Bits(static_cast<std::uint32_t>(mantissa));
  issue::Word(TT_OP_SFPSETMAN(0, 0, 0, 0), d.id(), v.Where().id());
  return vFloat(static_cast<issue::Reg&&>(d));
}
template <typename V, typename = std::enable_if_t<is_vector<V>>> vFloat setman(const vFloat& v, const V& mantissa) {
  issue::Reg d = issue::Writable(mantissa.Where());
  issue::Word(TT_OP_SFPSETMAN(0, 0, 0, 0), d.id(), v.Where().id());
  return vFloat(static_cast<issue::Reg&&>(d));
}
template <typename T> vFloat copyman(T&& v, const vFloat& mantissa) {
  issue::Reg of = OperandRegister(static_cast<T&&>(v), VectorKind::Float);
  issue::Reg d = issue::Writable(mantissa.Where());
  issue::Word(TT_OP_SFPSETMAN(0, 0, 0, 0), d.id(), of.id());
  return vFloat(static_cast<issue::Reg&&>(d));
}

// By a vector of numbers of bits: to the left, or the right where they are negative.
template <typename V, typename T, typename = std::enable_if_t<is_vector<V>>>
V shft(const V& v, T&& bits, ShiftMode mode = ShiftMode::Logical) {
  if (mode != ShiftMode::Logical) __builtin_trap();  // Wormhole has no arithmetic shift
  issue::Reg amount = OperandRegister(static_cast<T&&>(bits), VectorKind::Int);
  issue::Reg d = issue::Writable(v.Where());
  issue::Word(TT_OP_SFPSHFT(0, 0, 0, 0), d.id(), amount.id());
  return V(static_cast<issue::Reg&&>(d));
}

namespace issue {
// The smaller one of each lane is left in the first register, the larger one in the second.
inline void Order(const Reg& smaller, const Reg& larger) {
  Word(TT_OP_SFPSWAP(0, 0, 0, SFPSWAP_MOD1_VEC_MIN_MAX), smaller.id(), larger.id());
}
}  // namespace issue
template <typename A, typename B> Common<A, B> min(A&& a, B&& b) {
  using V = Common<A, B>;
  issue::Reg low = issue::Writable(OperandRegister(static_cast<A&&>(a), V::kind));
  issue::Reg high = issue::Writable(OperandRegister(static_cast<B&&>(b), V::kind));
  issue::Order(low, high);
  return V(static_cast<issue::Reg&&>(low));
}
template <typename A, typename B> Common<A, B> max(A&& a, B&& b) {
  using V = Common<A, B>;
  issue::Reg low = issue::Writable(OperandRegister(static_cast<A&&>(a), V::kind));
  issue::Reg high = issue::Writable(OperandRegister(static_cast<B&&>(b), V::kind));
  issue::Order(low, high);
  return V(static_cast<issue::Reg&&>(high));
}
template <typename V> struct MinMax {
  V min, max;
};
template <typename A, typename B> MinMax<Common<A, B>> min_max(A&& a, B&& b) {
  using V = Common<A, B>;
  issue::Reg low = issue::Writable(OperandRegister(static_cast<A&&>(a), V::kind));
  issue::Reg high = issue::Writable(OperandRegister(static_cast<B&&>(b), V::kind));
  issue::Order(low, high);
  return {V(static_cast<issue::Reg&&>(low)), V(static_cast<issue::Reg&&>(high))};
}
template <typename V, typename L, typename H> V clamp(const V& v, L&& low, H&& high) {
  return min(max(v, static_cast<L&&>(low)), static_cast<H&&>(high));
}
inline vFloat symmetric_clamp(const vFloat& v, float limit) { return clamp(v, -limit, limit); }

inline Condition is_inf(const vFloat& v) { return (as<vInt>(v) & 0x7fffffff) == 0x7f800000; }
inline Condition is_nan(const vFloat& v) { return (as<vInt>(v) & 0x7fffffff) > 0x7f800000; }
inline Condition is_finite(const vFloat& v) { return (as<vInt>(v) & 0x7fffffff) < 0x7f800000; }
inline Condition is_pos(const vFloat& v) { return as<vInt>(v) >= 0; }
inline Condition is_neg(const vFloat& v) { return as<vInt>(v) < 0; }
inline Condition nearby(Condition condition) { return condition; }

// Between types of numbers, rounding to the nearest, ties to even.
namespace issue {
template <typename R> constexpr int RoundingOf() {
  if constexpr (std::is_same_v<R, vFloat16a>) return SFPSTOCHRND_MOD1_FP32_TO_FP16A;
  else if constexpr (std::is_same_v<R, vFloat16b>) return SFPSTOCHRND_MOD1_FP32_TO_FP16B;
  else if constexpr (std::is_same_v<R, vUInt8>) return SFPSTOCHRND_MOD1_FP32_TO_UINT8;
  else if constexpr (std::is_same_v<R, vSMag8>) return SFPSTOCHRND_MOD1_FP32_TO_INT8;
  else if constexpr (std::is_same_v<R, vUInt16>) return SFPSTOCHRND_MOD1_FP32_TO_UINT16;
  else if constexpr (std::is_same_v<R, vSMag16>) return SFPSTOCHRND_MOD1_FP32_TO_INT16;
  else return -1;
}
}  // namespace issue
template <typename R, typename V> R convert(const V& v, RoundMode mode = RoundMode::Nearest) {
  constexpr bool from_float = std::is_same_v<V, vFloat> || std::is_same_v<V, DstElement>;
  issue::Reg from = OperandRegister(v, V::kind);
  if constexpr (from_float && issue::RoundingOf<R>() >= 0) {
    issue::Reg d;
    issue::Word(TT_OP_SFP_STOCH_RND((mode == RoundMode::Stochastic || mode == RoundMode::NearestStochastic), 0, 0, 0, 0, issue::RoundingOf<R>()), d.id(), from.id());
    return R(static_cast<issue::Reg&&>(d));
  } else if constexpr (std::is_same_v<R, vFloat> && !from_float && !std::is_same_v<V, vInt>) {
    issue::Reg d;  // magnitudes with or without a sign
    issue::Word(TT_OP_SFPCAST(0, 0, (mode == RoundMode::Stochastic || mode == RoundMode::NearestStochastic)), d.id(), from.id());
    return R(static_cast<issue::Reg&&>(d));
  } else if constexpr (std::is_same_v<R, vSMag> && std::is_same_v<V, vInt>) {
    return as<vSMag>(copysgn(abs(v), v));  // the most negative number has no magnitude, and becomes minus zero
  } else if constexpr (std::is_same_v<R, vInt> && !from_float) {
    vInt magnitude = as<vInt>(v) & 0x7fffffff;
    EnabledLanes negative(as<vInt>(v) < 0);
    magnitude = -magnitude;
    return magnitude;
  } else {
    return UnknownConversion<R>(v, mode);
  }
}

#ifdef ARCH_BLACKHOLE
inline vFloat approx_recip(const vFloat& v) {
  issue::Reg d;
  issue::Word(TT_OP_SFPARECIP(0, 0, 0, SFPARECIP_MOD1_RECIP), d.id(), v.Where().id());
  return vFloat(static_cast<issue::Reg&&>(d));
}
#endif

// Tables of the vector unit's interpolation.
enum class LutSign { Retain, Update };
template <int> struct LutTable {
  template <typename... T> LutTable(const T&...);
};
using vLut8si = LutTable<0>;
using vLut16ss = LutTable<1>;
using vLut16ii = LutTable<2>;
using vLut32s = LutTable<3>;
using vLut32i = LutTable<4>;

// Declared alone: code that calls these does not link.
template <typename... T> vFloat lut(const vFloat&, const T&...);
enum class FractionalHalf { Low, High };
vInt fractional_mul(const vInt&, const vInt&, FractionalHalf = FractionalHalf::Low);
template <typename T, typename... A> T setsgn2(const T&, const A&...);
template <typename T, typename... A> T approx_exp(const T&, const A&...);
template <typename... A> vInt lz(const A&...);

}  // namespace sfpi

#define v_if(...) { ::sfpi::EnabledLanes tltt_lanes(__VA_ARGS__);
#define v_elseif(...) tltt_lanes.Others(); tltt_lanes.Enter(__VA_ARGS__);
#define v_else tltt_lanes.Others();
#define v_and(...) tltt_lanes.And(__VA_ARGS__)
#define v_endif }
#define v_block { ::sfpi::EnabledLanes tltt_lanes;
#define v_endblock }

// Builtins that device headers call by themselves.
sfpi::Register __builtin_rvtt_sfpgt(sfpi::Register, sfpi::Register, int);
inline sfpi::Register __builtin_rvtt_sfpmad(sfpi::Register a, sfpi::Register b, sfpi::Register c, int) {
  return sfpi::issue::Mad(static_cast<sfpi::Register&&>(a), static_cast<sfpi::Register&&>(b), static_cast<sfpi::Register&&>(c));
}

// The vector unit against float64 references, odd values included.
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "compute/vector_ops.h"
#include "compute_unit_fixture.h"

namespace tltt::emu {
namespace {

using ckernel::VectorMode;

constexpr double kInf = std::numeric_limits<double>::infinity();

uint32_t Bits(float x) { return std::bit_cast<uint32_t>(x); }
float Word(int32_t x) { return std::bit_cast<float>(x); }

struct UnaryCase {
  const char* name;
  SfpuOp op;
  std::function<double(double)> reference;
  float low = -8, high = 8;
  uint32_t p0 = 0, p1 = 0, p2 = 0;
  double relative = 0x1p-23;  // and the same absolute error around 0 scaled by it
};

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double Softplus(double x) { return std::log1p(std::exp(x)); }

const std::vector<UnaryCase>& Unaries() {
  static const std::vector<UnaryCase> cases = {
      {"relu", SfpuOp::kRelu, [](double x) { return x > 0 ? x : 0; }},
      {"relu_min", SfpuOp::kReluMin, [](double x) { return std::max(x, 1.5); }, -8, 8, Bits(1.5f)},
      {"relu_max", SfpuOp::kReluMax, [](double x) { return std::max(std::min(x, 2.5), 0.0); }, -8, 8, Bits(2.5f)},
      {"leaky_relu", SfpuOp::kLeakyRelu, [](double x) { return x > 0 ? x : x * 0.25; }, -8, 8, Bits(0.25f)},
      {"elu", SfpuOp::kElu, [](double x) { return x > 0 ? x : 1.5 * std::expm1(x); }, -8, 8, Bits(1.5f)},
      {"celu", SfpuOp::kCelu, [](double x) { return x > 0 ? x : 2 * std::expm1(x / 2); }, -8, 8, Bits(2.0f),
       Bits(0.5f)},
      {"selu", SfpuOp::kSelu, [](double x) { return 1.25 * (x > 0 ? x : 1.5 * std::expm1(x)); }, -8, 8, Bits(1.25f),
       Bits(1.5f)},
      {"threshold", SfpuOp::kThreshold, [](double x) { return x <= 1 ? 7 : x; }, -8, 8, Bits(1.0f), Bits(7.0f)},
      {"hardsigmoid", SfpuOp::kHardsigmoid, [](double x) { return std::clamp(x / 6 + 0.5, 0.0, 1.0); }},
      {"hardshrink", SfpuOp::kHardshrink, [](double x) { return std::fabs(x) <= 0.5 ? 0 : x; }, -2, 2, Bits(0.5f)},
      {"softshrink", SfpuOp::kSoftshrink, [](double x) { return x > 0.5    ? x - 0.5
                                                                : x < -0.5 ? x + 0.5
                                                                           : 0; }, -2, 2,
       Bits(0.5f)},
      {"softsign", SfpuOp::kSoftsign, [](double x) { return x / (1 + std::fabs(x)); }},
      {"softplus", SfpuOp::kSoftplus, Softplus, -8, 8, Bits(1.0f), Bits(1.0f), Bits(20.0f)},
      {"mish", SfpuOp::kMish, [](double x) { return x * std::tanh(Softplus(x)); }},
      {"hardmish", SfpuOp::kHardmish, [](double x) { return x * std::clamp(x / 2 + 1, 0.0, 1.0); }},
      {"softcap", SfpuOp::kSoftcap, [](double x) { return 4 * std::tanh(x / 4); }, -8, 8, Bits(4.0f), Bits(0.25f)},
      {"tanhshrink", SfpuOp::kTanhshrink, [](double x) { return x - std::tanh(x); }},
      {"exp", SfpuOp::kExp, [](double x) { return std::exp(x); }, -80, 80, Bits(1.0f)},
      {"exp scaled", SfpuOp::kExp, [](double x) { return std::exp(x * 0.125); }, -80, 80, Bits(0.125f)},
      {"exp2", SfpuOp::kExp2, [](double x) { return std::exp2(x); }, -100, 100},
      {"expm1", SfpuOp::kExpm1, [](double x) { return std::expm1(x); }, -2, 2},
      {"log", SfpuOp::kLog, [](double x) { return std::log(x); }, 1e-6f, 100},
      {"log2", SfpuOp::kLogWithBase, [](double x) { return std::log(x) * static_cast<double>(1.4426950408889634f); },
       1e-6f, 100, Bits(1.4426950408889634f)},
      {"log1p", SfpuOp::kLog1p, [](double x) { return std::log1p(x); }, -0.9f, 10},
      {"sqrt", SfpuOp::kSqrt, [](double x) { return std::sqrt(x); }, 0, 1e6f},
      {"rsqrt", SfpuOp::kRsqrt, [](double x) { return 1 / std::sqrt(x); }, 1e-3f, 1e6f},
      {"recip", SfpuOp::kRecip, [](double x) { return 1 / x; }},
      {"cbrt", SfpuOp::kCbrt, [](double x) { return std::cbrt(x); }},
      {"power", SfpuOp::kPower, [](double x) { return std::pow(x, 2.5); }, 0, 8, Bits(2.5f)},
      {"power_iterative", SfpuOp::kPowerIterative, [](double x) { return x * x * x; }, -8, 8, 3},
      {"rpow", SfpuOp::kRpow, [](double x) { return std::pow(3.0, x); }, -8, 8, Bits(3.0f)},
      {"rdiv", SfpuOp::kRdiv, [](double x) { return 3 / x; }, -8, 8, Bits(3.0f)},
      {"rsub", SfpuOp::kRsub, [](double x) { return 3 - x; }, -8, 8, Bits(3.0f)},
      {"abs", SfpuOp::kAbs, [](double x) { return std::fabs(x); }},
      {"negative", SfpuOp::kNegative, [](double x) { return -x; }},
      {"sign", SfpuOp::kSign, [](double x) { return x > 0   ? 1
                                                    : x < 0 ? -1
                                                            : 0; }},
      {"signbit", SfpuOp::kSignbit, [](double x) { return x < 0; }},
      {"square", SfpuOp::kSquare, [](double x) { return x * x; }},
      {"heaviside", SfpuOp::kHeaviside, [](double x) { return x > 0; }, -8, 8, Bits(0.5f)},
      {"identity", SfpuOp::kIdentity, [](double x) { return x; }},
      {"sigmoid", SfpuOp::kSigmoid, Sigmoid, -80, 80},
      {"tanh", SfpuOp::kTanh, [](double x) { return std::tanh(x); }},
      {"tanh small", SfpuOp::kTanh, [](double x) { return std::tanh(x); }, -1e-4f, 1e-4f},
      {"tanh_derivative", SfpuOp::kTanhDerivative, [](double x) { return 1 - std::tanh(x) * std::tanh(x); }},
      {"gelu", SfpuOp::kGelu, [](double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }},
      {"gelu_tanh", SfpuOp::kGeluTanh,
       [](double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }, -4, 8},
      {"silu", SfpuOp::kSilu, [](double x) { return x * Sigmoid(x); }},
      {"erf", SfpuOp::kErf, [](double x) { return std::erf(x); }},
      {"erfc", SfpuOp::kErfc, [](double x) { return std::erfc(x); }},
      {"sin", SfpuOp::kSin, [](double x) { return std::sin(x); }, -100, 100},
      {"cos", SfpuOp::kCos, [](double x) { return std::cos(x); }, -100, 100},
      {"tan", SfpuOp::kTan, [](double x) { return std::tan(x); }},
      {"asin", SfpuOp::kAsin, [](double x) { return std::asin(x); }, -1, 1},
      {"acos", SfpuOp::kAcos, [](double x) { return std::acos(x); }, -1, 1},
      {"atan", SfpuOp::kAtan, [](double x) { return std::atan(x); }},
      {"sinh", SfpuOp::kSinh, [](double x) { return std::sinh(x); }},
      {"cosh", SfpuOp::kCosh, [](double x) { return std::cosh(x); }},
      {"asinh", SfpuOp::kAsinh, [](double x) { return std::asinh(x); }},
      {"acosh", SfpuOp::kAcosh, [](double x) { return std::acosh(x); }, 1, 9},
      {"atanh", SfpuOp::kAtanh, [](double x) { return std::atanh(x); }, -0.99f, 0.99f},
      {"floor", SfpuOp::kFloor, [](double x) { return std::floor(x); }},
      {"ceil", SfpuOp::kCeil, [](double x) { return std::ceil(x); }},
      {"trunc", SfpuOp::kTrunc, [](double x) { return std::trunc(x); }},
      {"round", SfpuOp::kRound, [](double x) { return std::nearbyint(x); }},
      {"round 2", SfpuOp::kRound, [](double x) { return std::nearbyint(x * 100) / 100; }, -8, 8, 2},
      {"frac", SfpuOp::kFrac, [](double x) { return x - std::trunc(x); }},
      {"clamp", SfpuOp::kClamp, [](double x) { return std::clamp(x, -1.0, 2.0); }, -8, 8, Bits(-1.0f), Bits(2.0f)},
      {"hardtanh", SfpuOp::kHardtanh, [](double x) { return std::clamp(x, -1.0, 1.0); }, -8, 8, Bits(-1.0f),
       Bits(1.0f)},
      {"gtz", SfpuOp::kGtz, [](double x) { return x > 0; }},
      {"nez", SfpuOp::kNez, [](double x) { return x != 0; }},
      {"gez", SfpuOp::kGez, [](double x) { return x >= 0; }},
      {"ltz", SfpuOp::kLtz, [](double x) { return x < 0; }},
      {"eqz", SfpuOp::kEqz, [](double x) { return x == 0; }},
      {"lez", SfpuOp::kLez, [](double x) { return x <= 0; }},
      {"unary_eq", SfpuOp::kUnaryEq, [](double x) { return x == 1; }, -8, 8, Bits(1.0f)},
      {"unary_ne", SfpuOp::kUnaryNe, [](double x) { return x != 1; }, -8, 8, Bits(1.0f)},
      {"unary_lt", SfpuOp::kUnaryLt, [](double x) { return x < 1; }, -8, 8, Bits(1.0f)},
      {"unary_gt", SfpuOp::kUnaryGt, [](double x) { return x > 1; }, -8, 8, Bits(1.0f)},
      {"unary_le", SfpuOp::kUnaryLe, [](double x) { return x <= 1; }, -8, 8, Bits(1.0f)},
      {"unary_ge", SfpuOp::kUnaryGe, [](double x) { return x >= 1; }, -8, 8, Bits(1.0f)},
      {"logical_not", SfpuOp::kLogicalNot, [](double x) { return x == 0; }},
      {"add_unary", SfpuOp::kAddUnary, [](double x) { return x + 3; }, -8, 8, Bits(3.0f)},
      {"sub_unary", SfpuOp::kSubUnary, [](double x) { return x - 3; }, -8, 8, Bits(3.0f)},
      {"mul_unary", SfpuOp::kMulUnary, [](double x) { return x * 3; }, -8, 8, Bits(3.0f)},
      {"div_unary by the reciprocal", SfpuOp::kDivUnary, [](double x) { return x / 4; }, -8, 8, Bits(0.25f)},
      {"rsub_unary", SfpuOp::kRsubUnary, [](double x) { return 3 - x; }, -8, 8, Bits(3.0f)},
      {"unary_max", SfpuOp::kUnaryMax, [](double x) { return std::max(x, 3.0); }, -8, 8, Bits(3.0f)},
      {"unary_min", SfpuOp::kUnaryMin, [](double x) { return std::min(x, 3.0); }, -8, 8, Bits(3.0f)},
      {"remainder", SfpuOp::kRemainder, [](double x) { return x - 3 * std::floor(x / 3); }, -8, 8, Bits(3.0f)},
      {"fmod", SfpuOp::kFmod, [](double x) { return std::fmod(x, 3.0); }, -8, 8, Bits(3.0f)},
  };
  return cases;
}

TEST(SfpuUnary, AgreesWithDoublePrecision) {
  for (const UnaryCase& c : Unaries()) {
    Tile x = RandomTile(42, c.low, c.high);
    const Tile before = x;
    SfpuUnaryValues(c.op, x.data(), kTileElements, c.p0, c.p1, c.p2);
    double worst = 0;
    for (uint32_t i = 0; i < kTileElements; ++i) {
      const double want = c.reference(before[i]);
      worst = std::max(worst, std::fabs(x[i] - want) / std::max(std::fabs(want), 1e-2));
    }
    EXPECT_LE(worst, 2 * c.relative) << c.name;
  }
}

// The bits of the result are a linear function of the argument, rounded: at most 3.2 % off.
TEST(SfpuUnary, ApproximateExponential) {
  for (const bool clamps : {true, false}) {
    for (const float scale : {1.0f, 0.125f}) {
      Tile x(kTileElements);
      for (uint32_t i = 0; i < kTileElements; ++i)
        x[i] = (clamps ? -87 + 174.0f * i / kTileElements : -87 + 87.5f * i / kTileElements) / scale;
      const Tile in = x;
      SfpuUnaryValues(SfpuOp::kExpApproximate, x.data(), kTileElements, Bits(scale), clamps ? Bits(1.0f) : 0, 0);
      double worst = 0;
      for (uint32_t i = 0; i < kTileElements; ++i)
        worst = std::max(worst, std::fabs(x[i] / std::exp(static_cast<double>(in[i]) * scale) - 1));
      EXPECT_LT(worst, 0.032);
      EXPECT_GT(worst, 0.02);  // it is the approximation and not the function
    }
  }
  const float inf = std::numeric_limits<float>::infinity();
  Tile x(kTileElements, -inf);
  x[1] = 0, x[2] = 100, x[3] = -89;
  SfpuUnaryValues(SfpuOp::kExpApproximate, x.data(), kTileElements, Bits(1.0f), Bits(1.0f), 0);
  EXPECT_LT(x[0], 1e-38f);
  EXPECT_EQ(x[1], 0.978515625f);
  EXPECT_TRUE(std::isnan(x[2]));  // past the largest exponent
  EXPECT_EQ(x[3], x[0]);
  x = Tile(kTileElements, 3);
  SfpuUnaryValues(SfpuOp::kExpApproximate, x.data(), kTileElements, Bits(1.0f), 0, 0);
  EXPECT_EQ(x[0], 1.99609375f);  // without clamping, 15 bits are the most
}

// Tables of a few straight lines; their largest errors are the chip's.
TEST(SfpuUnary, Tables) {
  struct Case {
    SfpuOp op;
    double (*exact)(double);
    double worst;
  };
  const Case cases[] = {
      {SfpuOp::kTanhApproximate, [](double x) { return std::tanh(x); }, 0.021},
      {SfpuOp::kSigmoidApproximate, Sigmoid, 0.12},
      {SfpuOp::kGeluApproximate, [](double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }, 0.024}};
  for (const Case& c : cases) {
    Tile x(kTileElements);
    for (uint32_t i = 0; i < kTileElements; ++i) x[i] = (static_cast<float>(i) - 511.5f) / 100;
    const Tile in = x;
    SfpuUnaryValues(c.op, x.data(), kTileElements, 0, 0, 0);
    double worst = 0;
    for (uint32_t i = 0; i < kTileElements; ++i) worst = std::max(worst, std::fabs(x[i] - c.exact(in[i])));
    EXPECT_LT(worst, c.worst) << SfpuOpName(c.op);
    EXPECT_GT(worst, 0.8 * c.worst) << SfpuOpName(c.op);
  }
  Tile x(kTileElements, -std::numeric_limits<float>::infinity());
  SfpuUnaryValues(SfpuOp::kTanhApproximate, x.data(), kTileElements, 0, 0, 0);
  EXPECT_EQ(x[0], -1);
}

TEST(SfpuUnary, OddValues) {
  struct Case {
    const char* name;
    SfpuOp op;
    float in;
    double want;
    uint32_t p0 = 0;
  };
  const float inf = std::numeric_limits<float>::infinity();
  const Case cases[] = {{"exp -inf", SfpuOp::kExp, -inf, 0, Bits(1.0f)},
                        {"exp inf", SfpuOp::kExp, inf, kInf, Bits(1.0f)},
                        {"exp 100", SfpuOp::kExp, 100, kInf, Bits(1.0f)},
                        {"exp -200", SfpuOp::kExp, -200, 0, Bits(1.0f)},
                        {"log 0", SfpuOp::kLog, 0, -kInf},
                        {"log inf", SfpuOp::kLog, inf, kInf},
                        {"recip 0", SfpuOp::kRecip, 0, kInf},
                        {"recip inf", SfpuOp::kRecip, inf, 0},
                        {"sqrt inf", SfpuOp::kSqrt, inf, kInf},
                        {"rsqrt 0", SfpuOp::kRsqrt, 0, kInf},
                        {"sigmoid -inf", SfpuOp::kSigmoid, -inf, 0},
                        {"sigmoid inf", SfpuOp::kSigmoid, inf, 1},
                        {"tanh inf", SfpuOp::kTanh, inf, 1},
                        {"tanh -inf", SfpuOp::kTanh, -inf, -1},
                        {"silu -inf", SfpuOp::kSilu, -inf, 0},
                        {"silu inf", SfpuOp::kSilu, inf, kInf},
                        {"gelu -inf", SfpuOp::kGelu, -inf, 0},
                        {"gelu inf", SfpuOp::kGelu, inf, kInf},
                        {"gelu_tanh -inf", SfpuOp::kGeluTanh, -inf, 0},
                        {"gelu_tanh inf", SfpuOp::kGeluTanh, inf, kInf},
                        {"relu -inf", SfpuOp::kRelu, -inf, 0},
                        {"relu inf", SfpuOp::kRelu, inf, kInf},
                        {"isinf", SfpuOp::kIsinf, -inf, 1},
                        {"isposinf", SfpuOp::kIsposinf, -inf, 0},
                        {"isneginf", SfpuOp::kIsneginf, -inf, 1},
                        {"isfinite", SfpuOp::kIsfinite, inf, 0},
                        {"isnan", SfpuOp::kIsnan, inf, 0},
                        {"mish -inf", SfpuOp::kMish, -inf, 0},
                        {"softplus 90", SfpuOp::kSoftplus, 90, 90}};
  for (const Case& c : cases) {
    Tile x(kTileElements, c.in);
    SfpuUnaryValues(c.op, x.data(), kTileElements, c.p0 != 0 ? c.p0 : Bits(1.0f), Bits(1.0f), Bits(20.0f));
    EXPECT_EQ(x[0], c.want) << c.name;
    EXPECT_EQ(x[1023], c.want) << c.name;
  }
  for (SfpuOp op : {SfpuOp::kRelu,     SfpuOp::kExp,      SfpuOp::kLog,   SfpuOp::kSqrt, SfpuOp::kRecip,
                    SfpuOp::kSigmoid,  SfpuOp::kTanh,     SfpuOp::kSilu,  SfpuOp::kGelu, SfpuOp::kGeluTanh,
                    SfpuOp::kAbs,      SfpuOp::kSin,      SfpuOp::kFloor, SfpuOp::kExp2, SfpuOp::kClamp,
                    SfpuOp::kAddUnary, SfpuOp::kMulUnary, SfpuOp::kRsqrt, SfpuOp::kSign, SfpuOp::kHardsigmoid}) {
    Tile x(kTileElements, std::numeric_limits<float>::quiet_NaN());
    SfpuUnaryValues(op, x.data(), kTileElements, Bits(1.0f), Bits(1.0f), 0);
    EXPECT_TRUE(std::isnan(x[5])) << SfpuOpName(op);
  }
  Tile negative(kTileElements, -1.0f);
  SfpuUnaryValues(SfpuOp::kLog, negative.data(), kTileElements, 0, 0, 0);
  EXPECT_TRUE(std::isnan(negative[0]));
}

TEST(SfpuUnary, Integers) {
  struct Case {
    SfpuOp op;
    int32_t in, want;
    uint32_t p0 = 0, p1 = 0;
  };
  const Case cases[] = {{SfpuOp::kReluInt32, -5, 0},
                        {SfpuOp::kAbsInt32, -5, 5},
                        {SfpuOp::kNegativeInt32, 5, -5},
                        {SfpuOp::kAddUnaryInt, 2000000000, -2094967296, 200000000},
                        {SfpuOp::kSubUnaryInt, 3, -4, 7},
                        {SfpuOp::kUnaryMaxInt, -9, 7, 7},
                        {SfpuOp::kUnaryMinInt, -9, -9, 7},
                        {SfpuOp::kBitwiseAnd, 0xff, 0xf, 0xf},
                        {SfpuOp::kBitwiseOr, 0xf0, 0xff, 0xf},
                        {SfpuOp::kBitwiseXor, 0xff, 0xf0, 0xf},
                        {SfpuOp::kBitwiseNot, 0, -1},
                        {SfpuOp::kLeftShift, 3, 24, 3},
                        {SfpuOp::kRightShift, -8, -2, 2, 0},
                        {SfpuOp::kRightShift, -8, 0x3ffffffe, 2, 1},
                        {SfpuOp::kEqzInt, 0, 1},
                        {SfpuOp::kLtzInt, -3, 1},
                        {SfpuOp::kUnaryGtInt, 8, 1, 7},
                        {SfpuOp::kClampInt32, 50, 9, 1, 9}};
  for (const Case& c : cases) {
    Tile x(kTileElements, Word(c.in));
    SfpuUnaryValues(c.op, x.data(), kTileElements, c.p0, c.p1, 0);
    EXPECT_EQ(std::bit_cast<int32_t>(x[3]), c.want) << SfpuOpName(c.op);
  }
}

TEST(SfpuUnary, Typecasts) {
  const auto cast = [](float word, DataFormat from, DataFormat to) {
    Tile x(kTileElements, word);
    SfpuUnaryValues(SfpuOp::kTypecast, x.data(), kTileElements, static_cast<uint32_t>(from), static_cast<uint32_t>(to),
                    0);
    return x[9];
  };
  using F = DataFormat;
  EXPECT_EQ(std::bit_cast<int32_t>(cast(-3.7f, F::kFloat32, F::kInt32)), -3);
  EXPECT_EQ(std::bit_cast<int32_t>(cast(3e10f, F::kFloat32, F::kInt32)), 2147483647);
  EXPECT_EQ(std::bit_cast<uint32_t>(cast(-3.0f, F::kFloat32, F::kUInt32)), 0u);
  EXPECT_EQ(std::bit_cast<uint32_t>(cast(70000.0f, F::kFloat32, F::kUInt16)), 65535u);
  EXPECT_EQ(std::bit_cast<uint32_t>(cast(2.5f, F::kFloat16_b, F::kUInt16)), 2u);
  EXPECT_EQ(cast(Word(-16777217), F::kInt32, F::kFloat32), -16777216.0f);
  EXPECT_EQ(cast(Word(-1), F::kUInt32, F::kFloat32), 4294967296.0f);
  EXPECT_EQ(cast(1.0f + 0x1p-9f, F::kFloat32, F::kFloat16_b), 1.0f);
  EXPECT_EQ(cast(1.0f + 0x1p-9f, F::kFloat32, F::kFloat16), 1.0f + 0x1p-9f);
  EXPECT_EQ(cast(Word(257), F::kInt32, F::kFloat16_b), 256.0f);
}

TEST(SfpuBinary, AgreesWithDoublePrecision) {
  struct Case {
    SfpuOp op;
    std::function<double(double, double)> reference;
  };
  const Case cases[] = {{SfpuOp::kAdd, [](double a, double b) { return a + b; }},
                        {SfpuOp::kSub, [](double a, double b) { return a - b; }},
                        {SfpuOp::kMul, [](double a, double b) { return a * b; }},
                        {SfpuOp::kDiv, [](double a, double b) { return a / b; }},
                        {SfpuOp::kRsubB, [](double a, double b) { return b - a; }},
                        {SfpuOp::kPow, [](double a, double b) { return std::pow(a, b); }},
                        {SfpuOp::kMax, [](double a, double b) { return std::max(a, b); }},
                        {SfpuOp::kMin, [](double a, double b) { return std::min(a, b); }},
                        {SfpuOp::kEq, [](double a, double b) { return a == b; }},
                        {SfpuOp::kNe, [](double a, double b) { return a != b; }},
                        {SfpuOp::kLt, [](double a, double b) { return a < b; }},
                        {SfpuOp::kGt, [](double a, double b) { return a > b; }},
                        {SfpuOp::kLe, [](double a, double b) { return a <= b; }},
                        {SfpuOp::kGe, [](double a, double b) { return a >= b; }},
                        {SfpuOp::kLogsigmoid, [](double a, double) { return -std::log1p(std::exp(-a)); }},
                        {SfpuOp::kMask, [](double a, double b) { return b == 0 ? 0 : a; }}};
  const Tile a = RandomTile(1, 0.5f, 8), b = RandomTile(2, -8, 8);
  for (const Case& c : cases) {
    Tile out(kTileElements);
    SfpuBinaryValues(c.op, a.data(), b.data(), out.data(), kTileElements);
    for (uint32_t i = 0; i < kTileElements; ++i) {
      const double want = c.reference(a[i], b[i]);
      ASSERT_LE(std::fabs(out[i] - want), 0x1p-23 * std::max(std::fabs(want), 1e-2)) << SfpuOpName(c.op);
    }
  }
  Tile nan(kTileElements, std::numeric_limits<float>::quiet_NaN()), out(kTileElements);
  for (SfpuOp op : {SfpuOp::kMax, SfpuOp::kMin}) {
    SfpuBinaryValues(op, a.data(), nan.data(), out.data(), kTileElements);
    EXPECT_TRUE(std::isnan(out[0]));
    SfpuBinaryValues(op, nan.data(), a.data(), out.data(), kTileElements);
    EXPECT_TRUE(std::isnan(out[0]));
  }
}

TEST(SfpuBinary, Integers) {
  struct Case {
    SfpuOp op;
    int32_t a, b, want;
  };
  const Case cases[] = {{SfpuOp::kAddInt, 5, -7, -2},  {SfpuOp::kSubInt, 5, 7, -2},        {SfpuOp::kRsubIntB, 5, 7, 2},
                        {SfpuOp::kMulInt, -5, 7, -35}, {SfpuOp::kMaxInt, -5, 7, 7},        {SfpuOp::kMinInt, -5, 7, -5},
                        {SfpuOp::kMaxUInt, -5, 7, -5}, {SfpuOp::kMinUInt, -5, 7, 7},       {SfpuOp::kEqInt, 5, 5, 1},
                        {SfpuOp::kLtInt, -5, 5, 1},    {SfpuOp::kLtUInt, -5, 5, 0},        {SfpuOp::kAndB, 12, 10, 8},
                        {SfpuOp::kOrB, 12, 10, 14},    {SfpuOp::kXorB, 12, 10, 6},         {SfpuOp::kShl, 3, 4, 48},
                        {SfpuOp::kShr, -16, 2, -4},    {SfpuOp::kShrLogical, -16, 28, 15}, {SfpuOp::kShl, 3, 32, 0}};
  for (const Case& c : cases) {
    const Tile a(kTileElements, Word(c.a)), b(kTileElements, Word(c.b));
    Tile out(kTileElements);
    SfpuBinaryValues(c.op, a.data(), b.data(), out.data(), kTileElements);
    EXPECT_EQ(std::bit_cast<int32_t>(out[1]), c.want) << SfpuOpName(c.op);
  }
}

class SfpuUnitTest : public ComputeUnitTest {};

TEST_F(SfpuUnitTest, SixteenBitDestRoundsAndFp32DestDoesNot) {
  for (bool fp32 : {false, true}) {
    AddCb(16, DataFormat::kFloat32);
    Build(Config(fp32));
    AddCb(16, DataFormat::kFloat32);
    SetFront(0, 0, Tile(kTileElements, 3.0f));
    unit().HwStartup(0, 0, 16, 1);
    unit().CopyInit(0, false, 2);
    unit().InitSfpu(SfpuInit::kRecip, 0, 0, 2);
    Section(1, [&] {
      unit().CopyTile(0, 0, 0, 3);
      unit().SfpuUnary(SfpuOp::kRecip, 0, VectorMode::RC, 0, 0, 0, 4);
    });
    EXPECT_EQ(Back(16, 0)[0], fp32 ? 1.0f / 3 : RoundToBf16(1.0f / 3));
  }
}

TEST_F(SfpuUnitTest, VectorModesCoverTheirFaces) {
  Build();
  SetFront(0, 0, Tile(kTileElements, 1.0f));
  unit().HwStartup(0, 0, 16, 1);
  unit().CopyInit(0, false, 2);
  unit().InitSfpu(SfpuInit::kNegative, 0, 0, 2);
  const auto covered = [&](VectorMode mode) {
    Section(1, [&] {
      unit().CopyTile(0, 0, 0, 3);
      unit().SfpuUnary(SfpuOp::kNegative, 0, mode, 0, 0, 0, 4);
    });
    std::string faces;
    const Tile tile = Back(16, 0);
    for (uint32_t face = 0; face < 4; ++face)
      faces += tile[(face / 2) * 512 + 160 + (face % 2) * 16 + 7] < 0 ? '1' : '0';
    return faces;
  };
  EXPECT_EQ(covered(VectorMode::RC), "1111");
  EXPECT_EQ(covered(VectorMode::R), "1100");
  EXPECT_EQ(covered(VectorMode::C), "1010");
  EXPECT_EQ(covered(VectorMode::None), "1000");
}

TEST_F(SfpuUnitTest, FillBinaryTernaryCopyAndBroadcast) {
  Build();
  SetFront(0, 0, RandomTile(1));
  const Tile a = Front(0, 0);
  unit().HwStartup(0, 0, 16, 1);
  unit().CopyInit(0, false, 2);
  for (SfpuInit init : {SfpuInit::kFill, SfpuInit::kAddBinary, SfpuInit::kWhere, SfpuInit::kCopyDest, SfpuInit::kGtz,
                        SfpuInit::kBcastCol}) {
    unit().InitSfpu(init, 0, 0, 2);
  }
  Section(6, [&] {
    unit().CopyTile(0, 0, 0, 3);
    unit().SfpuFill(1, Bits(2.0f), false, 3);
    unit().SfpuBinary(SfpuOp::kAdd, 0, 1, 2, VectorMode::RC, 4);
    unit().SfpuBinary(SfpuOp::kCopyB, 0, 0, 3, VectorMode::RC, 5);
    unit().SfpuUnary(SfpuOp::kGtz, 3, VectorMode::RC, 0, 0, 0, 6);
    unit().SfpuTernary(SfpuOp::kWhere, 3, 0, 1, 4, 0, 7);
    unit().SfpuBinary(SfpuOp::kCopyB, 1, 1, 5, VectorMode::RC, 5);
    unit().SfpuBcast(ckernel::BroadcastType::COL, ckernel::EltwiseBinaryType::ELWMUL, 5, 0, 8);
  });
  for (uint32_t i = 0; i < kTileElements; ++i) {
    ASSERT_EQ(Back(16, 2)[i], RoundToBf16(a[i] + 2));
    ASSERT_EQ(Back(16, 4)[i], a[i] > 0 ? a[i] : 2.0f);
    ASSERT_EQ(Back(16, 5)[i], 2 * a[i / 32 * 32]);
  }
}

}  // namespace
}  // namespace tltt::emu

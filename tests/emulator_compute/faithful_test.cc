// `faithful` numerics: fidelity phases and source register precision.
#include <bit>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <utility>

#include "compute/faithful.h"
#include "compute_unit_fixture.h"

namespace tltt::emu {
namespace {

class FaithfulTest : public ComputeUnitTest {
 protected:
  // Product of two constants through mul_tiles.
  float Multiply(float a, float b, MathFidelity fidelity) {
    AddCb(16, DataFormat::kFloat32);
    Build(Config(true, false, fidelity), Numerics::kFaithful);
    SetFront(0, 0, Tile(kTileElements, a));
    SetFront(1, 0, Tile(kTileElements, b));
    unit().HwStartup(0, 1, 16, 1);
    using namespace ckernel;
    unit().BinaryInit(EltwiseBinaryType::ELWMUL, BroadcastType::NONE, 0, 1, false, 2);
    Section(1, [&] { unit().BinaryTiles(EltwiseBinaryType::ELWMUL, BroadcastType::NONE, 0, 1, 0, 0, 0, 0, 3); });
    return Back(16, 0)[0];
  }
};

TEST_F(FaithfulTest, PhasesAddTheBitsThatTheirOperandsHave) {
  // bf16 has 8 significant bits: SrcA takes 5 then 3, SrcB 7 then 1.
  const float a = 1.0f + 0x1p-4f + 0x1p-7f, b = 1.0f + 0x1p-6f + 0x1p-7f;
  const float a_high = 1.0f + 0x1p-4f, b_high = 1.0f + 0x1p-6f;
  EXPECT_EQ(Multiply(a, b, MathFidelity::kLoFi), a_high * b_high);
}

TEST_F(FaithfulTest, HiFi2AddsTheLowPartOfSrcA) {
  const float a = 1.0f + 0x1p-7f, b = 1.0f + 0x1p-7f;
  EXPECT_EQ(Multiply(a, b, MathFidelity::kHiFi2), a);
}

TEST_F(FaithfulTest, HiFi4IsExactForBf16) {
  const float a = 1.0f + 0x1p-7f, b = 1.0f + 0x1p-3f + 0x1p-7f;
  EXPECT_EQ(Multiply(a, b, MathFidelity::kHiFi4), a * b);
}

TEST_F(FaithfulTest, MatmulConvergesToTheProductWithFidelity) {
  const Tile a = RoundedToBf16(RandomTile(1)), b = RoundedToBf16(RandomTile(2));
  std::vector<double> exact(kTileElements);
  for (int i = 0; i < 32; ++i) {
    for (int j = 0; j < 32; ++j) {
      for (int k = 0; k < 32; ++k) exact[i * 32 + j] += double{a[i * 32 + k]} * b[k * 32 + j];
    }
  }
  double previous = 1e9;
  for (uint32_t phases : {1u, 2u}) {
    Tile out(kTileElements, 0.0f);
    FaithfulMatmul(a.data(), b.data(), out.data(), {.phases = phases, .dst = Rounding::kFp32});
    const double error = MaxError(out, exact);
    EXPECT_LT(error, previous / 2) << phases;
    previous = error;
  }
  // Then the unit of a group's largest product limits: 2^-11 of it, for each of 16 products and 2 groups.
  Tile out(kTileElements, 0.0f);
  FaithfulMatmul(a.data(), b.data(), out.data(), {.phases = 4, .dst = Rounding::kFp32});
  EXPECT_LT(MaxError(out, exact), previous);
  EXPECT_LT(MaxError(out, exact), 32 * 0x1p-11);
}

float DotOf(std::initializer_list<std::pair<float, float>> products, float dst, const MatrixUnitMode& mode) {
  float a[16] = {}, b[16] = {};
  size_t k = 0;
  for (const auto& [x, y] : products) {
    a[k] = x;
    b[k++] = y;
  }
  return FaithfulDot(a, 1, b, dst, 0, mode);
}

TEST(FaithfulDotTest, ProductsRoundHalfUpToTheUnitOfTheLargest) {
  const MatrixUnitMode fp32{.dst = Rounding::kFp32};
  // The unit of 1.0 * 1.0 is 2^-10: half of it counts as a whole one, a quarter as nothing.
  EXPECT_EQ(DotOf({{1.0f, 1.0f}, {0x1p-11f, 1.0f}}, 0.0f, fp32), 1.0f + 0x1p-10f);
  EXPECT_EQ(DotOf({{1.0f, 1.0f}, {0x1p-12f, 1.0f}}, 0.0f, fp32), 1.0f);
  EXPECT_EQ(DotOf({{1.0f, 1.0f}, {-0x1p-11f, 1.0f}}, 0.0f, fp32), 1.0f - 0x1p-10f);
}

TEST(FaithfulDotTest, GroupsOfEightHaveTheirOwnUnits) {
  float a[16] = {1.0f}, b[16] = {1.0f};
  a[8] = 0x1p-12f;
  b[8] = 1.0f;
  EXPECT_EQ(FaithfulDot(a, 1, b, 0.0f, 0, {.dst = Rounding::kFp32}), 1.0f + 0x1p-12f);
}

TEST(FaithfulDotTest, A16BitDstRoundsTiesAwayFromZero) {
  const MatrixUnitMode bf16{.dst = Rounding::kBf16};
  EXPECT_EQ(DotOf({{0x1p-8f, 1.0f}}, 1.0f, bf16), 1.0f + 0x1p-7f);
  EXPECT_EQ(DotOf({{-0x1p-8f, 1.0f}}, -1.0f, bf16), -1.0f - 0x1p-7f);
}

TEST(FaithfulDotTest, DenormalsAreZeroAndOverflowIsInfinity) {
  const MatrixUnitMode fp32{.dst = Rounding::kFp32};
  EXPECT_EQ(DotOf({{0x1p-130f, 0x1p100f}}, 0.0f, fp32), 0.0f);
  EXPECT_EQ(DotOf({{0x1p100f, 0x1p100f}}, 0.0f, fp32), std::numeric_limits<float>::infinity());
}

TEST_F(FaithfulTest, Fp32OperandsLoseThirteenBits) {
  AddCb(0, DataFormat::kFloat32);
  AddCb(16, DataFormat::kFloat32);
  Build(Config(true), Numerics::kFaithful);
  SetFront(0, 0, Tile(kTileElements, 1.0f + 0x1p-10f + 0x1p-11f));
  unit().HwStartup(0, 0, 16, 1);
  unit().CopyInit(0, false, 2);
  Section(1, [&] { unit().CopyTile(0, 0, 0, 3); });
  EXPECT_EQ(Back(16, 0)[0], 1.0f + 0x1p-10f);
}

TEST_F(FaithfulTest, UnpackToDestKeepsFp32Whole) {
  AddCb(0, DataFormat::kFloat32);
  AddCb(16, DataFormat::kFloat32);
  ComputeConfig config = Config(true);
  config.unpack_to_dest_fp32 = {0};
  Build(config, Numerics::kFaithful);
  SetFront(0, 0, Tile(kTileElements, 1.0f + 0x1p-20f));
  unit().HwStartup(0, 0, 16, 1);
  unit().CopyInit(0, false, 2);
  Section(1, [&] { unit().CopyTile(0, 0, 0, 3); });
  EXPECT_EQ(Back(16, 0)[0], 1.0f + 0x1p-20f);
}

// As on the genuine runtime: 2.43359375 lies between 2.421875 and 2.4375, nearer to the latter.
TEST_F(FaithfulTest, SumsWithAScalarAreStoredTruncated) {
  for (const Numerics numerics : {Numerics::kFast, Numerics::kFaithful}) {
    AddCb(16, DataFormat::kFloat32);
    Build(Config(false), numerics);
    SetFront(0, 0, Tile(kTileElements, 0.93359375f));
    unit().HwStartup(0, 0, 16, 1);
    unit().CopyInit(0, false, 2);
    unit().InitSfpu(SfpuInit::kBinopWithScalar, 0, 0, 2);
    Section(1, [&] {
      unit().CopyTile(0, 0, 0, 3);
      unit().SfpuUnary(SfpuOp::kAddUnary, 0, ckernel::VectorMode::RC, std::bit_cast<uint32_t>(1.5f), 0, 0, 4);
    });
    EXPECT_EQ(Back(16, 0)[17], numerics == Numerics::kFaithful ? 2.421875f : 2.4375f);
  }
}

}  // namespace
}  // namespace tltt::emu

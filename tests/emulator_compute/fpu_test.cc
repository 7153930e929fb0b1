// The matrix unit against float64 references.
#include <bit>
#include <cmath>
#include <functional>
#include <limits>

#include "compute/matmul_kernel.h"
#include "compute_unit_fixture.h"

namespace tltt::emu {
namespace {

using ckernel::BroadcastType;
using ckernel::EltwiseBinaryReuseDestType;
using ckernel::EltwiseBinaryType;

class FpuTest : public ComputeUnitTest {};

std::vector<double> Product(const Tile& a, const Tile& b, bool transpose_b = false) {
  std::vector<double> c(kTileElements);
  for (int i = 0; i < 32; ++i) {
    for (int j = 0; j < 32; ++j) {
      for (int k = 0; k < 32; ++k)
        c[i * 32 + j] += double{a[i * 32 + k]} * (transpose_b ? b[j * 32 + k] : b[k * 32 + j]);
    }
  }
  return c;
}

TEST_F(FpuTest, MatmulInFp32DestIsGoodToFp32) {
  AddCb(16, DataFormat::kFloat32);
  Build(Config(true));
  SetFront(0, 0, RandomTile(1));
  SetFront(1, 0, RandomTile(2));
  unit().HwStartup(1, 0, 16, 1);
  unit().MatmulInit(0, 1, false, 1, 1, 1, false, 2);
  Section(1, [&] { unit().MatmulTiles(0, 1, 0, 0, 0, 3); });
  EXPECT_LT(MaxError(Back(16, 0), Product(Front(0, 0), Front(1, 0))), 1e-5);
  EXPECT_EQ(port().matmul_tiles, 1u);
}

TEST_F(FpuTest, MatmulAccumulatesAndRoundsEachStepToBf16) {
  Build();
  for (uint32_t i : {0u, 1u}) {
    SetFront(0, i, RandomTile(i));
    SetFront(1, i, RandomTile(i + 10));
  }
  unit().HwStartup(1, 0, 16, 1);
  unit().MatmulInit(0, 1, false, 1, 1, 1, false, 2);
  Section(1, [&] {
    unit().MatmulTiles(0, 1, 0, 0, 0, 3);
    unit().MatmulTiles(0, 1, 1, 1, 0, 3);
  });
  const auto first = Product(Front(0, 0), Front(1, 0)), second = Product(Front(0, 1), Front(1, 1));
  const Tile got = Back(16, 0);
  for (uint32_t i = 0; i < kTileElements; ++i) {
    const double want = first[i] + second[i];
    EXPECT_LE(std::fabs(got[i] - want), std::ldexp(std::fabs(want) + std::fabs(first[i]), -8) + 1e-5);
  }
}

TEST_F(FpuTest, MatmulTransposesIn1) {
  AddCb(16, DataFormat::kFloat32);
  Build(Config(true));
  SetFront(0, 0, RandomTile(1));
  SetFront(1, 0, RandomTile(2));
  unit().HwStartup(1, 0, 16, 1);
  unit().MatmulInit(0, 1, true, 1, 1, 1, false, 2);
  Section(1, [&] { unit().MatmulTiles(0, 1, 0, 0, 0, 3); });
  EXPECT_LT(MaxError(Back(16, 0), Product(Front(0, 0), Front(1, 0), true)), 1e-5);
}

// Operands are kept unpacked from one matmul to the next: a page that changed meanwhile, be it in the last bit of its
// last datum, counts as it is now, and gives the bytes that it gives when nothing was kept.
TEST_F(FpuTest, MatmulReadsPagesThatChangedSinceTheLastOne) {
  const float lasts[] = {1.0f, 1.0078125f, -3.0f, 1.0f};
  for (const Numerics numerics : {Numerics::kFast, Numerics::kFaithful}) {
    for (const bool transpose : {false, true}) {
      const auto start = [&] {
        Build(Config(true), numerics);
        AddCb(16, DataFormat::kFloat32);
        unit().HwStartup(1, 0, 16, 1);
        unit().MatmulInit(0, 1, transpose, 1, 1, 1, false, 2);
      };
      const auto product = [&](float last) {
        Tile in0 = RandomTile(1), in1 = RandomTile(2);
        in0.back() = in1.back() = last;
        SetFront(0, 0, in0);
        SetFront(1, 0, in1);
        Section(1, [&] { unit().MatmulTiles(0, 1, 0, 0, 0, 3); });
        return Back(16, 0);
      };
      std::vector<Tile> want;
      for (const float last : lasts) {
        start();
        want.push_back(product(last));
      }
      EXPECT_NE(want[0], want[1]);
      start();
      for (size_t i = 0; i < want.size(); ++i) EXPECT_EQ(product(lasts[i]), want[i]) << i;
    }
  }
}

TEST_F(FpuTest, MatmulOfMoreTilesThanAreKept) {
  constexpr uint32_t kPages = UnpackedTiles::kTiles + 3;
  AddCb(0, DataFormat::kFloat16_b, kPages);
  AddCb(16, DataFormat::kFloat32);
  Build(Config(true));
  SetFront(1, 0, RandomTile(1000));
  for (uint32_t i = 0; i < kPages; ++i) SetFront(0, i, RandomTile(i));
  unit().HwStartup(1, 0, 16, 1);
  unit().MatmulInit(0, 1, false, 1, 1, 1, false, 2);
  for (int round = 0; round < 2; ++round) {
    for (uint32_t i = 0; i < kPages; ++i) {
      Section(1, [&] { unit().MatmulTiles(0, 1, i, 0, 0, 3); });
      EXPECT_LT(MaxError(Back(16, 0), Product(Front(0, i), Front(1, 0))), 1e-5) << i;
    }
  }
}

TEST_F(FpuTest, MatmulBlockIsTheSameBytesAsItsTiles) {
  constexpr uint32_t kRt = 2, kCt = 3, kKt = 2;
  Build(Config(false, true));
  for (uint32_t i = 0; i < kRt * kKt; ++i) SetFront(0, i, RandomTile(i));
  for (uint32_t i = 0; i < kCt * kKt; ++i) SetFront(1, i, RandomTile(i + 20));
  unit().HwStartup(1, 0, 16, 1);
  unit().MatmulInit(0, 1, false, kCt, kRt, kKt, true, 2);
  Section(kRt * kCt, [&] {
    for (uint32_t k = 0; k < kKt; ++k) unit().MatmulBlockStep(0, 1, k, k * kCt, 0, false, kCt, kRt, kKt, 3);
  });
  std::vector<Tile> block;
  for (uint32_t i = 0; i < kRt * kCt; ++i) block.push_back(Back(16, i));
  unit().MatmulInit(0, 1, false, 1, 1, 1, false, 2);
  Section(kRt * kCt, [&] {
    for (uint32_t r = 0; r < kRt; ++r) {
      for (uint32_t c = 0; c < kCt; ++c) {
        for (uint32_t k = 0; k < kKt; ++k) unit().MatmulTiles(0, 1, r * kKt + k, k * kCt + c, r * kCt + c, 3);
      }
    }
  });
  for (uint32_t i = 0; i < kRt * kCt; ++i) EXPECT_EQ(block[i], Back(16, i)) << i;
  EXPECT_EQ(port().matmul_tiles, 2u * kRt * kCt * kKt);
}

TEST_F(FpuTest, MatmulAddsInOrderOfKWithFusedSteps) {
  const Tile a = RandomTile(1), b = RandomTile(2);
  Tile got(kTileElements), want(kTileElements);
  const float *const in0[] = {a.data()}, *const in1[] = {b.data()};
  float* out[] = {got.data()};
  const bool accumulate[] = {false};
  MatmulBlock({in0, in1, out, accumulate, 1, 1, Rounding::kFp32});
  for (int i = 0; i < 32; ++i) {
    for (int j = 0; j < 32; ++j) {
      for (int k = 0; k < 32; ++k) want[i * 32 + j] = std::fma(a[i * 32 + k], b[k * 32 + j], want[i * 32 + j]);
    }
  }
  EXPECT_EQ(got, want);
}

struct EltwiseCase {
  EltwiseBinaryType op;
  std::function<double(double, double)> reference;
};

const EltwiseCase kEltwise[] = {{EltwiseBinaryType::ELWADD, [](double x, double y) { return x + y; }},
                                {EltwiseBinaryType::ELWSUB, [](double x, double y) { return x - y; }},
                                {EltwiseBinaryType::ELWMUL, [](double x, double y) { return x * y; }}};

TEST_F(FpuTest, EltwiseWithEveryBroadcast) {
  Build();
  SetFront(0, 0, RandomTile(1));
  SetFront(1, 0, RandomTile(2));
  const Tile a = Front(0, 0), b = Front(1, 0);
  unit().HwStartup(0, 1, 16, 1);
  for (const EltwiseCase& c : kEltwise) {
    for (BroadcastType bcast : {BroadcastType::NONE, BroadcastType::ROW, BroadcastType::COL, BroadcastType::SCALAR}) {
      for (uint32_t bcast_row : {0u, 5u}) {
        unit().BinaryInit(c.op, bcast, 0, 1, false, 2);
        Section(1, [&] { unit().BinaryTiles(c.op, bcast, 0, 1, 0, 0, 0, bcast_row, 3); });
        const Tile got = Back(16, 0);
        for (uint32_t row = 0; row < 32; ++row) {
          for (uint32_t col = 0; col < 32; ++col) {
            const uint32_t other = bcast == BroadcastType::NONE  ? row * 32 + col
                                   : bcast == BroadcastType::ROW ? bcast_row * 32 + col
                                   : bcast == BroadcastType::COL ? row * 32
                                                                 : 0;
            const float want = RoundToBf16(static_cast<float>(c.reference(a[row * 32 + col], b[other])));
            ASSERT_EQ(got[row * 32 + col], want)
                << static_cast<int>(c.op) << " " << static_cast<int>(bcast) << " " << row;
          }
        }
      }
    }
  }
}

TEST_F(FpuTest, OddValuesGoThrough) {
  constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();
  Build();
  Tile a(kTileElements, 1.0f), b(kTileElements, 0.0f);
  a[0] = kInf, b[0] = -kInf;
  a[1] = kNan;
  a[2] = 1e-38f, b[2] = 1e-38f;
  a[3] = 3e38f, b[3] = 3e38f;
  a[4] = -0.0f, b[4] = -0.0f;
  SetFront(0, 0, a);
  SetFront(1, 0, b);
  unit().HwStartup(0, 1, 16, 1);
  unit().BinaryInit(EltwiseBinaryType::ELWADD, BroadcastType::NONE, 0, 1, false, 2);
  Section(1, [&] { unit().BinaryTiles(EltwiseBinaryType::ELWADD, BroadcastType::NONE, 0, 1, 0, 0, 0, 0, 3); });
  const Tile got = Back(16, 0);
  EXPECT_TRUE(std::isnan(got[0]));
  EXPECT_TRUE(std::isnan(got[1]));
  EXPECT_NEAR(got[2], 2e-38f, 1e-40);
  EXPECT_EQ(got[3], kInf);
  EXPECT_TRUE(std::signbit(got[4]));
  EXPECT_EQ(got[5], 1.0f);
}

TEST_F(FpuTest, MultiplyAlwaysAddsToDstAndAddWhenAsked) {
  AddCb(16, DataFormat::kFloat32);
  Build(Config(true));
  SetFront(0, 0, Tile(kTileElements, 3.0f));
  SetFront(1, 0, Tile(kTileElements, 5.0f));
  unit().HwStartup(0, 1, 16, 1);
  const auto twice = [&](EltwiseBinaryType op) {
    Section(1, [&] {
      for (int i = 0; i < 2; ++i) unit().BinaryTiles(op, BroadcastType::NONE, 0, 1, 0, 0, 0, 0, 3);
    });
    return Back(16, 0)[77];
  };
  unit().BinaryInit(EltwiseBinaryType::ELWMUL, BroadcastType::NONE, 0, 1, false, 2);
  EXPECT_EQ(twice(EltwiseBinaryType::ELWMUL), 30.0f);
  unit().BinaryInit(EltwiseBinaryType::ELWADD, BroadcastType::NONE, 0, 1, false, 2);
  EXPECT_EQ(twice(EltwiseBinaryType::ELWADD), 8.0f);
  unit().BinaryInit(EltwiseBinaryType::ELWADD, BroadcastType::NONE, 0, 1, true, 2);
  EXPECT_EQ(twice(EltwiseBinaryType::ELWADD), 16.0f);
}

TEST_F(FpuTest, ReuseDestTakesDstAsEitherOperand) {
  Build();
  SetFront(0, 0, Tile(kTileElements, 7.0f));
  SetFront(1, 0, Tile(kTileElements, 2.0f));
  unit().HwStartup(0, 1, 16, 1);
  for (auto [reuse, want] : {std::pair{EltwiseBinaryReuseDestType::DEST_TO_SRCA, 5.0f},
                             std::pair{EltwiseBinaryReuseDestType::DEST_TO_SRCB, -5.0f}}) {
    Section(1, [&] {
      unit().CopyInit(0, false, 2);
      unit().CopyTile(0, 0, 0, 3);
      unit().ReuseDestInit(EltwiseBinaryType::ELWSUB, reuse, 1, 4);
      unit().ReuseDestTiles(EltwiseBinaryType::ELWSUB, reuse, 1, 0, 0, 5);
    });
    EXPECT_EQ(Back(16, 0)[500], want);
  }
}

TEST_F(FpuTest, CopyTransposeAndUnaryBroadcast) {
  Build();
  SetFront(0, 3, RandomTile(4));
  const Tile a = Front(0, 3);
  unit().HwStartup(0, 0, 16, 1);
  unit().CopyInit(0, false, 2);
  Section(1, [&] { unit().CopyTile(0, 3, 0, 3); });
  EXPECT_EQ(Back(16, 0), a);
  unit().TransposeInit(0, 2);
  Section(1, [&] { unit().TransposeTile(0, 3, 0, 3); });
  Tile transposed = Back(16, 0);
  for (int i = 0; i < 32; ++i) {
    for (int j = 0; j < 32; ++j) ASSERT_EQ(transposed[j * 32 + i], a[i * 32 + j]);
  }
  unit().CopyInit(0, false, 2);
  unit().Acquire(1);
  unit().CopyTile(0, 3, 0, 3);
  unit().TransposeDestInit(4);
  unit().TransposeDest(0, 4);
  unit().Commit(5);
  unit().Wait(5);
  unit().PackTile(0, 16, true, 0, 5);
  unit().Release(5);
  EXPECT_EQ(Back(16, 0), transposed);
  unit().UnaryBcastInit(BroadcastType::COL, 0, 2);
  Section(1, [&] { unit().UnaryBcast(BroadcastType::COL, 0, 3, 0, 3); });
  for (int i = 0; i < 32; ++i) {
    for (int j = 0; j < 32; ++j) ASSERT_EQ(Back(16, 0)[i * 32 + j], a[i * 32]);
  }
}

TEST_F(FpuTest, SixteenBitDestIsFp16ForFp16Operands) {
  AddCb(0, DataFormat::kFloat16);
  AddCb(1, DataFormat::kFloat16);
  AddCb(16, DataFormat::kFloat32);
  Build();
  SetFront(0, 0, Tile(kTileElements, 1.0f));
  SetFront(1, 0, Tile(kTileElements, 0x1p-9f));
  unit().HwStartup(0, 1, 16, 1);
  unit().BinaryInit(EltwiseBinaryType::ELWADD, BroadcastType::NONE, 0, 1, false, 2);
  Section(1, [&] { unit().BinaryTiles(EltwiseBinaryType::ELWADD, BroadcastType::NONE, 0, 1, 0, 0, 0, 0, 3); });
  EXPECT_EQ(Back(16, 0)[0], 1.0f + 0x1p-9f);  // bf16 would have lost it
}

TEST_F(FpuTest, IntegersAreCopiedAsTheyAre) {
  AddCb(0, DataFormat::kInt32);
  AddCb(16, DataFormat::kInt32);
  Build(Config(true));
  Tile words(kTileElements);
  for (uint32_t i = 0; i < kTileElements; ++i) words[i] = std::bit_cast<float>(static_cast<int32_t>(i) * 1234567 - 99);
  SetFront(0, 0, words);
  unit().HwStartup(0, 0, 16, 1);
  unit().CopyInit(0, false, 2);
  Section(1, [&] { unit().CopyTile(0, 0, 0, 3); });
  for (uint32_t i = 0; i < kTileElements; ++i) {
    ASSERT_EQ(std::bit_cast<int32_t>(Back(16, 0)[i]), static_cast<int32_t>(i) * 1234567 - 99);
  }
}

TEST_F(FpuTest, TimeAloneMovesNoData) {
  AddCb(16, DataFormat::kFloat32);
  Build();
  SetFront(0, 0, RandomTile(1));
  SetFront(1, 0, RandomTile(2));
  const auto run = [&](ComputeUnit& unit) {
    unit.HwStartup(1, 0, 16, 1);
    unit.MatmulInit(0, 1, false, 1, 1, 1, false, 2);
    unit.Acquire(1);
    unit.MatmulTiles(0, 1, 0, 0, 0, 3);
    unit.Commit(1);
    unit.Wait(1);
    unit.PackTile(0, 16, true, 0, 1);
    unit.Release(1);
    unit.Finish();
  };
  auto timing_port = std::make_unique<TestPort>();
  TestPort* timing = timing_port.get();
  timing->cbs = port().cbs;
  ComputeUnitConfig config;
  config.data = false;
  ComputeUnit timing_unit(chip_, config, std::move(timing_port));
  run(unit());
  run(timing_unit);
  EXPECT_GT(port().cycles, 64u);
  EXPECT_EQ(timing->cycles, port().cycles);
  EXPECT_EQ(timing->matmul_tiles, 1u);
  EXPECT_EQ(timing->cbs.at(16).back, std::vector<std::byte>(timing->cbs.at(16).back.size()));
}

}  // namespace
}  // namespace tltt::emu

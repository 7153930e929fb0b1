// Reductions in the matrix unit and the vector unit.
#include <algorithm>
#include <cmath>

#include "compute_unit_fixture.h"

namespace tltt::emu {
namespace {

using ckernel::PoolType;
using ckernel::ReduceDim;

class ReduceTest : public ComputeUnitTest {
 protected:
  // Row 0 of each face of the scaler tile holds `value`.
  void SetScaler(float value) {
    Tile scaler(kTileElements, 0.0f);
    for (uint32_t row : {0u, 16u}) std::fill_n(scaler.begin() + row * 32, 32, value);
    SetFront(2, 0, scaler);
  }
  Tile Reduce(PoolType pool, ReduceDim dim, uint32_t tiles = 1) {
    unit().ReduceInit(pool, dim, 0, 2, 16, 2);
    Section(1, [&] {
      for (uint32_t i = 0; i < tiles; ++i) unit().ReduceTile(pool, dim, 0, 2, i, 0, 0, 3);
    });
    return Back(16, 0);
  }
};

TEST_F(ReduceTest, SumsRowsColumnsAndAll) {
  AddCb(16, DataFormat::kFloat32);
  Build(Config(true));
  unit().HwStartup(0, 2, 16, 1);
  SetFront(0, 0, RandomTile(1));
  SetFront(0, 1, RandomTile(2));
  SetScaler(0.5f);
  const Tile a = Front(0, 0), b = Front(0, 1);
  std::vector<double> rows(32), cols(32);
  double all = 0;
  for (uint32_t i = 0; i < kTileElements; ++i) {
    const double x = double{a[i]} + b[i];
    rows[i / 32] += x * 0.5;
    cols[i % 32] += x * 0.5;
    all += x * 0.25;  // the scaler counts twice
  }
  const Tile row_sums = Reduce(PoolType::SUM, ReduceDim::REDUCE_ROW, 2),
             col_sums = Reduce(PoolType::SUM, ReduceDim::REDUCE_COL, 2);
  const Tile total = Reduce(PoolType::SUM, ReduceDim::REDUCE_SCALAR, 2);
  for (uint32_t i = 0; i < 32; ++i) {
    EXPECT_NEAR(row_sums[i * 32], rows[i], 1e-4);
    EXPECT_NEAR(col_sums[i], cols[i], 1e-4);
  }
  EXPECT_NEAR(total[0], all, 1e-3);
  // The packer writes nothing but the results.
  EXPECT_EQ(row_sums[1], 0.0f);
  EXPECT_EQ(col_sums[32], 0.0f);
  EXPECT_EQ(total[1], 0.0f);
}

TEST_F(ReduceTest, MaximumOfNegativesIgnoresTheClearedDst) {
  Build();
  unit().HwStartup(0, 2, 16, 1);
  SetFront(0, 0, RandomTile(1, -9, -1));
  SetFront(0, 1, RandomTile(2, -9, -2));
  SetScaler(1.0f);
  const Tile a = Front(0, 0), b = Front(0, 1);
  const Tile rows = Reduce(PoolType::MAX, ReduceDim::REDUCE_ROW, 2),
             cols = Reduce(PoolType::MAX, ReduceDim::REDUCE_COL, 2);
  for (uint32_t i = 0; i < 32; ++i) {
    float row = -100, col = -100;
    for (uint32_t j = 0; j < 32; ++j) {
      row = std::max({row, a[i * 32 + j], b[i * 32 + j]});
      col = std::max({col, a[j * 32 + i], b[j * 32 + i]});
    }
    EXPECT_EQ(rows[i * 32], row);
    EXPECT_EQ(cols[i], col);
  }
  EXPECT_EQ(Reduce(PoolType::MAX, ReduceDim::REDUCE_SCALAR)[0], *std::max_element(a.begin(), a.end()));
}

TEST_F(ReduceTest, MaskStaysUntilUninit) {
  Build();
  unit().HwStartup(0, 2, 16, 1);
  SetFront(0, 0, RandomTile(1));
  SetScaler(1.0f);
  Reduce(PoolType::SUM, ReduceDim::REDUCE_ROW);
  unit().CopyInit(0, false, 7);
  const Error error = Caught([&] { Section(1, [&] { unit().CopyTile(0, 0, 0, 8); }); });
  EXPECT_EQ(error.category, ErrorCategory::kMissingInit);
  ExpectContains(error.what(), "Insert reduce_uninit()");
  unit().ReduceUninit(9);
  unit().PackTile(0, 16, true, 0, 10);
  EXPECT_EQ(Back(16, 0), Front(0, 0));
}

TEST_F(ReduceTest, RowSumsSwapTheOperandsFormats) {
  AddCb(2, DataFormat::kFloat32);
  Build();
  unit().HwStartup(0, 2, 16, 1);
  unit().ReduceInit(PoolType::SUM, ReduceDim::REDUCE_ROW, 0, 2, 16, 2);
  unit().Acquire(3);
  const Error error = Caught([&] { unit().ReduceTile(PoolType::SUM, ReduceDim::REDUCE_ROW, 0, 2, 0, 0, 0, 4); });
  ExpectContains(error.what(), "reconfig_data_format_srca(tt::CBIndex::c_2)");
}

TEST_F(ReduceTest, VectorUnit) {
  AddCb(16, DataFormat::kFloat32);
  Build(Config(true));
  unit().HwStartup(0, 0, 16, 1);
  unit().CopyInit(0, false, 2);
  unit().InitSfpu(SfpuInit::kReduce, 0, 0, 2);
  SetFront(0, 0, RandomTile(1));
  const Tile a = Front(0, 0);
  Section(1, [&] {
    unit().CopyTile(0, 0, 0, 3);
    unit().SfpuReduce(PoolType::MIN, ReduceDim::REDUCE_COL, false, 0, 1, 1, 4);
  });
  for (uint32_t col = 0; col < 32; ++col) {
    float least = 100;
    for (uint32_t row = 0; row < 32; ++row) least = std::min(least, a[row * 32 + col]);
    EXPECT_EQ(Back(16, 0)[col], least);
  }
}

// Of two tiles side by side the first one takes the second one's results as well.
TEST_F(ReduceTest, VectorUnitAcrossTiles) {
  AddCb(16, DataFormat::kFloat32);
  Build(Config(true));
  unit().HwStartup(0, 0, 16, 1);
  unit().CopyInit(0, false, 2);
  unit().InitSfpu(SfpuInit::kReduce, 0, 0, 2);
  SetFront(0, 0, RandomTile(1));
  const Tile a = Front(0, 0);
  for (const PoolType pool : {PoolType::SUM, PoolType::AVG, PoolType::MAX}) {
    Section(1, [&] {
      unit().CopyTile(0, 0, 0, 3);
      unit().CopyTile(0, 0, 1, 3);
      unit().SfpuReduce(pool, ReduceDim::REDUCE_ROW, false, 0, 2, 1, 4);
    });
    for (uint32_t row = 0; row < 32; ++row) {
      double sum = 0, largest = -100;
      for (uint32_t col = 0; col < 32; ++col) {
        sum += a[row * 32 + col];
        largest = std::max<double>(largest, a[row * 32 + col]);
      }
      const double want = pool == PoolType::SUM ? 2 * sum : pool == PoolType::AVG ? sum / 32 : largest;
      EXPECT_NEAR(Back(16, 0)[row * 32], want, 1e-4) << row;
    }
  }
}

}  // namespace
}  // namespace tltt::emu

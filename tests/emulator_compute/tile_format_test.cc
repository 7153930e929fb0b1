// Formats and the face layout.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "compute/tile_format.h"
#include "compute_unit_fixture.h"

namespace tltt::emu {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(TileFormat, FacesAreRowMajorSixteenBySixteen) {
  Tile rows(kTileElements);
  for (uint32_t i = 0; i < kTileElements; ++i) rows[i] = static_cast<float>(i);
  std::vector<float> page(kTileElements);
  PackTile(DataFormat::kFloat32, rows.data(), reinterpret_cast<std::byte*>(page.data()));
  EXPECT_EQ(page[0], rows[0]);
  EXPECT_EQ(page[15], rows[15]);
  EXPECT_EQ(page[16], rows[32]);                  // second row of face 0
  EXPECT_EQ(page[256], rows[16]);                 // face 1: right half of the top
  EXPECT_EQ(page[512], rows[16 * 32]);            // face 2: left half of the bottom
  EXPECT_EQ(page[768 + 17], rows[17 * 32 + 17]);  // face 3
}

TEST(TileFormat, EveryFormatComesBackFromItsOwnValues) {
  for (DataFormat format :
       {DataFormat::kFloat32, DataFormat::kFloat16, DataFormat::kFloat16_b, DataFormat::kBfp8_b, DataFormat::kBfp4_b,
        DataFormat::kInt32, DataFormat::kUInt32, DataFormat::kUInt16, DataFormat::kInt8, DataFormat::kUInt8}) {
    std::vector<std::byte> first(TileBytes(format)), second(TileBytes(format));
    Tile source = RandomTile(3, -100, 100), once(kTileElements), twice(kTileElements);
    if (IsIntegerFormat(format)) {
      for (float& x : source) x = std::bit_cast<float>(static_cast<int32_t>(std::fabs(x)));
    }
    PackTile(format, source.data(), first.data());
    UnpackTile(format, first.data(), once.data());
    PackTile(format, once.data(), second.data());
    UnpackTile(format, second.data(), twice.data());
    EXPECT_EQ(first, second) << DataFormatName(format);
    EXPECT_EQ(std::memcmp(once.data(), twice.data(), kTileElements * 4), 0) << DataFormatName(format);
    if (IsIntegerFormat(format)) {
      EXPECT_EQ(std::memcmp(once.data(), source.data(), kTileElements * 4), 0);
    }
  }
}

TEST(TileFormat, Bf16RoundsToNearestEvenAndKeepsNan) {
  EXPECT_EQ(RoundToBf16(1.0f + 0x1p-8f), 1.0f);                // tie to even
  EXPECT_EQ(RoundToBf16(1.0f + 3 * 0x1p-8f), 1.0f + 0x1p-6f);  // tie to even, upwards
  EXPECT_EQ(RoundToBf16(1.0f + 0x1.1p-8f), 1.0f + 0x1p-7f);
  EXPECT_EQ(RoundToBf16(std::numeric_limits<float>::max()), kInf);
  EXPECT_EQ(RoundToBf16(-kInf), -kInf);
  EXPECT_TRUE(std::isnan(RoundToBf16(kNan)));
  EXPECT_TRUE(std::isnan(RoundToBf16(std::bit_cast<float>(0x7f800001u))));  // payload only in the bits that go
  Tile values = RandomTile(5, -1e30f, 1e30f), rounded = values;
  values[7] = rounded[7] = kNan;
  RoundValues(Rounding::kBf16, rounded.data(), kTileElements);
  for (uint32_t i = 0; i < kTileElements; ++i) {
    EXPECT_EQ(std::bit_cast<uint32_t>(rounded[i]), std::bit_cast<uint32_t>(RoundToBf16(values[i])));
  }
}

TEST(TileFormat, Fp16MatchesTheCompilersConversion) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = std::bit_cast<_Float16>(static_cast<uint16_t>(bits));
    const float value = Fp16Value(static_cast<uint16_t>(bits));
    if (half != half) {
      EXPECT_TRUE(std::isnan(value));
      continue;
    }
    ASSERT_EQ(value, static_cast<float>(half)) << bits;
    ASSERT_EQ(Fp16Bits(value), bits);
  }
  for (float value : {1.0009765f, 65519.9f, 65520.0f, 1e-8f, 2.9802322e-8f, 2.99e-8f, 6.0e-5f, -3.1415927f, 1e30f}) {
    EXPECT_EQ(RoundToFp16(value), static_cast<float>(static_cast<_Float16>(value))) << value;
  }
}

TEST(TileFormat, BlockFloatSharesTheLargestExponentOfSixteen) {
  Tile rows(kTileElements, 0.0f);
  for (int i = 0; i < 16; ++i) rows[i] = i == 0 ? 1.0f : 1.0f / 64 * i;
  rows[16] = -3.0f;  // face 1 has exponents of its own
  std::vector<std::byte> page(TileBytes(DataFormat::kBfp8_b));
  PackTile(DataFormat::kBfp8_b, rows.data(), page.data());
  EXPECT_EQ(static_cast<int>(page[0]), 127);
  EXPECT_EQ(static_cast<int>(page[16]), 128);
  EXPECT_EQ(static_cast<int>(page[64]), 64);  // 1.0 without a hidden bit
  Tile back(kTileElements);
  UnpackTile(DataFormat::kBfp8_b, page.data(), back.data());
  for (int i = 0; i < 17; ++i) EXPECT_EQ(back[i], rows[i]) << i;
  EXPECT_EQ(back[100], 0.0f);
}

TEST(TileFormat, BlockFloatErrorIsHalfAStepOfTheRowsLargest) {
  const Tile rows = RandomTile(11, -10, 10);
  std::vector<std::byte> page(TileBytes(DataFormat::kBfp8_b));
  Tile back(kTileElements);
  PackTile(DataFormat::kBfp8_b, rows.data(), page.data());
  UnpackTile(DataFormat::kBfp8_b, page.data(), back.data());
  for (uint32_t i = 0; i < kTileElements; i += 16) {
    float largest = 0;
    for (uint32_t j = i; j < i + 16; ++j) largest = std::max(largest, std::fabs(rows[j]));
    const double step = std::ldexp(1.0, std::ilogb(largest) - 6);
    for (uint32_t j = i; j < i + 16; ++j)
      EXPECT_LE(std::fabs(back[j] - rows[j]), step);  // saturation costs a whole one
  }
}

TEST(TileFormat, AccumulationAddsInThePagesFormat) {
  const Tile a = RoundedToBf16(RandomTile(1)), b = RandomTile(2);
  std::vector<std::byte> page(TileBytes(DataFormat::kFloat16_b));
  PackTile(DataFormat::kFloat16_b, a.data(), page.data());
  AccumulateTile(DataFormat::kFloat16_b, b.data(), page.data());
  Tile sum(kTileElements);
  UnpackTile(DataFormat::kFloat16_b, page.data(), sum.data());
  for (uint32_t i = 0; i < kTileElements; ++i) EXPECT_EQ(sum[i], RoundToBf16(a[i] + b[i]));
}

TEST(TileFormat, FormatsWithoutTilesAreRefused) {
  Tile rows(kTileElements);
  std::vector<std::byte> page(4096);
  EXPECT_THROW(PackTile(DataFormat::kBfp8, rows.data(), page.data()), std::invalid_argument);
  EXPECT_THROW(UnpackTile(DataFormat::kBfp4, page.data(), rows.data()), std::invalid_argument);
}

}  // namespace
}  // namespace tltt::emu

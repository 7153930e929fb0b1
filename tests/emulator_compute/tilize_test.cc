// Row-major matrices and pages: on the host, and in the compute unit.
#include "tltt/tilize.h"

#include <bit>
#include <cstring>

#include "compute_unit_fixture.h"

namespace tltt::emu {
namespace {

// Pages in memory of their own.
struct Pages {
  uint32_t bytes;
  std::vector<std::byte> storage;
  Pages(uint64_t count, DataFormat format) : bytes(TileBytes(format)), storage(count * bytes, std::byte{0xee}) {}
  TilePage Get() {
    return [this](uint64_t page) { return storage.data() + page * bytes; };
  }
};

TEST(Tilize, StridedMatrixWithTailsGoesThereAndBack) {
  constexpr int64_t kRows = 45, kCols = 70, kStride = 81;
  for (DataFormat format : {DataFormat::kFloat16_b, DataFormat::kFloat32, DataFormat::kUInt8}) {
    const uint32_t element = HostElementBytes(format);
    std::vector<uint8_t> host(kRows * kStride * element), back(host.size(), 0xcd);
    for (size_t i = 0; i < host.size(); ++i) host[i] = static_cast<uint8_t>(i * 7 + i / 251 + 1);
    Pages pages(2 * 3, format);
    Tilize(format, {host.data(), kRows, kCols, kStride}, pages.Get());
    Untilize(format, pages.Get(), {back.data(), kRows, kCols, kStride});
    for (int64_t row = 0; row < kRows; ++row) {
      EXPECT_EQ(std::memcmp(&host[row * kStride * element], &back[row * kStride * element], kCols * element), 0);
      for (int64_t i = kCols * element; i < kStride * element; ++i) ASSERT_EQ(back[row * kStride * element + i], 0xcd);
    }
    // Element (40, 65) lies in tile (1, 2), row 8, column 1; row 13 of that tile is past the edge.
    const std::byte* tile = pages.storage.data() + 5 * pages.bytes;
    EXPECT_EQ(std::memcmp(tile + (8 * 16 + 1) * element, &host[(40 * kStride + 65) * element], element), 0);
    EXPECT_EQ(tile[13 * 16 * element], std::byte{0});
    EXPECT_EQ(tile[6 * element], std::byte{0});
  }
}

TEST(Tilize, RangesOfTileRowsMakeTheWhole) {
  std::vector<float> host(96 * 64);
  for (size_t i = 0; i < host.size(); ++i) host[i] = static_cast<float>(i);
  Pages whole(6, DataFormat::kFloat32), parts(6, DataFormat::kFloat32);
  const HostMatrix matrix{host.data(), 96, 64, 64};
  Tilize(DataFormat::kFloat32, matrix, whole.Get());
  Tilize(DataFormat::kFloat32, matrix, parts.Get(), 2, 3);
  Tilize(DataFormat::kFloat32, matrix, parts.Get(), 0, 2);
  EXPECT_EQ(whole.storage, parts.storage);
}

TEST(Tilize, BlockFloatTakesFp32) {
  std::vector<float> host(40 * 40, 1.5f), back(host.size());
  Pages pages(4, DataFormat::kBfp8_b);
  Tilize(DataFormat::kBfp8_b, {host.data(), 40, 40, 40}, pages.Get());
  Untilize(DataFormat::kBfp8_b, pages.Get(), {back.data(), 40, 40, 40});
  EXPECT_EQ(host, back);
}

TEST(Tilize, RefusesWhatHasNoTiles) {
  float x = 0;
  const TilePage none = [](uint64_t) -> std::byte* { return nullptr; };
  EXPECT_THROW(Tilize(DataFormat::kBfp8, {&x, 1, 1, 1}, none), std::invalid_argument);
  EXPECT_THROW(Untilize(DataFormat::kFloat32, none, {&x, -1, 1, 1}), std::invalid_argument);
}

class DeviceTilizeTest : public ComputeUnitTest {};

TEST_F(DeviceTilizeTest, TilizeThenUntilizeIsTheIdentity) {
  constexpr uint32_t kWidth = 3;
  Build();
  std::vector<uint16_t> image(32 * 32 * kWidth);
  for (size_t i = 0; i < image.size(); ++i) image[i] = static_cast<uint16_t>(0x3f80 + i % 3000);
  std::memcpy(port().cbs.at(0).front.data(), image.data(), image.size() * 2);
  unit().HwStartup(0, 0, 16, 1);
  unit().TilizeInit(0, kWidth, 16, 2);
  unit().TilizeBlock(0, kWidth, 16, 0, 0, 3);
  unit().TilizeUninit(0, 16, 4);
  Tile tile(kTileElements);
  for (uint32_t t = 0; t < kWidth; ++t) {
    for (uint32_t i = 0; i < kTileElements; ++i) {
      tile[i] = std::bit_cast<float>(static_cast<uint32_t>(image[(i / 32) * 32 * kWidth + t * 32 + i % 32]) << 16);
    }
    EXPECT_EQ(Back(16, t), tile) << t;
  }
  // Tiles of the output become the input of the way back, by the packer out of DST and by itself.
  port().cbs.at(1).front = port().cbs.at(16).back;
  unit().UntilizeInit(1, 16, kWidth, kWidth, 5);
  unit().UntilizeBlock(1, 1, 16, 0, kWidth, kWidth, 6);
  EXPECT_EQ(std::memcmp(port().cbs.at(16).back.data(), image.data(), image.size() * 2), 0);
  unit().UntilizeUninit(16, 7);

  std::fill(port().cbs.at(16).back.begin(), port().cbs.at(16).back.end(), std::byte{0});
  unit().CopyInit(1, false, 8);
  unit().UntilizeInit(ComputeUnit::kNoCb, 16, kWidth, kWidth, 8);
  unit().Acquire(9);
  for (uint32_t t = 0; t < kWidth; ++t) unit().CopyTile(1, t, t, 9);
  unit().Commit(10);
  unit().Wait(10);
  unit().PackUntilizeDest(16, 1, 0, kWidth, kWidth, 0, 11);
  unit().Release(12);
  EXPECT_EQ(std::memcmp(port().cbs.at(16).back.data(), image.data(), image.size() * 2), 0);
}

TEST_F(DeviceTilizeTest, InitsAreRequired) {
  Build();
  unit().HwStartup(0, 0, 16, 1);
  ExpectContains(Caught([&] { unit().TilizeBlock(0, 2, 16, 0, 0, 3); }).what(),
                 "Insert tilize_init(tt::CBIndex::c_0, 2, tt::CBIndex::c_16)");
  ExpectContains(Caught([&] { unit().UntilizeBlock(0, 1, 16, 0, 2, 2, 3); }).what(), "Insert pack_untilize_init<2, 2>");
}

}  // namespace
}  // namespace tltt::emu

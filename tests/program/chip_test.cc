#include "tltt/chip.h"

#include <gtest/gtest.h>

namespace tltt {
namespace {

TEST(Chip, GridsAndArchitectures) {
  EXPECT_EQ(ChipByName("n150").grid, (Core{8, 8}));
  EXPECT_EQ(ChipByName("n300").grid, (Core{8, 7}));
  EXPECT_EQ(ChipByName("p150").grid, (Core{13, 10}));
  EXPECT_EQ(ChipByName("p100").grid, (Core{11, 10}));
  EXPECT_EQ(DefaultChip("wormhole_b0").name, "n150");
  EXPECT_EQ(DefaultChip("blackhole").name, "p150");
  EXPECT_EQ(ChipNames(), (std::vector<std::string>{"n150", "n300", "p100", "p150"}));
}

TEST(Chip, UsableMemory) {
  const Chip& n150 = ChipByName("n150");
  EXPECT_EQ(n150.l1_bytes - n150.l1_base, 1393312u);
  EXPECT_EQ(n150.dram_bank_bytes * n150.dram_banks, uint64_t{12} << 30);
  const Chip& p150 = ChipByName("p150");
  EXPECT_EQ(p150.l1_bytes - p150.l1_base, 1461120u);
  EXPECT_EQ(p150.dram_banks, 8u);
}

TEST(Chip, UnknownNamesTheKnownOnes) {
  try {
    ChipByName("t3000");
    FAIL() << "a T3000 is several chips";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "unknown chip \"t3000\"; known: n150, n300, p100, p150");
  }
  EXPECT_THROW(DefaultChip("itanium"), std::invalid_argument);
}

TEST(Chip, GrayskullIsRefusedWithItsReason) {
  for (const char* name : {"grayskull", "e150"}) {
    try {
      ChipByName(name);
      FAIL() << name;
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find("TT-Metalium has dropped Grayskull"), std::string::npos);
    }
  }
  EXPECT_THROW(DefaultChip("grayskull"), std::invalid_argument);
}

TEST(Format, NamesDtypesAndSizes) {
  EXPECT_STREQ(DataFormatName(DataFormat::kBfp8_b), "Bfp8_b");
  EXPECT_EQ(DataFormatFromName("Float16_b"), DataFormat::kFloat16_b);
  EXPECT_EQ(DataFormatFromName("float16"), std::nullopt);
  EXPECT_EQ(DataFormatOfDtype("bfloat16"), DataFormat::kFloat16_b);
  EXPECT_EQ(DataFormatOfDtype("float16"), DataFormat::kFloat16);
  EXPECT_EQ(DataFormatOfDtype("uint8"), DataFormat::kUInt8);
  EXPECT_EQ(DataFormatOfDtype("complex64"), std::nullopt);
  EXPECT_EQ(TileBytes(DataFormat::kFloat16_b), 2048u);
  EXPECT_EQ(TileBytes(DataFormat::kBfp8), 1088u);
  EXPECT_EQ(TileBytes(DataFormat::kBfp4_b), 576u);
  EXPECT_EQ(TileBytes(DataFormat::kInt32), 4096u);
  EXPECT_STREQ(RoleName(Role::kWriter), "writer");
}

}  // namespace
}  // namespace tltt

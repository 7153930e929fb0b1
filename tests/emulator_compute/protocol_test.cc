// Wrong use of the compute unit, and the texts that explain it.
#include <functional>

#include "compute_unit_fixture.h"

namespace tltt::emu {
namespace {

using ckernel::BroadcastType;
using ckernel::EltwiseBinaryType;

class ProtocolTest : public ComputeUnitTest {
 protected:
  void ExpectError(ErrorCategory category, const std::vector<std::string>& parts, const std::function<void()>& body) {
    const Error error = Caught(body);
    EXPECT_EQ(error.category, category) << error.what();
    for (const std::string& part : parts) ExpectContains(error.what(), part);
  }
  void Start() {
    Build();
    unit().HwStartup(0, 1, 16, 1);
  }
};

TEST_F(ProtocolTest, NothingBeforeHwStartup) {
  Build();
  ExpectError(ErrorCategory::kMissingInit, {"matmul_init", "compute_kernel_hw_startup<SrcOrder::Reverse>"},
              [&] { unit().MatmulInit(0, 1, false, 1, 1, 1, false, 2); });
  ExpectError(ErrorCategory::kMissingInit, {"tile_regs_acquire", "compute_kernel_hw_startup"},
              [&] { unit().Acquire(7); });
}

TEST_F(ProtocolTest, OpWithoutItsInitNamesTheCallToInsert) {
  Start();
  unit().Acquire(2);
  ExpectError(ErrorCategory::kMissingInit,
              {"matmul_tiles", "nothing was initialised", "Insert matmul_init(tt::CBIndex::c_0, tt::CBIndex::c_1)"},
              [&] { unit().MatmulTiles(0, 1, 0, 0, 0, 3); });
  unit().BinaryInit(EltwiseBinaryType::ELWADD, BroadcastType::NONE, 0, 1, false, 14);
  ExpectError(ErrorCategory::kMissingInit,
              {"mul_tiles without its init", "add_init(tt::CBIndex::c_0, tt::CBIndex::c_1) at line 14",
               "Insert mul_init(", "[line 15]"},
              [&] { unit().BinaryTiles(EltwiseBinaryType::ELWMUL, BroadcastType::NONE, 0, 1, 0, 0, 0, 0, 15); });
  ExpectError(ErrorCategory::kMissingInit, {"add_tiles_bcast_rows", "Insert add_bcast_rows_init("},
              [&] { unit().BinaryTiles(EltwiseBinaryType::ELWADD, BroadcastType::ROW, 0, 1, 0, 0, 0, 0, 15); });
  ExpectError(ErrorCategory::kMissingInit, {"copy_tile", "Insert copy_init(tt::CBIndex::c_0)"},
              [&] { unit().CopyTile(0, 0, 0, 3); });
  unit().MatmulInit(0, 1, false, 2, 2, 1, true, 16);
  ExpectError(ErrorCategory::kMissingInit,
              {"matmul_block", "Insert matmul_block_init(tt::CBIndex::c_0, tt::CBIndex::c_1, 0, 4, 1, 1)"},
              [&] { unit().MatmulBlockStep(0, 1, 0, 0, 0, false, 4, 1, 1, 17); });
}

TEST_F(ProtocolTest, OperandsHaveExponentsOfOneSize) {
  AddCb(1, DataFormat::kFloat16);
  Build();
  unit().HwStartup(0, 1, 16, 1);
  unit().BinaryInit(EltwiseBinaryType::ELWADD, BroadcastType::NONE, 0, 1, false, 2);
  unit().Acquire(3);
  ExpectError(ErrorCategory::kUnsupported, {"add_tiles of Float16_b (c_0) and Float16 (c_1)", "5 bits", "copy_tile"},
              [&] { unit().BinaryTiles(EltwiseBinaryType::ELWADD, BroadcastType::NONE, 0, 1, 0, 0, 0, 0, 4); });
}

TEST_F(ProtocolTest, FormatsNeedReconfiguration) {
  AddCb(0, DataFormat::kFloat32);
  AddCb(3, DataFormat::kFloat16_b);
  AddCb(17, DataFormat::kFloat32);
  Build();
  unit().HwStartup(0, 1, 16, 1);
  unit().CopyInit(3, false, 2);
  unit().Acquire(2);
  ExpectError(ErrorCategory::kMissingInit,
              {"copy_tile reads c_3", "Float16_b", "SrcA is configured for Float32",
               "reconfig_data_format_srca(tt::CBIndex::c_3)"},
              [&] { unit().CopyTile(3, 0, 0, 3); });
  unit().ReconfigSrc(true, 3, 3);
  unit().CopyTile(3, 0, 0, 3);
  unit().MatmulInit(0, 1, false, 1, 1, 1, false, 4);
  ExpectError(ErrorCategory::kMissingInit,
              {"SrcB is configured for Float16_b", "reconfig_data_format_srcb(tt::CBIndex::c_0)"},
              [&] { unit().MatmulTiles(0, 1, 0, 0, 0, 5); });
  unit().Commit(6);
  unit().Wait(6);
  ExpectError(ErrorCategory::kMissingInit, {"pack_tile writes c_17", "pack_reconfig_data_format(tt::CBIndex::c_17)"},
              [&] { unit().PackTile(0, 17, false, 0, 7); });
  unit().ReconfigPack(17, 8);
  unit().PackTile(0, 17, false, 0, 9);
}

TEST_F(ProtocolTest, SourceRegistersOfSingleOperands) {
  AddCb(0, DataFormat::kFloat32);
  Build();
  unit().HwStartup(0, 1, 16, 1);  // SrcA fp32, SrcB bf16
  unit().Acquire(2);
  unit().UnaryBcastInit(BroadcastType::ROW, 1, 3);
  unit().UnaryBcast(BroadcastType::ROW, 1, 0, 0, 4);
  unit().UnaryBcastInit(BroadcastType::ROW, 0, 5);
  ExpectError(ErrorCategory::kMissingInit, {"unary_bcast", "reconfig_data_format_srcb(tt::CBIndex::c_0)"},
              [&] { unit().UnaryBcast(BroadcastType::ROW, 0, 0, 1, 6); });
  using ckernel::EltwiseBinaryReuseDestType;
  unit().ReuseDestInit(EltwiseBinaryType::ELWADD, EltwiseBinaryReuseDestType::DEST_TO_SRCA, 1, 7);
  unit().ReuseDestTiles(EltwiseBinaryType::ELWADD, EltwiseBinaryReuseDestType::DEST_TO_SRCA, 1, 0, 0, 8);
  unit().ReuseDestInit(EltwiseBinaryType::ELWADD, EltwiseBinaryReuseDestType::DEST_TO_SRCB, 1, 9);
  ExpectError(
      ErrorCategory::kMissingInit, {"add_reuse_dest_tiles", "reconfig_data_format_srca(tt::CBIndex::c_1)"},
      [&] { unit().ReuseDestTiles(EltwiseBinaryType::ELWADD, EltwiseBinaryReuseDestType::DEST_TO_SRCB, 1, 0, 0, 10); });
}

TEST_F(ProtocolTest, DstOutOfTurn) {
  Start();
  unit().CopyInit(0, false, 2);
  ExpectError(ErrorCategory::kDstMisuse, {"copy_tile out of turn", "call tile_regs_acquire() first"},
              [&] { unit().CopyTile(0, 0, 0, 3); });
  ExpectError(ErrorCategory::kDstMisuse, {"tile_regs_commit() without tile_regs_acquire()"}, [&] { unit().Commit(3); });
  ExpectError(ErrorCategory::kDstMisuse, {"tile_regs_wait() without tile_regs_commit()"}, [&] { unit().Wait(3); });
  ExpectError(ErrorCategory::kDstMisuse, {"tile_regs_release() without tile_regs_wait()"}, [&] { unit().Release(3); });
  unit().Acquire(10);
  ExpectError(ErrorCategory::kDstMisuse, {"held since line 10"}, [&] { unit().Acquire(11); });
  unit().CopyTile(0, 0, 0, 12);
  ExpectError(ErrorCategory::kDstMisuse, {"pack_tile out of turn", "tile_regs_commit() and tile_regs_wait()"},
              [&] { unit().PackTile(0, 16, false, 0, 13); });
  ExpectError(ErrorCategory::kDstMisuse, {"returned while it holds DST, acquired at line 10", "tile_regs_release()"},
              [&] { unit().Finish(); });
  unit().Commit(14);
  ExpectError(ErrorCategory::kDstMisuse, {"call tile_regs_wait() first"},
              [&] { unit().PackTile(0, 16, false, 0, 15); });
  ExpectError(ErrorCategory::kDstMisuse, {"handed to the packer"}, [&] { unit().CopyTile(0, 0, 1, 15); });
  unit().Wait(16);
  unit().PackTile(0, 16, false, 0, 17);
  unit().Release(18);
  unit().Finish();
}

TEST_F(ProtocolTest, UnwrittenSlotsAreNotRead) {
  Start();
  unit().CopyInit(0, false, 2);
  unit().InitSfpu(SfpuInit::kRelu, 0, 0, 2);
  unit().Acquire(20);
  unit().CopyTile(0, 0, 0, 21);
  ExpectError(ErrorCategory::kDstMisuse, {"relu_tile reads DST tile 1", "since tile_regs_acquire() at line 20"},
              [&] { unit().SfpuUnary(SfpuOp::kRelu, 1, ckernel::VectorMode::RC, 0, 0, 0, 22); });
  unit().Commit(23);
  unit().Wait(23);
  ExpectError(ErrorCategory::kDstMisuse, {"pack_tile reads DST tile 2"}, [&] { unit().PackTile(2, 16, false, 0, 24); });
  unit().Release(25);
  // What an earlier section wrote does not count.
  unit().Acquire(30);
  unit().Commit(30);
  unit().Wait(30);
  ExpectError(ErrorCategory::kDstMisuse, {"pack_tile reads DST tile 0"}, [&] { unit().PackTile(0, 16, false, 0, 31); });
}

TEST_F(ProtocolTest, CapacityDependsOnModes) {
  struct Case {
    bool fp32, full;
    uint32_t tiles;
  };
  for (const Case& c : {Case{false, false, 8}, Case{false, true, 16}, Case{true, false, 4}, Case{true, true, 8}}) {
    Build(Config(c.fp32, c.full));
    unit().HwStartup(0, 1, 16, 1);
    unit().CopyInit(0, false, 2);
    unit().Acquire(3);
    unit().CopyTile(0, 0, c.tiles - 1, 4);
    ExpectError(ErrorCategory::kDstMisuse,
                {"copy_tile uses DST tile " + std::to_string(c.tiles), "holds " + std::to_string(c.tiles) + " tiles"},
                [&] { unit().CopyTile(0, 0, c.tiles, 5); });
    unit().MatmulInit(0, 1, false, 2, 2, 1, true, 6);
    ExpectError(ErrorCategory::kDstMisuse, {"matmul_block uses DST tile"},
                [&] { unit().MatmulBlockStep(0, 1, 0, 0, c.tiles - 2, false, 2, 2, 1, 6); });
  }
}

TEST_F(ProtocolTest, WideIntegersNeedAWideDst) {
  AddCb(0, DataFormat::kInt32);
  Build();
  unit().HwStartup(0, 0, 16, 1);
  unit().CopyInit(0, false, 2);
  unit().Acquire(3);
  ExpectError(ErrorCategory::kBadProgram, {"copy_tile of Int32", "fp32_dest_acc_en"},
              [&] { unit().CopyTile(0, 0, 0, 4); });
}

TEST_F(ProtocolTest, SfpuInits) {
  Start();
  unit().CopyInit(0, false, 2);
  unit().Acquire(3);
  unit().CopyTile(0, 0, 0, 4);
  const auto run = [&](SfpuOp op, uint32_t line) { unit().SfpuUnary(op, 0, ckernel::VectorMode::RC, 0, 0, 0, line); };
  ExpectError(ErrorCategory::kMissingInit, {"exp_tile without its init", "Insert exp_tile_init() before it"},
              [&] { run(SfpuOp::kExp, 5); });
  unit().InitSfpu(SfpuInit::kExp, 0, 0, 6);
  unit().InitSfpu(SfpuInit::kNegative, 0, 0, 7);
  run(SfpuOp::kNegative, 8);
  run(SfpuOp::kExp, 8);  // negative_tile_init sets no constants
  ExpectError(ErrorCategory::kMissingInit,
              {"exp_tile<true> without its init", "Insert exp_tile_init<true>() before it"},
              [&] { run(SfpuOp::kExpApproximate, 8); });
  unit().InitSfpu(SfpuInit::kRecip, 0, 0, 9);
  run(SfpuOp::kRecip, 10);
  ExpectError(ErrorCategory::kMissingInit, {"recip_tile_init() at line 9 replaced", "Insert exp_tile_init() again"},
              [&] { run(SfpuOp::kExp, 11); });
}

TEST_F(ProtocolTest, PackOrderAndPushBack) {
  Start();
  for (uint32_t i = 0; i < 3; ++i) SetFront(0, i, Tile(kTileElements, static_cast<float>(i + 1)));
  unit().CopyInit(0, false, 2);
  unit().Acquire(3);
  for (uint32_t i = 0; i < 3; ++i) unit().CopyTile(0, i, i, 4);
  unit().Commit(5);
  unit().Wait(5);
  unit().PackTile(2, 16, false, 9, 6);  // in order: the index does not count
  unit().PackTile(0, 16, false, 9, 6);
  unit().PackTile(1, 16, true, 5, 6);
  EXPECT_EQ(Back(16, 0)[0], 3.0f);
  EXPECT_EQ(Back(16, 1)[0], 1.0f);
  EXPECT_EQ(Back(16, 5)[0], 2.0f);
  unit().OnPushBack(16);
  unit().PackTile(1, 16, false, 0, 7);
  EXPECT_EQ(Back(16, 0)[0], 2.0f);
}

TEST_F(ProtocolTest, L1AccumulationAndPackRelu) {
  Start();
  SetFront(0, 0, Tile(kTileElements, 1.5f));
  SetFront(0, 1, Tile(kTileElements, -2.0f));
  unit().CopyInit(0, false, 2);
  unit().PackL1Acc(true, 2);
  unit().Acquire(3);
  unit().CopyTile(0, 0, 0, 4);
  unit().CopyTile(0, 1, 1, 4);
  unit().Commit(5);
  unit().Wait(5);
  ExpectError(ErrorCategory::kUnwrittenRead, {}, [&] { unit().PackTile(0, 16, true, 0, 6); });
  unit().PackL1Acc(false, 7);
  unit().PackTile(0, 16, true, 0, 8);
  unit().PackL1Acc(true, 9);
  unit().PackTile(1, 16, true, 0, 10);
  EXPECT_EQ(Back(16, 0)[9], -0.5f);
  unit().PackL1Acc(false, 11);
  unit().PackRelu(ckernel::ReluConfig::zero(), 12);
  unit().PackTile(1, 16, true, 0, 13);
  unit().PackTile(0, 16, true, 1, 13);
  EXPECT_EQ(Back(16, 0)[9], 0.0f);
  EXPECT_EQ(Back(16, 1)[9], 1.5f);
  unit().PackRelu(ckernel::ReluConfig::max_threshold(0x3f80), 14);
  unit().PackTile(0, 16, true, 1, 15);
  EXPECT_EQ(Back(16, 1)[9], 1.0f);
}

TEST_F(ProtocolTest, OlderAcquireDstSharesTheSection) {
  Start();
  unit().CopyInit(0, false, 2);
  unit().AcquireShared(3);
  unit().CopyTile(0, 0, 0, 4);
  unit().PackTile(0, 16, false, 0, 5);
  unit().ReleaseShared(6);
  unit().Finish();
  ExpectError(ErrorCategory::kDstMisuse, {"release_dst() without acquire_dst()"}, [&] { unit().ReleaseShared(7); });
}

}  // namespace
}  // namespace tltt::emu

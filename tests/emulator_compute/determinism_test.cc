// The same bytes from every vector width that this machine can run.
#include <hwy/targets.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>

#include "compute/matmul_kernel.h"
#include "compute/vector_ops.h"
#include "compute_unit_fixture.h"

namespace tltt::emu {
namespace {

class DeterminismTest : public ::testing::Test {
 protected:
  // Runs `body` on each target that the library holds and the machine supports, and compares the tiles that it returns.
  void ExpectSameOnAllTargets(const char* name, const std::function<Tile()>& body) {
    Tile first;
    int targets = 0;
    for (int64_t target : {HWY_AVX3, HWY_AVX2, HWY_NEON, HWY_SCALAR}) {
      if ((machine_ & target) == 0) continue;
      hwy::SetSupportedTargetsForTest(target);
      hwy::GetChosenTarget().Update(target);
      const Tile result = body();
      if (targets++ == 0) {
        first = result;
      } else {
        for (size_t i = 0; i < result.size(); ++i) {  // a NaN is a NaN, whatever its sign and payload
          if (std::isnan(first[i]) && std::isnan(result[i])) continue;
          EXPECT_EQ(std::bit_cast<uint32_t>(first[i]), std::bit_cast<uint32_t>(result[i]))
              << name << " differs on " << hwy::TargetName(target) << " at " << i << ": " << first[i] << ", "
              << result[i];
        }
      }
    }
    EXPECT_GE(targets, 1);
  }

  void TearDown() override {
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }

  const int64_t machine_ = hwy::SupportedTargets();
};

TEST_F(DeterminismTest, Matmul) {
  const Tile a = RandomTile(1), b = RandomTile(2);
  for (Rounding rounding : {Rounding::kFp32, Rounding::kBf16, Rounding::kFp16}) {
    ExpectSameOnAllTargets("matmul", [&] {
      Tile c = RandomTile(3);
      const float *const in0[] = {a.data()}, *const in1[] = {b.data()};
      float* out[] = {c.data()};
      const bool accumulate[] = {true};
      MatmulBlock({in0, in1, out, accumulate, 1, 1, rounding});
      return c;
    });
  }
}

TEST_F(DeterminismTest, FormatsAndElementwise) {
  Tile odd = RandomTile(7, -1e30f, 1e30f);
  odd[0] = std::numeric_limits<float>::quiet_NaN();
  odd[1] = 1e-40f;
  const Tile b = RandomTile(2);
  for (DataFormat format : {DataFormat::kFloat16_b, DataFormat::kFloat32, DataFormat::kBfp8_b}) {
    ExpectSameOnAllTargets(DataFormatName(format), [&] {
      std::vector<std::byte> page(TileBytes(format));
      PackTile(format, odd.data(), page.data());
      Tile rows(kTileElements);
      UnpackTile(format, page.data(), rows.data());
      return rows;
    });
  }
  for (auto op :
       {ckernel::EltwiseBinaryType::ELWADD, ckernel::EltwiseBinaryType::ELWSUB, ckernel::EltwiseBinaryType::ELWMUL}) {
    ExpectSameOnAllTargets("eltwise", [&] {
      Tile out = RandomTile(5);
      EltwiseBinary(op, odd.data(), b.data(), out.data(), true, Rounding::kBf16);
      return out;
    });
  }
}

TEST_F(DeterminismTest, VectorUnit) {
  Tile x = RandomTile(11, -6, 6);
  const Tile y = RandomTile(12, -6, 6);
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float special[] = {inf, -inf, nan, 0.0f, -0.0f, 1e-40f, 88.5f, -103.5f, 300.0f, -1e38f, 1.0f, 127.99f};
  std::copy(std::begin(special), std::end(special), x.begin());
  for (SfpuOp op : {SfpuOp::kRelu, SfpuOp::kExp, SfpuOp::kExp2, SfpuOp::kLog, SfpuOp::kSqrt, SfpuOp::kRsqrt,
                    SfpuOp::kRecip, SfpuOp::kSigmoid, SfpuOp::kTanh, SfpuOp::kSilu, SfpuOp::kGeluTanh, SfpuOp::kGelu,
                    SfpuOp::kFloor, SfpuOp::kCeil, SfpuOp::kTrunc, SfpuOp::kUnaryNe, SfpuOp::kUnaryGe}) {
    ExpectSameOnAllTargets(SfpuOpName(op), [&] {
      Tile tile = x;
      SfpuUnaryValues(op, tile.data(), kTileElements, 0x3f800000u, 0, 0);
      return tile;
    });
  }
  for (SfpuOp op : {SfpuOp::kAdd, SfpuOp::kMul, SfpuOp::kDiv, SfpuOp::kMax}) {
    ExpectSameOnAllTargets(SfpuOpName(op), [&] {
      Tile tile(kTileElements);
      SfpuBinaryValues(op, x.data(), y.data(), tile.data(), kTileElements);
      return tile;
    });
  }
  for (SfpuOp op : {SfpuOp::kWhere, SfpuOp::kAddcmul, SfpuOp::kMac, SfpuOp::kLerp}) {
    ExpectSameOnAllTargets(SfpuOpName(op), [&] {
      Tile tile(kTileElements);
      SfpuTernaryValues(op, x.data(), y.data(), x.data(), tile.data(), kTileElements, 0x40000000u);
      return tile;
    });
  }
}

}  // namespace
}  // namespace tltt::emu

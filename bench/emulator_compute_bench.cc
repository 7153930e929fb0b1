// Speed of the compute unit on one host core, conversions from and to bf16 pages included: prints one line per case.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

#include "compute/compute_unit.h"
#include "compute/tile_format.h"
#include "tltt/tilize.h"

namespace tltt::emu {
namespace {

// Endless circular buffers of a few pages each, without a core around them.
class BenchPort : public ComputePort {
 public:
  DataFormat format = DataFormat::kFloat16_b;
  DataFormat Format(uint32_t) override { return format; }
  uint32_t PageSize(uint32_t) override { return TileBytes(format); }
  const std::byte* FrontPage(uint32_t cb, uint32_t index) override { return Page(cb, index); }
  std::byte* BackPage(uint32_t cb, uint32_t index, bool) override { return Page(cb, index); }
  void Math(uint32_t, uint32_t, uint32_t) override {}
  UnpackedTiles& Unpacked() override { return unpacked_; }
  void Pack(uint32_t) override {}
  void Configure(bool, uint32_t) override {}
  void HandOver(TraceKind) override {}
  void CountMatmulTiles(uint64_t) override {}
  [[noreturn]] void Fail(ErrorCategory, const std::string& text, uint32_t) override { throw std::runtime_error(text); }

 private:
  std::byte* Page(uint32_t cb, uint32_t index) {
    std::vector<std::byte>& pages = pages_[cb];
    if (pages.empty()) {
      pages.resize(32 * 4096);
      for (size_t i = 0; i < pages.size(); i += 2) {  // bf16 values near 1
        pages[i] = std::byte(i * 37 & 0x7f);
        pages[i + 1] = std::byte{0x3f};
      }
    }
    return pages.data() + (index % 32) * uint64_t{TileBytes(format)};
  }
  UnpackedTiles unpacked_;
  std::map<uint32_t, std::vector<std::byte>> pages_;
};

// Processor seconds per call of body (other programs' time does not count), over enough calls to last a fifth of a
// second; the best of three rounds.
double Seconds(const std::function<void()>& body) {
  double best = 1e9;
  for (int round = 0; round < 3; ++round) {
    uint64_t calls = 0;
    const std::clock_t start = std::clock();
    double elapsed = 0;
    while (elapsed < 0.2) {
      for (int i = 0; i < 64; ++i) body();
      calls += 64;
      elapsed = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    }
    best = std::min(best, elapsed / static_cast<double>(calls));
  }
  return best;
}

struct Bench {
  Chip chip;
  BenchPort* port;
  std::unique_ptr<ComputeUnit> unit;

  explicit Bench(bool fp32_dest) {
    ComputeUnitConfig config;
    config.compute.fp32_dest_acc_en = fp32_dest;
    config.compute.dst_full_sync_en = true;
    auto owned = std::make_unique<BenchPort>();
    port = owned.get();
    unit = std::make_unique<ComputeUnit>(chip, config, std::move(owned));
    unit->HwStartup(1, 0, 16, 0);
  }
};

void Matmul(bool fp32_dest, uint32_t block) {
  Bench bench(fp32_dest);
  ComputeUnit& unit = *bench.unit;
  unit.MatmulInit(0, 1, false, block, block, 1, true, 0);
  unit.Acquire(0);
  const double seconds = Seconds([&] { unit.MatmulBlockStep(0, 1, 0, 0, 0, false, block, block, 1, 0); });
  std::printf("%-34s %7.1f GFLOP/s\n",
              (std::string(block == 1 ? "matmul_tiles" : "matmul_block ") +
               (block == 1 ? "" : std::to_string(block) + "x" + std::to_string(block)) +
               (fp32_dest ? ", fp32 dest" : ", bf16 dest"))
                  .c_str(),
              2.0 * 32 * 32 * 32 * block * block / seconds * 1e-9);
}

void PerTile(const char* name, const std::function<void(ComputeUnit&)>& init,
             const std::function<void(ComputeUnit&)>& body) {
  Bench bench(false);
  init(*bench.unit);
  bench.unit->Acquire(0);
  for (uint32_t i = 0; i < 3; ++i) {
    bench.unit->InitSfpu(SfpuInit::kFill, 0, 0, 0);
    bench.unit->SfpuFill(i, 0x3f800000u, false, 0);
  }
  std::printf("%-34s %7.0f ns/tile\n", name, Seconds([&] { body(*bench.unit); }) * 1e9);
}

void Pack(bool accumulate) {
  Bench bench(false);
  ComputeUnit& unit = *bench.unit;
  unit.InitSfpu(SfpuInit::kFill, 0, 0, 0);
  unit.PackL1Acc(accumulate, 0);
  unit.Acquire(0);
  unit.SfpuFill(0, 0x3f800000u, false, 0);
  unit.Commit(0);
  unit.Wait(0);
  std::printf("%-34s %7.0f ns/tile\n", accumulate ? "pack_tile, L1 accumulation" : "pack_tile",
              Seconds([&] { unit.PackTile(0, 16, true, 0, 0); }) * 1e9);
}

void HostTilize(DataFormat format, uint32_t element) {
  constexpr int64_t kSide = 2048;
  std::vector<std::byte> host(kSide * kSide * element, std::byte{1}), pages(host.size());
  const HostMatrix matrix{host.data(), kSide, kSide, kSide};
  const TilePage page = [&](uint64_t i) { return pages.data() + i * TileBytes(format); };
  const double in = Seconds([&] { Tilize(format, matrix, page, 0, 4); }),
               out = Seconds([&] { Untilize(format, page, matrix, 0, 4); });
  const double bytes = 128.0 * kSide * element;
  std::printf("%-34s %7.1f GB/s, back %.1f GB/s\n", (std::string("tilize ") + DataFormatName(format)).c_str(),
              bytes / in * 1e-9, bytes / out * 1e-9);
}

}  // namespace
}  // namespace tltt::emu

int main() {
  using namespace tltt::emu;
  using ckernel::BroadcastType;
  using ckernel::EltwiseBinaryType;
  for (bool fp32_dest : {false, true}) {
    for (uint32_t block : {1u, 2u}) Matmul(fp32_dest, block);
  }
  Matmul(false, 4);
  PerTile("copy_tile", [](ComputeUnit& u) { u.CopyInit(0, false, 0); }, [](ComputeUnit& u) { u.CopyTile(0, 0, 0, 0); });
  PerTile(
      "add_tiles", [](ComputeUnit& u) { u.BinaryInit(EltwiseBinaryType::ELWADD, BroadcastType::NONE, 0, 1, false, 0); },
      [](ComputeUnit& u) { u.BinaryTiles(EltwiseBinaryType::ELWADD, BroadcastType::NONE, 0, 1, 0, 0, 0, 0, 0); });
  PerTile(
      "add_tiles_bcast_rows",
      [](ComputeUnit& u) { u.BinaryInit(EltwiseBinaryType::ELWADD, BroadcastType::ROW, 0, 1, false, 0); },
      [](ComputeUnit& u) { u.BinaryTiles(EltwiseBinaryType::ELWADD, BroadcastType::ROW, 0, 1, 0, 0, 0, 0, 0); });
  Pack(false);
  Pack(true);
  const auto unary = [](const char* name, SfpuInit init, SfpuOp op) {
    PerTile(
        name, [init](ComputeUnit& u) { u.InitSfpu(init, 0, 0, 0); },
        [op](ComputeUnit& u) { u.SfpuUnary(op, 0, ckernel::VectorMode::RC, 0x3f800000u, 0, 0, 0); });
  };
  unary("relu_tile", SfpuInit::kRelu, SfpuOp::kRelu);
  unary("exp_tile", SfpuInit::kExp, SfpuOp::kExp);
  unary("gelu_tile", SfpuInit::kGelu, SfpuOp::kGelu);
  unary("sigmoid_tile", SfpuInit::kSigmoid, SfpuOp::kSigmoid);
  HostTilize(tltt::DataFormat::kFloat16_b, 2);
  HostTilize(tltt::DataFormat::kFloat32, 4);
}

// A compute unit on circular buffers of the test's own, without the engine.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compute/compute_unit.h"
#include "compute/tile_format.h"

namespace tltt::emu {

using Tile = std::vector<float>;  // 32 rows of 32

// Circular buffers whose front and back pages the test sets and reads.
class TestPort : public ComputePort {
 public:
  struct Cb {
    DataFormat format;
    std::vector<std::byte> front, back;
    std::vector<bool> back_written;
  };
  std::map<uint32_t, Cb> cbs;
  uint64_t cycles = 0, matmul_tiles = 0;

  DataFormat Format(uint32_t cb) override { return cbs.at(cb).format; }
  uint32_t PageSize(uint32_t cb) override { return TileBytes(Format(cb)); }
  const std::byte* FrontPage(uint32_t cb, uint32_t index) override;
  std::byte* BackPage(uint32_t cb, uint32_t index, bool read_first) override;
  void Math(uint32_t unpack, uint32_t math, uint32_t steps) override { cycles += std::max(unpack, math) * steps / 16; }
  UnpackedTiles& Unpacked() override { return unpacked_; }
  void Pack(uint32_t ticks) override { cycles += ticks / 16; }
  void Configure(bool, uint32_t c) override { cycles += c; }
  void HandOver(TraceKind) override {}
  void CountMatmulTiles(uint64_t tiles) override { matmul_tiles += tiles; }
  [[noreturn]] void Fail(ErrorCategory category, const std::string& text, uint32_t line) override;

 private:
  UnpackedTiles unpacked_;
};

ComputeConfig Config(bool fp32_dest, bool full_sync = false, MathFidelity fidelity = MathFidelity::kHiFi4);

class ComputeUnitTest : public ::testing::Test {
 protected:
  // Buffers 0 and 1 (inputs), 2 (scaler), 16 (output); `pages` of each. Formats by default bf16.
  void Build(ComputeConfig config = {}, Numerics numerics = Numerics::kFast);
  void AddCb(uint32_t cb, DataFormat format, uint32_t pages = 16);

  void SetFront(uint32_t cb, uint32_t index, const Tile& tile);
  Tile Front(uint32_t cb, uint32_t index);  // as the format holds it
  Tile Back(uint32_t cb, uint32_t index);

  // acquire, body, commit, wait, pack of slots 0..tiles-1 to pages 0.. of buffer 16, release.
  void Section(uint32_t tiles, const std::function<void()>& body);
  // The error that body raises; fails the test if there is none.
  Error Caught(const std::function<void()>& body);

  ComputeUnit& unit() { return *unit_; }
  TestPort& port() { return *port_; }

  Chip chip_ = TestChip();

 private:
  static Chip TestChip();
  std::unique_ptr<ComputeUnit> unit_;
  TestPort* port_ = nullptr;
  std::map<uint32_t, TestPort::Cb> pending_;
};

// Reproducible values in [low, high).
Tile RandomTile(uint32_t seed, float low = -2.0f, float high = 2.0f);
Tile RoundedToBf16(Tile tile);
double MaxError(const Tile& got, const std::vector<double>& want);
void ExpectContains(const std::string& text, const std::string& part);

}  // namespace tltt::emu

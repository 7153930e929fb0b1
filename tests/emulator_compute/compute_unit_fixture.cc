#include "compute_unit_fixture.h"

#include <cmath>
#include <cstring>
#include <random>

namespace tltt::emu {

const std::byte* TestPort::FrontPage(uint32_t cb, uint32_t index) {
  return cbs.at(cb).front.data() + uint64_t{index} * PageSize(cb);
}

std::byte* TestPort::BackPage(uint32_t cb, uint32_t index, bool read_first) {
  Cb& buffer = cbs.at(cb);
  if (read_first && !buffer.back_written.at(index))
    Fail(ErrorCategory::kUnwrittenRead, "accumulates onto unwritten", 0);
  buffer.back_written.at(index) = true;
  return buffer.back.data() + uint64_t{index} * PageSize(cb);
}

void TestPort::Fail(ErrorCategory category, const std::string& text, uint32_t line) {
  throw Error(category, text + " [line " + std::to_string(line) + "]");
}

ComputeConfig Config(bool fp32_dest, bool full_sync, MathFidelity fidelity) {
  ComputeConfig config;
  config.math_fidelity = fidelity;
  config.fp32_dest_acc_en = fp32_dest;
  config.dst_full_sync_en = full_sync;
  return config;
}

Chip ComputeUnitTest::TestChip() {
  Chip chip;
  chip.name = "test";
  return chip;
}

void ComputeUnitTest::AddCb(uint32_t cb, DataFormat format, uint32_t pages) {
  TestPort::Cb buffer{format, std::vector<std::byte>(uint64_t{pages} * TileBytes(format)),
                      std::vector<std::byte>(uint64_t{pages} * TileBytes(format)), std::vector<bool>(pages)};
  if (port_ != nullptr)
    port_->cbs[cb] = std::move(buffer);
  else
    pending_[cb] = std::move(buffer);
}

void ComputeUnitTest::Build(ComputeConfig config, Numerics numerics) {
  auto port = std::make_unique<TestPort>();
  port_ = port.get();
  port_->cbs = std::move(pending_);
  for (uint32_t cb : {0u, 1u, 2u, 16u}) {
    if (!port_->cbs.contains(cb)) AddCb(cb, DataFormat::kFloat16_b);
  }
  ComputeUnitConfig unit_config;
  unit_config.compute = config;
  unit_config.numerics = numerics;
  unit_ = std::make_unique<ComputeUnit>(chip_, unit_config, std::move(port));
}

void ComputeUnitTest::SetFront(uint32_t cb, uint32_t index, const Tile& tile) {
  TestPort::Cb& buffer = port_->cbs.at(cb);
  PackTile(buffer.format, tile.data(), buffer.front.data() + uint64_t{index} * TileBytes(buffer.format));
}

Tile ComputeUnitTest::Front(uint32_t cb, uint32_t index) {
  const TestPort::Cb& buffer = port_->cbs.at(cb);
  Tile tile(kTileElements);
  UnpackTile(buffer.format, buffer.front.data() + uint64_t{index} * TileBytes(buffer.format), tile.data());
  return tile;
}

Tile ComputeUnitTest::Back(uint32_t cb, uint32_t index) {
  const TestPort::Cb& buffer = port_->cbs.at(cb);
  Tile tile(kTileElements);
  UnpackTile(buffer.format, buffer.back.data() + uint64_t{index} * TileBytes(buffer.format), tile.data());
  return tile;
}

void ComputeUnitTest::Section(uint32_t tiles, const std::function<void()>& body) {
  unit().Acquire(1);
  body();
  unit().Commit(2);
  unit().Wait(3);
  for (uint32_t i = 0; i < tiles; ++i) unit().PackTile(i, 16, true, i, 4);
  unit().Release(5);
}

Error ComputeUnitTest::Caught(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was raised";
  return Error(ErrorCategory::kAssert, "");
}

Tile RandomTile(uint32_t seed, float low, float high) {
  std::mt19937 random(seed);
  Tile tile(kTileElements);
  for (float& x : tile) x = low + (high - low) * static_cast<float>(random() >> 8) / 16777216.0f;
  return tile;
}

Tile RoundedToBf16(Tile tile) {
  for (float& x : tile) x = RoundToBf16(x);
  return tile;
}

double MaxError(const Tile& got, const std::vector<double>& want) {
  double error = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    const double difference = std::fabs(got[i] - want[i]);
    if (std::isnan(difference)) return difference;
    error = std::max(error, difference);
  }
  return error;
}

void ExpectContains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "\"" << part << "\" is not in:\n" << text;
}

}  // namespace tltt::emu

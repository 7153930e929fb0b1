// The compute unit of a core of the engine.
#pragma once

#include <memory>

#include "compute_port.h"

namespace tltt::emu {

class ComputeUnit;
class TensixCore;

// Connects a compute unit to the circular buffers, clock and failures of the compute role of `core`.
class CorePort : public ComputePort {
 public:
  explicit CorePort(TensixCore& core) : core_(core) {}
  DataFormat Format(uint32_t cb) override;
  uint32_t PageSize(uint32_t cb) override;
  const std::byte* FrontPage(uint32_t cb, uint32_t index) override;
  std::byte* BackPage(uint32_t cb, uint32_t index, bool read_first) override;
  UnpackedTiles& Unpacked() override;
  void Math(uint32_t unpack, uint32_t math, uint32_t steps) override;
  void Pack(uint32_t ticks) override;
  void Configure(bool pack, uint32_t cycles) override;
  void HandOver(TraceKind kind) override;
  void CountMatmulTiles(uint64_t tiles) override;
  [[noreturn]] void Fail(ErrorCategory category, const std::string& text, uint32_t line) override;
  void Object(ErrorCategory category, const std::string& text, uint32_t line) override;

 private:
  TensixCore& core_;
};

// One per launch: it takes the core's compute_config() and options() as they are now.
std::unique_ptr<ComputeUnit> NewComputeUnit(TensixCore& core);

}  // namespace tltt::emu

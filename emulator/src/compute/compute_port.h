// What the compute unit needs of the core around it: circular buffer pages, time, and a way to stop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "../clock/trace.h"
#include "tltt/emulator.h"
#include "tltt/program.h"
#include "unpacked_tiles.h"

namespace tltt::emu {

class ComputePort {
 public:
  virtual ~ComputePort() = default;

  // Fail when the core has no such circular buffer.
  virtual DataFormat Format(uint32_t cb) = 0;
  virtual uint32_t PageSize(uint32_t cb) = 0;  // bytes
  // Page `index` counted from the read (write) pointer. Fail when the page is not waited for (not reserved).
  // Consecutive indices are consecutive in memory except where the buffer wraps around.
  virtual const std::byte* FrontPage(uint32_t cb, uint32_t index) = 0;
  // The page counts as written from then on. `read_first`: fail when it has never been written (L1 accumulation).
  virtual std::byte* BackPage(uint32_t cb, uint32_t index, bool read_first) = 0;

  // Where operands of matmuls are kept.
  virtual UnpackedTiles& Unpacked() = 0;

  // For the clock (clock/clock.h). Ticks of equal steps of the unpackers and of the math unit; unpack 0: DST alone.
  virtual void Math(uint32_t unpack, uint32_t math, uint32_t steps) = 0;
  virtual void Pack(uint32_t ticks) = 0;  // of one tile
  // An init or reconfiguration of the unpackers and the math unit, or of the packer.
  virtual void Configure(bool pack, uint32_t cycles) = 0;
  virtual void HandOver(TraceKind kind) = 0;  // kAcquire, kCommit, kDstWait, kRelease
  virtual void CountMatmulTiles(uint64_t tiles) = 0;
  // Ends the run with an explanation. `line`: of the kernel's source, 0 if unknown.
  [[noreturn]] virtual void Fail(ErrorCategory category, const std::string& text, uint32_t line) = 0;
  // Fails too, unless what does no harm on the chip is let pass (Options::tolerant).
  virtual void Object(ErrorCategory category, const std::string& text, uint32_t line) { Fail(category, text, line); }
};

}  // namespace tltt::emu

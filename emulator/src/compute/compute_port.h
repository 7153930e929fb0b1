// What the compute unit needs of the core around it: circular buffer pages, time, and a way to stop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tltt/emulator.h"
#include "tltt/program.h"

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

  virtual void Charge(uint64_t cycles) = 0;
  virtual void CountMatmulTiles(uint64_t tiles) = 0;
  // Ends the run with an explanation. `line`: of the kernel's source, 0 if unknown.
  [[noreturn]] virtual void Fail(ErrorCategory category, const std::string& text, uint32_t line) = 0;
};

}  // namespace tltt::emu

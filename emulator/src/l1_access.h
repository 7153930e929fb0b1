// Kernels may use an L1 address that the host gave them (a buffer's, as a runtime argument) as a pointer:
// `*(uint32_t*)get_arg_val<uint32_t>(0)`. On the chip that is this core's L1; here such an address lies below the
// process's memory and faults. The faulting instruction then runs once with its address register moved to the core's L1
// image.
//
// What can't be done this way (no plain address register, vector instructions) stays a fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ucontext.h>

namespace tltt::emu {

class L1Access {
 public:
  // In the handler of SIGSEGV at `address` within [begin, end) of L1: moves the register and asks for a trap after the
  // instruction. False where the instruction is none that can be moved.
  bool Begin(greg_t* registers, uintptr_t address, uintptr_t begin, uintptr_t end, const std::byte* l1);
  // In the handler of SIGTRAP: puts the register back. False where no access is under way.
  bool End(greg_t* registers);
  bool active() const { return active_; }

 private:
  bool active_ = false;
  int register_ = 0;  // index into gregs
  greg_t moved_ = 0, original_ = 0;
};

}  // namespace tltt::emu

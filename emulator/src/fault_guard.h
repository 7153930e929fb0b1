// Kernels are foreign code in this process: wild pointers, endless recursion and divisions by zero must end the kernel,
// not the process. While a guard lives, such signals on a thread that runs a role leave its fiber for good; on any
// other thread the previous handlers get them.
#pragma once

#include <signal.h>

namespace tltt::emu {

class RoleContext;

// Sent by the watchdog to a thread whose role spins. Ignored where no role runs.
inline constexpr int kSpinSignal = SIGURG;

struct Fault {
  int signal;
  const void* address;
  bool write;
};

// Runs on the fiber's own stack, from its top: the kernel's frames are gone. Must not return.
using FaultHandler = void (*)(RoleContext& role, const Fault& fault);

class FaultGuard {
 public:
  explicit FaultGuard(FaultHandler handler);
  ~FaultGuard();
  FaultGuard(const FaultGuard&) = delete;

  // Gives the calling thread a stack for signal handlers; once per thread that runs fibers.
  static void PrepareThread();
};

}  // namespace tltt::emu

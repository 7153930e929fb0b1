#include "fault_guard.h"

#include <signal.h>
#include <ucontext.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "core.h"
#include "current_role.h"
#include "fiber.h"
#include "l1_access.h"
#include "l1_layout.h"

namespace tltt::emu {

namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, kSpinSignal};
constexpr size_t kCount = std::size(kSignals);
constexpr size_t kAltStackBytes = 64 << 10;

// Signal dispositions belong to the process, so their bookkeeping does too.
std::mutex install_mutex;
int installed = 0;
FaultHandler fault_handler = nullptr;
struct sigaction previous[kCount];

thread_local Fault pending{};
thread_local L1Access l1_access;

void Leave() { fault_handler(CurrentRole(), pending); }

void OnSignal(int signal, siginfo_t* info, void* context) {
  RoleContext* role = CurrentRoleOrNull();
  auto* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  if (signal == SIGTRAP && l1_access.End(registers)) return;
  if (!role && signal == kSpinSignal) return;
  if (!role) {
    // Not ours: let the previous owner have it when the instruction runs again.
    for (size_t i = 0; i < kCount; ++i) {
      if (kSignals[i] == signal) sigaction(signal, &previous[i], nullptr);
    }
    return;
  }
  const TensixCore& core = role->core();
  if (signal == SIGSEGV && l1_access.Begin(registers, reinterpret_cast<uintptr_t>(info->si_addr),
                                           FirstFreeL1(core.chip()), core.l1_bytes(), core.l1())) {
    return;
  }
  if (l1_access.active()) l1_access.End(registers);
  constexpr int kWriteBit = 2;
  pending = {signal, info->si_addr, signal == SIGSEGV && (registers[REG_ERR] & kWriteBit) != 0};
  role->fiber()->ForgetFrames();
  // A function starts with its stack pointer 8 bytes below a multiple of 16.
  registers[REG_RSP] =
      static_cast<greg_t>((reinterpret_cast<uintptr_t>(role->fiber()->stack().top()) - 64) / 16 * 16 - 8);
  registers[REG_RIP] = reinterpret_cast<greg_t>(&Leave);
}

// The alternative stack of one thread, unless it has one already.
class AltStack {
 public:
  AltStack() {
    stack_t now{};
    sigaltstack(nullptr, &now);
    if (!(now.ss_flags & SS_DISABLE)) return;
    memory_ = std::make_unique<std::byte[]>(kAltStackBytes);
    stack_t mine{};
    mine.ss_sp = memory_.get();
    mine.ss_size = kAltStackBytes;
    sigaltstack(&mine, nullptr);
  }
  ~AltStack() {
    if (!memory_) return;
    stack_t off{};
    off.ss_flags = SS_DISABLE;
    sigaltstack(&off, nullptr);
  }

 private:
  std::unique_ptr<std::byte[]> memory_;
};

}  // namespace

FaultGuard::FaultGuard(FaultHandler handler) {
  std::lock_guard lock(install_mutex);
  fault_handler = handler;
  if (installed++ > 0) return;
  struct sigaction action{};
  action.sa_sigaction = &OnSignal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (size_t i = 0; i < kCount; ++i) sigaction(kSignals[i], &action, &previous[i]);
}

FaultGuard::~FaultGuard() {
  std::lock_guard lock(install_mutex);
  if (--installed > 0) return;
  for (size_t i = 0; i < kCount; ++i) sigaction(kSignals[i], &previous[i], nullptr);
}

void FaultGuard::PrepareThread() {
  thread_local AltStack stack;
  (void)stack;
}

}  // namespace tltt::emu

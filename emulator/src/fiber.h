// Stackful fibers over Boost.Context: one per RISC-V role. A fiber may be dropped at any time while suspended; nothing
// on its stack is destroyed then, so code that suspends keeps no owning objects in its frames.
#pragma once

#include <boost/context/detail/fcontext.hpp>
#include <cstddef>
#include <memory>
#include <vector>

namespace tltt::emu {

// A stack with a guard page below it; pages are committed when touched.
class FiberStack {
 public:
  explicit FiberStack(size_t bytes);
  ~FiberStack();
  FiberStack(const FiberStack&) = delete;
  std::byte* base() const { return memory_ + kGuard; }
  std::byte* top() const { return memory_ + kGuard + bytes_; }
  size_t bytes() const { return bytes_; }
  bool InGuard(const void* p) const { return p >= memory_ && p < memory_ + kGuard; }

 private:
  static constexpr size_t kGuard = 4096;
  std::byte* memory_;
  size_t bytes_;
};

class Fiber {
 public:
  using Entry = void (*)(void* argument);

  explicit Fiber(std::unique_ptr<FiberStack> stack) : stack_(std::move(stack)) {}

  // Prepares a run of entry(argument), dropping whatever the fiber did before.
  void Start(Entry entry, void* argument);
  // Host side: runs the fiber until it suspends or ends.
  void Resume();
  // Fiber side: back to the caller of Resume.
  void Suspend();
  // Fiber side: back to the caller of Resume, never to return.
  [[noreturn]] void Abandon();

  // The frames on the stack are dropped, but the fiber is still running: for a jump to its stack's top.
  void ForgetFrames();

  bool done() const { return done_; }
  const FiberStack& stack() const { return *stack_; }

 private:
  static void Trampoline(boost::context::detail::transfer_t transfer);
  void SwitchOut(bool last);

  std::unique_ptr<FiberStack> stack_;
  boost::context::detail::fcontext_t context_ = nullptr, caller_ = nullptr;
  Entry entry_ = nullptr;
  void* argument_ = nullptr;
  bool done_ = true;
  // Sanitizer bookkeeping: the fake stack of the side that is switched away from, and the bounds of the caller's stack.
  [[maybe_unused]] void* fake_stack_ = nullptr;
  [[maybe_unused]] void* caller_fake_stack_ = nullptr;
  [[maybe_unused]] const void* caller_bottom_ = nullptr;
  [[maybe_unused]] size_t caller_size_ = 0;
};

}  // namespace tltt::emu

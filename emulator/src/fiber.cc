#include "fiber.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define TLTT_ASAN 1
#else
#define TLTT_ASAN 0
#endif

namespace tltt::emu {

namespace ctx = boost::context::detail;

FiberStack::FiberStack(size_t bytes) : bytes_(bytes) {
  void* p = mmap(nullptr, bytes + kGuard, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (p == MAP_FAILED) throw std::bad_alloc();
  memory_ = static_cast<std::byte*>(p);
  mprotect(memory_, kGuard, PROT_NONE);
}

FiberStack::~FiberStack() {
#if TLTT_ASAN
  ASAN_UNPOISON_MEMORY_REGION(base(), bytes_);
#endif
  munmap(memory_, bytes_ + kGuard);
}

void Fiber::ForgetFrames() {
#if TLTT_ASAN
  ASAN_UNPOISON_MEMORY_REGION(stack_->base(), stack_->bytes());
#endif
}

void Fiber::Start(Entry entry, void* argument) {
  ForgetFrames();  // of a dropped run
  entry_ = entry;
  argument_ = argument;
  done_ = false;
  fake_stack_ = nullptr;
  context_ = ctx::make_fcontext(stack_->top(), stack_->bytes(), &Fiber::Trampoline);
}

void Fiber::Trampoline(ctx::transfer_t transfer) {
  auto* self = static_cast<Fiber*>(transfer.data);
#if TLTT_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &self->caller_bottom_, &self->caller_size_);
#endif
  self->caller_ = transfer.fctx;
  self->entry_(self->argument_);
  self->SwitchOut(true);
  std::abort();  // a finished fiber is never resumed
}

void Fiber::Resume() {
#if TLTT_ASAN
  __sanitizer_start_switch_fiber(&caller_fake_stack_, stack_->base(), stack_->bytes());
#endif
  ctx::transfer_t back = ctx::jump_fcontext(context_, this);
#if TLTT_ASAN
  __sanitizer_finish_switch_fiber(caller_fake_stack_, nullptr, nullptr);
#endif
  context_ = back.fctx;
}

void Fiber::SwitchOut(bool last) {
  if (last) done_ = true;
#if TLTT_ASAN
  __sanitizer_start_switch_fiber(last ? nullptr : &fake_stack_, caller_bottom_, caller_size_);
#endif
  ctx::transfer_t in = ctx::jump_fcontext(caller_, this);
#if TLTT_ASAN
  __sanitizer_finish_switch_fiber(fake_stack_, &caller_bottom_, &caller_size_);
#endif
  caller_ = in.fctx;
}

void Fiber::Suspend() { SwitchOut(false); }

void Fiber::Abandon() {
  SwitchOut(true);
  std::abort();  // see Trampoline
}

}  // namespace tltt::emu

#include "circular_buffer.h"

#include <fmt/format.h>

#include "check/checker.h"
#include "core.h"
#include "launch.h"
#include "noc.h"

namespace tltt::emu {

void CircularBuffer::Configure(TensixCore* core, uint32_t index, const tltt::CircularBuffer& spec,
                               const CircularBufferFormat& format, std::byte* region) {
  *this = CircularBuffer();
  core_ = core;
  name_ = spec.name;
  index_ = index;
  format_ = format.format;
  page_size_ = format.page_size;
  num_pages_ = spec.total_size / format.page_size;
  region_ = region;
  on_tensor_ = spec.tensor.has_value();
  read_in_parts_ = spec.read_in_parts;
}

std::string CircularBuffer::Describe() const {
  return fmt::format("CB {} {} ({}, pages of {} B): {} of {} pages full, {} waited for, {} reserved", index_, name_,
                     DataFormatName(format_), page_size_, available(), num_pages_, waited_, reserved_);
}

std::byte* CircularBuffer::FrontPage(uint32_t i, uint64_t at, uint64_t bytes) {
  if (i >= waited_) [[unlikely]] {
    const std::string text =
        fmt::format("page {} of CB {} {} is read, but only {} pages were waited for\ncall cb_wait_front({}, {}) before",
                    i, index_, name_, waited_, index_, i + 1);
    // A shard's pages are there although nobody pushed them.
    if (!on_tensor_ || i >= num_pages_) CurrentRole().Fail(ErrorCategory::kCbUnderflow, text, true);
    CurrentRole().Object(ErrorCategory::kCbUnderflow, text, true);
  }
  uint32_t page = read_page_ + i;
  if (page >= num_pages_) page -= num_pages_;
  std::byte* p = region_ + uint64_t{page} * page_size_;
  if (core_->data() && !core_->IsWritten(p + at, bytes)) [[unlikely]] {
    CurrentRole().Fail(ErrorCategory::kUnwrittenRead,
                       fmt::format("page {} of CB {} {} was pushed, but nothing was written into (all of) it\n"
                                   "write the whole page between cb_reserve_back and cb_push_back",
                                   i, index_, name_),
                       true);
  }
  return p;
}

std::byte* CircularBuffer::BackPage(uint32_t i) {
  if (i >= reserved_) [[unlikely]] {
    const std::string text = fmt::format(
        "page {} at the back of CB {} {} is written, but {} pages are reserved\ncall cb_reserve_back({}, {}) before", i,
        index_, name_, reserved_, index_, i + 1);
    if (i >= free_pages()) CurrentRole().Fail(ErrorCategory::kCbOverflow, text, true);
    CurrentRole().Object(ErrorCategory::kCbOverflow, text, true);
  }
  uint32_t page = write_page_ + i;
  if (page >= num_pages_) page -= num_pages_;
  return region_ + uint64_t{page} * page_size_;
}

void CircularBuffer::MarkBackWritten(uint32_t i) {
  uint32_t page = (write_page_ + i) % num_pages_;
  core_->MarkWritten(region_ + uint64_t{page} * page_size_, page_size_);
}

void CircularBuffer::CheckGranule(RoleContext& role, const char* call, uint32_t pages) const {
  if (pages > num_pages_) [[unlikely]] {
    role.Fail(ErrorCategory::kCbOverflow,
              fmt::format("{}({}, {}) can never be satisfied: CB {} {} has {} pages\n"
                          "give the circular buffer at least {} pages ({} bytes), or work in smaller steps",
                          call, index_, pages, index_, name_, num_pages_, pages, uint64_t{pages} * page_size_),
              true);
  }
  if (pages == 0) [[unlikely]] {
    role.Object(ErrorCategory::kBadProgram,
                fmt::format("{}({}, 0): at least one page\nleave the call out", call, index_));
  }
}

void CircularBuffer::ClaimEnd(RoleContext& role, int8_t* owner, const char* verb) {
  auto mine = static_cast<int8_t>(role.role());
  if (*owner == mine) [[likely]]
    return;
  if (*owner >= 0) {
    role.Fail(ErrorCategory::kBadProgram,
              fmt::format(
                  "the {} {} CB {} {}, which the {} does already\n"
                  "each role keeps its own pointers: let one role {} a circular buffer, use a second one for the other",
                  RoleName(role.role()), verb, index_, name_, RoleName(static_cast<Role>(*owner)),
                  verb[0] == 'f' ? "fill" : "empty"));
  }
  *owner = mine;
}

void CircularBuffer::ReserveBack(RoleContext& role, uint32_t pages) {
  CheckGranule(role, "cb_reserve_back", pages);
  role.RecordCb(TraceKind::kCbReserve, index_, pages);
  if (free_pages() < pages) role.Block({.kind = WaitKind::kCbSpace, .cb = index_, .wanted = pages});
  if (pages > reserved_) reserved_ = pages;
  if (Checker* checker = role.checker()) checker->OnReserve(role, *this, pages);
}

void CircularBuffer::PushBack(RoleContext& role, uint32_t pages) {
  CheckGranule(role, "cb_push_back", pages);
  ClaimEnd(role, &producer_, "fills");
  if (pages > reserved_ && !on_tensor_) [[unlikely]] {
    const std::string text = fmt::format(
        "cb_push_back({}, {}), but {} pages of CB {} {} are reserved\n"
        "call cb_reserve_back({}, {}) before writing and pushing",
        index_, pages, reserved_, index_, name_, index_, pages);
    if (pages > free_pages()) role.Fail(ErrorCategory::kCbOverflow, text, true);
    role.Object(ErrorCategory::kCbOverflow, text, true);
  }
  if (pages > free_pages()) [[unlikely]] {
    role.Fail(ErrorCategory::kCbOverflow,
              fmt::format("cb_push_back({}, {}), but CB {} {} has {} free pages\ncall cb_reserve_back before", index_,
                          pages, index_, name_, free_pages()),
              true);
  }
  if (write_page_ + pages > num_pages_) [[unlikely]] {
    role.Fail(ErrorCategory::kCbOverflow,
              fmt::format("cb_push_back({}, {}) runs over the end of CB {} {}: its write pointer is at page {} of {}\n"
                          "the pages of one push must be contiguous: push counts that divide the {} pages",
                          index_, pages, index_, name_, write_page_, num_pages_, num_pages_),
              true);
  }
  role.RecordCb(TraceKind::kCbPush, index_, pages);
  role.noc().CheckPush(role, WritePointer(), uint64_t{pages} * page_size_, *this);
  pushed_ += pages;
  reserved_ -= std::min(reserved_, pages);
  write_page_ += pages;
  if (write_page_ == num_pages_) write_page_ = 0;
  if (Checker* checker = role.checker()) checker->OnPush(role, *this, pages);
}

void CircularBuffer::WaitFront(RoleContext& role, uint32_t pages) {
  CheckGranule(role, "cb_wait_front", pages);
  role.RecordCb(TraceKind::kCbWait, index_, pages);
  if (available() < pages) role.Block({.kind = WaitKind::kCbPages, .cb = index_, .wanted = pages});
  if (pages > waited_) waited_ = pages;
  if (Checker* checker = role.checker()) checker->OnWait(role, *this, pages);
}

void CircularBuffer::PopFront(RoleContext& role, uint32_t pages) {
  CheckGranule(role, "cb_pop_front", pages);
  ClaimEnd(role, &consumer_, "empties");
  if (pages > available() || pages > waited_) [[unlikely]] {
    const std::string text = fmt::format(
        "cb_pop_front({}, {}), but {} pages of CB {} {} are there and {} were waited for\n"
        "call cb_wait_front({}, {}) before",
        index_, pages, available(), index_, name_, waited_, index_, pages);
    if (!on_tensor_ || available() != 0) role.Fail(ErrorCategory::kCbUnderflow, text, true);
    role.Object(ErrorCategory::kCbUnderflow, text, true);
    pushed_ += pages;  // the shard's pages, which nobody pushed
    waited_ = pages;
  }
  if (read_page_ + pages > num_pages_) [[unlikely]] {
    role.Fail(ErrorCategory::kCbUnderflow,
              fmt::format("cb_pop_front({}, {}) runs over the end of CB {} {}: its read pointer is at page {} of {}\n"
                          "the pages of one pop must be contiguous: pop counts that divide the {} pages",
                          index_, pages, index_, name_, read_page_, num_pages_, num_pages_),
              true);
  }
  role.RecordCb(TraceKind::kCbPop, index_, pages);
  role.noc().CheckPop(role, ReadPointer(), uint64_t{pages} * page_size_, *this);
  if (Checker* checker = role.checker()) checker->OnPop(role, *this, pages);
  popped_ += pages;
  waited_ -= pages;
  read_page_ += pages;
  if (read_page_ == num_pages_) read_page_ = 0;
}

bool CircularBuffer::PagesAvailable(RoleContext& role, uint32_t pages) {
  CheckGranule(role, "cb_pages_available_at_front", pages);
  role.Work(core_->chip().riscv_cb_op);
  return available() >= pages;
}

bool CircularBuffer::PagesReservable(RoleContext& role, uint32_t pages) {
  CheckGranule(role, "cb_pages_reservable_at_back", pages);
  role.Work(core_->chip().riscv_cb_op);
  return free_pages() >= pages;
}

}  // namespace tltt::emu

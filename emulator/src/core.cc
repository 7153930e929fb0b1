#include "core.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstring>

#include "check/checker.h"
#include "check/schedule.h"
#include "compute/compute_unit.h"
#include "fiber.h"
#include "launch.h"
#include "noc.h"

namespace tltt::emu {

namespace {

// Text of line `number` (from 1) of `source`, without leading blanks; empty if there is none.
std::string_view SourceLine(std::string_view source, uint32_t number) {
  for (uint32_t n = 1; !source.empty(); ++n) {
    size_t end = source.find('\n');
    std::string_view line = source.substr(0, end);
    if (n == number) {
      size_t first = line.find_first_not_of(" \t");
      return first == std::string_view::npos ? std::string_view() : line.substr(first);
    }
    if (end == std::string_view::npos) break;
    source.remove_prefix(end + 1);
  }
  return {};
}

// " (of kernel.py:12)": the user's line that line `line` of a compiled kernel was made of; empty if there is none.
std::string UsersLine(const Program& program, const Kernel& kernel, uint32_t line) {
  const LineOrigin* origin = OriginOf(kernel, line);
  return origin ? fmt::format(" (of {}:{})", program.source_files[origin->file], origin->origin) : "";
}

std::string Indent(std::string_view text, const char* prefix) {
  std::string out;
  while (!text.empty()) {
    size_t end = text.find('\n');
    out += prefix;
    out += text.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace

// --- RoleContext
// ------------------------------------------------------------------------------------------------------

RoleContext::RoleContext(TensixCore* core, Role role) : core_(core), role_(role), noc_(std::make_unique<NocPort>()) {
  block_cycles_ = static_cast<uint32_t>(core->chip().riscv_block);
}

RoleContext::~RoleContext() = default;

Launch& RoleContext::launch() const { return core_->launch(); }

std::string RoleContext::DescribePosition() const {
  const Kernel& kernel = *kernel_->kernel;
  Core c = core_->coordinates();
  std::string text = fmt::format("core ({}, {}), {}, ", c.x, c.y, RoleName(role_));
  if (line_ == 0) return text + fmt::format("{}, before its first device call", kernel.path);
  text += fmt::format("{}:{}{}", kernel.path, line_, UsersLine(launch().program(), kernel, line_));
  std::string_view line = SourceLine(kernel.source, line_);
  if (!line.empty()) text += fmt::format("\n    {} | {}", line_, line);
  return text;
}

void RoleContext::Object(ErrorCategory category, const std::string& text, bool show_cbs) {
  if (!core_->options().tolerant) Fail(category, text, show_cbs);
  const std::string place = fmt::format("{}:{}", kernel_->kernel->path, line_);
  launch().WarnOnce(place, fmt::format("{}: {}\n  {}\n", ErrorCategoryName(category), text.substr(0, text.find('\n')),
                                       DescribePosition()));
}

std::string RoleContext::DescribeLine(uint32_t line) const {
  if (line == 0) return {};
  const Kernel& kernel = *kernel_->kernel;
  return fmt::format("{}:{}{}: {}", kernel.path, line, UsersLine(launch().program(), kernel, line),
                     SourceLine(kernel.source, line));
}

void RoleContext::Pause() {
  if (!schedule_->OneIn(4)) return;
  yielded_ = true;
  fiber_->Suspend();
}

void RoleContext::Fail(ErrorCategory category, const std::string& text, bool show_cbs, const std::string& details) {
  size_t end = text.find('\n');
  std::string message =
      fmt::format("{}: {}\n  {}\n", ErrorCategoryName(category), text.substr(0, end), DescribePosition());
  message += details;
  if (checker_) {
    if (const std::string history = checker_->History(*this); !history.empty())
      message += "  the last calls of this role:\n" + history;
  }
  if (show_cbs) message += "  circular buffers of this core:\n" + Indent(core_->DescribeCbs(), "    ");
  if (end != std::string::npos) message += "  to fix: " + Indent(text.substr(end + 1), "    ").substr(4);
  message.pop_back();
  throw Error(category, std::move(message));
}

void RoleContext::Block(const Wait& wait) {
  wait_ = wait;
  fiber_->Suspend();
  wait_ = Wait();
}

bool RoleContext::WaitSatisfied() const {
  switch (wait_.kind) {
    case WaitKind::kNone:
      return true;
    case WaitKind::kCbSpace:
      return core_->FindCb(wait_.cb)->free_pages() >= wait_.wanted;
    case WaitKind::kCbPages:
      return core_->FindCb(wait_.cb)->available() >= wait_.wanted;
    case WaitKind::kSemaphoreEqual:
      return *wait_.semaphore == wait_.wanted;
    case WaitKind::kSemaphoreMin:
      return *wait_.semaphore >= wait_.wanted;
    case WaitKind::kRemoteRead:
      return noc_->remote_reads_pending == 0;
  }
  return true;
}

std::string RoleContext::DescribeWait() const {
  const CircularBuffer* cb = core_->FindCb(wait_.cb);
  switch (wait_.kind) {
    case WaitKind::kNone:
      return "runs";
    case WaitKind::kCbSpace:
      return fmt::format("waits for {} free pages in CB {} {}, which has {} of {}", wait_.wanted, cb->index(),
                         cb->name(), cb->free_pages(), cb->num_pages());
    case WaitKind::kCbPages:
      return fmt::format("waits for {} pages in CB {} {}, which has {} of {}", wait_.wanted, cb->index(), cb->name(),
                         cb->available(), cb->num_pages());
    case WaitKind::kSemaphoreEqual:
    case WaitKind::kSemaphoreMin: {
      auto address = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(wait_.semaphore));
      Core c = core_->coordinates();
      const L1Region* region = launch().FindRegion(launch().CoreIndex(c.x, c.y), core_->Offset(address), 4);
      return fmt::format("waits for {} to be {}{}, which is {}", region ? region->name : "an unknown semaphore",
                         wait_.kind == WaitKind::kSemaphoreMin ? "at least " : "", wait_.wanted, *wait_.semaphore);
    }
    case WaitKind::kRemoteRead:
      return "waits for reads from other cores";
  }
  return {};
}

namespace {
// What a tolerant run reads behind the arguments: kernels fetch arguments that they use in some configurations only.
constexpr uint32_t kNoArg = 0;
}  // namespace

const uint32_t* RoleContext::Arg(uint32_t index) {
  if (index >= num_args_) {
    Object(ErrorCategory::kBadProgram, fmt::format("runtime argument {} is read, but the kernel was given {}\n"
                                                   "arguments count from 0: pass it in the program, for every core",
                                                   index, num_args_));
    return &kNoArg;
  }
  if (checker_) checker_->OnArg(*this, index);
  return args_ + index;
}

const uint32_t* RoleContext::CommonArg(uint32_t index) {
  if (index >= num_common_args_) {
    Object(ErrorCategory::kBadProgram,
           fmt::format(
               "common runtime argument {} is read, but the kernel was given {}\narguments count from 0: pass it in "
               "the program",
               index, num_common_args_));
    return &kNoArg;
  }
  return common_args_ + index;
}

void RoleContext::Print(std::string_view text) {
  for (char c : text) {
    printed_ += c;
    if (c == '\n') FlushPrint();
  }
}

void RoleContext::FlushPrint() {
  if (printed_.empty()) return;
  if (printed_.back() != '\n') printed_ += '\n';
  Core c = core_->coordinates();
  std::string line = fmt::format("({}, {}) {}: {}", c.x, c.y, RoleName(role_), printed_);
  std::fwrite(line.data(), 1, line.size(), stderr);
  printed_.clear();
}

void RoleContext::StopBlock() {
  uint64_t budget = core_->options().block_budget;
  if (blocks_ >= budget) {
    Fail(ErrorCategory::kBudget,
         fmt::format(
             "the kernel does not end: it executed {} basic blocks; the position is that of its last device call\n"
             "look for a loop that never ends after it, or raise Options::block_budget",
             blocks_),
         true);
  }
  next_stop_ = std::min(blocks_ + kYieldBlocks, budget);
  yielded_ = true;
  fiber_->Suspend();
}

// --- TensixCore
// -------------------------------------------------------------------------------------------------------

TensixCore::TensixCore(Launch* launch, const Chip& chip, const Options& options, Core coordinates, std::byte* l1)
    : chip_(&chip),
      options_(&options),
      coordinates_(coordinates),
      l1_(l1),
      launch_(launch),
      written_((chip.l1_bytes / kGranule + 63) / 64 + 1) {}

TensixCore::~TensixCore() = default;

TensixCore::SharedWord& TensixCore::Word(uint32_t offset) {
  const auto [at, fresh] = words_.try_emplace(offset);
  if (fresh) {
    std::memcpy(&at->second.value, l1_ + offset, sizeof at->second.value);
    at->second.initial = at->second.value;
  }
  return at->second;
}

CircularBuffer& TensixCore::cb(uint32_t index) {
  if (!FindCb(index)) [[unlikely]] {
    CurrentRole().Fail(
        ErrorCategory::kBadProgram,
        fmt::format("the program has no circular buffer {} on this core\nadd it to the program, on every core "
                    "that uses it",
                    index),
        true);
  }
  return cbs_[index];
}

uint32_t TensixCore::Offset(uint32_t address) const {
  uint64_t mine = reinterpret_cast<uint64_t>(l1_);
  if (address - mine < chip_->l1_bytes) [[likely]]
    return static_cast<uint32_t>(address - mine);
  DeviceMemory& memory = launch_->memory();
  int other = memory.CoreOfAddress(address);
  return other < 0 ? address : static_cast<uint32_t>(address - reinterpret_cast<uint64_t>(memory.L1(other)));
}

void TensixCore::MarkWritten(const std::byte* p, size_t bytes) {
  auto g = static_cast<size_t>(p - l1_) / kGranule;
  size_t end = (static_cast<size_t>(p - l1_) + bytes + kGranule - 1) / kGranule;
  while (g < end) {
    size_t n = std::min<size_t>(64 - g % 64, end - g);
    written_[g / 64] |= (n == 64 ? ~uint64_t{0} : ((uint64_t{1} << n) - 1)) << (g % 64);
    g += n;
  }
}

bool TensixCore::IsWritten(const std::byte* p, size_t bytes) const {
  auto g = static_cast<size_t>(p - l1_) / kGranule;
  size_t end = (static_cast<size_t>(p - l1_) + bytes + kGranule - 1) / kGranule;
  while (g < end) {
    size_t n = std::min<size_t>(64 - g % 64, end - g);
    uint64_t mask = (n == 64 ? ~uint64_t{0} : ((uint64_t{1} << n) - 1)) << (g % 64);
    uint64_t missing = mask & ~written_[g / 64];
    while (missing) {
      const std::byte* granule = l1_ + (g / 64 * 64 + static_cast<size_t>(__builtin_ctzll(missing))) * kGranule;
      uint32_t words[kGranule / 4];
      std::memcpy(words, granule, kGranule);
      bool poisoned = true;
      for (uint32_t w : words) poisoned &= w == kPoison;
      if (poisoned) return false;
      missing &= missing - 1;
    }
    g += n;
  }
  return true;
}

void TensixCore::Poison(std::byte* p, size_t bytes) {
  auto* words = reinterpret_cast<uint32_t*>(p);
  std::fill(words, words + bytes / 4, kPoison);
  for (size_t g = static_cast<size_t>(p - l1_) / kGranule, end = (static_cast<size_t>(p - l1_) + bytes) / kGranule;
       g < end;) {
    if (g % 64 == 0 && end - g >= 64) {
      written_[g / 64] = 0;
      g += 64;
    } else {
      written_[g / 64] &= ~(uint64_t{1} << (g % 64));
      ++g;
    }
  }
}

std::string TensixCore::DescribeCbs() const {
  std::string text;
  for (const CircularBuffer& cb : cbs_) {
    if (cb.configured()) text += cb.Describe() + "\n";
  }
  return text.empty() ? "none\n" : text;
}

}  // namespace tltt::emu

// The checker's findings in words.
#include <fmt/format.h>

#include "check/checker.h"
#include "core.h"
#include "launch.h"

namespace tltt::emu {

namespace {

bool IsTransfer(uint32_t actor) { return actor % kActors >= static_cast<uint32_t>(Actor::kReaderReads); }

std::string SourceOf(const RoleContext& role, uint32_t line) {
  std::string text = role.DescribeLine(line);
  return text.empty() ? "before its first device call" : text;
}

// The way out of an access that nothing orders after `before`. `finished`: a transfer that its role has waited for.
std::string Remedy(Actor before, bool before_writes, bool finished) {
  if (!finished) {
    switch (before) {
      case Actor::kReaderReads:
      case Actor::kWriterReads:
        return "reserve the pages (cb_reserve_back) before the read is issued, and call noc_async_read_barrier() after "
               "it, "
               "before the bytes are used or handed on";
      case Actor::kReaderSources:
      case Actor::kWriterSources:
        return "call noc_async_writes_flushed() or noc_async_write_barrier() before the bytes are filled again";
      case Actor::kReaderWrites:
      case Actor::kWriterWrites:
        return "let the sender signal a semaphore of the receiving core after the write, and wait for it before the "
               "bytes are used; reset it before the sender may signal again";
      default:
        break;
    }
  }
  return before_writes ? "hand the pages over: cb_reserve_back before they are written, cb_push_back after it, "
                         "cb_wait_front before they are read"
                       : "the pages are still being read: cb_reserve_back (or a wait for the receivers' semaphore) "
                         "before they are written again, cb_pop_front after their last use";
}

}  // namespace

const RoleContext* Checker::RoleOf(uint32_t actor) const {
  static constexpr Role kRoles[kActors] = {Role::kReader, Role::kCompute, Role::kCompute, Role::kWriter, Role::kReader,
                                           Role::kWriter, Role::kReader,  Role::kWriter,  Role::kReader, Role::kWriter};
  const TensixCore* core = launch_->core(launch_->active()[actor / kActors]);
  return core->role(kRoles[actor % kActors]);
}

std::string Checker::Describe(uint32_t actor, uint32_t line, bool writes) const {
  const RoleContext& role = *RoleOf(actor);
  const Core c = role.core().coordinates();
  std::string who;
  switch (static_cast<Actor>(actor % kActors)) {
    case Actor::kReader:
    case Actor::kWriter:
      who = writes ? "a store of the" : "a load of the";
      break;
    case Actor::kUnpack:
      who = "the unpacker of the";
      break;
    case Actor::kPack:
      who = writes ? "the packer of the" : "the packer, which accumulates, of the";
      break;
    case Actor::kReaderReads:
    case Actor::kWriterReads:
      who = "a NoC read of the";
      break;
    default:
      who = "a NoC write of the";
      break;
  }
  return fmt::format("{} {} of core ({}, {}), {}", who, RoleName(role.role()), c.x, c.y, SourceOf(role, line));
}

std::string Checker::Place(uint32_t core, uint32_t offset) const {
  const Core c = launch_->core(core)->coordinates();
  const L1Region* region = launch_->FindRegion(core, offset, 1);
  return fmt::format("{} + {} of core ({}, {})", region ? region->name : "L1", region ? offset - region->begin : offset,
                     c.x, c.y);
}

std::string Checker::History(const RoleContext& role) const {
  const Core c = role.core().coordinates();
  const CoreState& state = states_[slots_[launch_->CoreIndex(c.x, c.y)]];
  std::string text;
  for (const Step& step : state.steps[static_cast<size_t>(role.role())]) {
    if (step.line == 0) continue;
    text += fmt::format("    {}{}\n", role.DescribeLine(step.line),
                        step.times > 1 ? fmt::format("  ({} times)", step.times) : "");
  }
  return text;
}

void Checker::FailRace(RoleContext& role, uint32_t core, uint32_t offset, const Access& before, bool before_writes,
                       uint32_t actor, bool writes) {
  const RoleContext* other = RoleOf(before.actor);
  const std::string text = fmt::format(
      "{} is {} while nothing orders it after an access of the same bytes; these two meet:", Place(core, offset),
      writes ? "written" : "read");
  std::string details = fmt::format("    {}\n    {}\n", Describe(before.actor, before.line, before_writes),
                                    Describe(actor, role.line(), writes));
  if (other != &role) details += "  the last calls of the first of them:\n" + History(*other);
  const bool finished = IsTransfer(before.actor) && times_[Self(*other)][before.actor] >= before.time;
  role.Fail(ErrorCategory::kRace,
            text + "\n" + Remedy(static_cast<Actor>(before.actor % kActors), before_writes, finished), false, details);
}

void Checker::FailStale(RoleContext& role, uint32_t core, uint32_t offset, uint32_t actor) {
  role.Fail(ErrorCategory::kStaleRead,
            fmt::format("{} is read by {}, but holds what was there before its pages were popped\n"
                        "write the whole page between cb_reserve_back and cb_push_back, each time",
                        Place(core, offset), IsTransfer(actor) ? "a NoC transfer" : RoleName(role.role())));
}

void Checker::OnExit() {
  // The compiler's kernels take every argument; others may walk over them by get_arg_addr.
  for (const Kernel& kernel : launch_->program().kernels) {
    for (uint32_t i = 0; i < kernel.args.size(); ++i) {
      if (args_[&kernel].count(i) != 0) continue;
      throw Error(ErrorCategory::kUnused,
                  fmt::format("{}: runtime argument {} ({}) of kernel {} is passed, but no core has read it\n"
                              "  to fix: compare the indices of get_arg_val with the program's arguments",
                              ErrorCategoryName(ErrorCategory::kUnused), i, kernel.args[i].name, kernel.path));
    }
  }
  for (const auto& [place, word] : words_) {
    if (word.unseen == 0 || !launch_->core(place.first)) continue;
    const RoleContext& sender = *RoleOf(word.sender);
    throw Error(
        ErrorCategory::kUnseenSignal,
        fmt::format("{}: all kernels have returned, but {} was signalled {} times after its last wait; the last "
                    "signal:\n    {}\n  to fix: wait for as many signals as are sent, or send fewer",
                    ErrorCategoryName(ErrorCategory::kUnseenSignal), Place(place.first, place.second), word.unseen,
                    Describe(word.sender, word.line, true)) +
            "\n  the calls before:\n" + History(sender));
  }
}

}  // namespace tltt::emu

#include "timeline.h"

#include <algorithm>

namespace tltt::emu {
namespace {

uint64_t Up(Tick ticks) { return (ticks + kTick - 1) / kTick; }

}  // namespace

TimelineRecorder::TimelineRecorder(const Chip& chip)
    : columns_(chip.grid.x), last_(size_t{chip.grid.x} * chip.grid.y * kUnits) {}

void TimelineRecorder::Stretch(uint32_t core, Unit unit, Cause cause, uint32_t kernel, uint32_t line, Tick from,
                               Tick to) {
  size_t& last = last_[core * kUnits + static_cast<size_t>(unit)];
  if (last != 0) {
    TimelineEvent& event = timeline_.events[last - 1];
    if (event.line == line && event.cause == cause && event.end * kTick + kTick > from) {
      event.end = Up(to);
      return;
    }
  }
  timeline_.events.push_back({CoreOf(core), unit, cause, kernel, line, from / kTick, Up(to)});
  last = timeline_.events.size();
}

void TimelineRecorder::Pages(uint32_t core, Unit unit, uint32_t buffer, int32_t change, Tick at) {
  timeline_.pages.push_back({CoreOf(core), unit, buffer, change, at / kTick});
}

void TimelineRecorder::Transfer(uint32_t core, Unit unit, TransferKind kind, uint32_t node, uint32_t bytes, Tick begin,
                                Tick end) {
  const bool dram = node & kBankNode;
  const Core target = dram ? Core{static_cast<uint16_t>(node & ~kBankNode), 0} : CoreOf(node);
  timeline_.transfers.push_back({CoreOf(core), unit, kind, dram, target, bytes, begin / kTick, Up(end)});
}

}  // namespace tltt::emu

// What the clock saw, kept for reports. A run that does not ask for it (Options::timeline) has no recorder, and pays a
// look at a null pointer.
#pragma once

#include <cstdint>
#include <vector>

#include "bandwidth.h"
#include "tltt/chip.h"
#include "tltt/emulator.h"
#include "trace.h"

namespace tltt::emu {

class TimelineRecorder {
 public:
  explicit TimelineRecorder(const Chip& chip);

  // [from, to) of a unit of a core, by index. Stretches of one unit come in order of time.
  void Stretch(uint32_t core, Unit unit, Cause cause, uint32_t kernel, uint32_t line, Tick from, Tick to);
  void Pages(uint32_t core, Unit unit, uint32_t buffer, int32_t change, Tick at);
  // `node` as in trace.h; of a multicast the first core that receives it.
  void Transfer(uint32_t core, Unit unit, TransferKind kind, uint32_t node, uint32_t bytes, Tick begin, Tick end);

  const Timeline& timeline() const { return timeline_; }

 private:
  Core CoreOf(uint32_t index) const {
    return {static_cast<uint16_t>(index % columns_), static_cast<uint16_t>(index / columns_)};
  }

  uint32_t columns_;
  Timeline timeline_;
  std::vector<size_t> last_;  // by core and unit: the latest stretch, from 1
};

}  // namespace tltt::emu

#pragma once

#include <cstdint>

namespace tt::tt_metal {

// A point in a command queue.
struct Event {
  uint32_t cq_id = 0;
  uint32_t event_id = 0;
  bool recorded = false;
};

}  // namespace tt::tt_metal

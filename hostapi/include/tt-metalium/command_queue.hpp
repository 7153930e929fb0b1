#pragma once

#include <cstdint>

namespace tt::tt_metal {

class IDevice;

// Commands run in the order in which they are given, at once: when an Enqueue call returns, its work is done.
class CommandQueue {
 public:
  explicit CommandQueue(IDevice* device) : device_(device) {}
  IDevice* device() const { return device_; }
  uint32_t id() const { return 0; }

 private:
  IDevice* device_;
};

}  // namespace tt::tt_metal

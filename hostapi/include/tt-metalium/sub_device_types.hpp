#pragma once

#include <cstdint>

namespace tt::tt_metal {

// The emulated device is one sub-device: id 0.
struct SubDeviceId {
  explicit constexpr SubDeviceId(uint8_t value) : id(value) {}
  uint8_t id = 0;
  constexpr bool operator==(const SubDeviceId&) const = default;
  constexpr uint8_t operator*() const { return id; }
};

}  // namespace tt::tt_metal

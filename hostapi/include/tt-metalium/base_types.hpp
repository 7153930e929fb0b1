// Numbers and names that the whole host API uses. Values are those of TT-Metalium.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tt::tt_metal {

enum class MathFidelity : uint8_t { LoFi = 0, HiFi2 = 2, HiFi3 = 3, HiFi4 = 4, Invalid = 255 };
enum class UnpackToDestMode : uint8_t { Default, UnpackToDestFp32 };

using DeviceAddr = uint64_t;
using ChipId = int;

}  // namespace tt::tt_metal

// Older programs find these in the global namespace.
using tt::tt_metal::MathFidelity;
using tt::tt_metal::UnpackToDestMode;
using chip_id_t = int;

// What check mode says of runs under several schedules.
#pragma once

#include <cstdint>
#include <string>

#include "tltt/emulator.h"

namespace tltt {

[[noreturn]] void ThrowOrderDependence(const std::string& tensor, uint64_t first_seed, uint64_t seed);
// `error`, with the seed that replays it.
[[noreturn]] void RethrowWithSeed(const emu::Error& error, uint64_t seed);

}  // namespace tltt

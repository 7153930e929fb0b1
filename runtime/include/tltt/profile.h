// What a predicted run with a timeline (emu::Options::timeline) says about a kernel. Text formats: docs/profile.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "tltt/emulator.h"
#include "tltt/program.h"

namespace tltt {

// The cycles that the kernel would take if one part of the chip were twice as fast: by part, "math", "unpack", "pack",
// "issue", "noc", "dram", "latency".
using WhatIf = std::map<std::string, uint64_t>;
WhatIf AskWhatIf(const Program& program);

// The profile as JSON text: what bounds the kernel and why, advice, the time of every line, and what a report draws.
std::string ProfileJson(const Program& program, const emu::RunReport& report, const WhatIf& what_if);

// The run as a trace-event JSON text that Perfetto opens. Cores are left out, those that end first before others, until
// at most `max_events` events remain.
std::string PerfettoTrace(const Program& program, const emu::RunReport& report, size_t max_events);

}  // namespace tltt

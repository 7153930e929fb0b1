// What a predicted run with a timeline (emu::Options::timeline) says about a kernel. Text formats: docs/profile.md.
#pragma once

#include <cstddef>
#include <string>

#include "tltt/emulator.h"
#include "tltt/program.h"

namespace tltt {

// The profile as JSON text: what bounds the kernel and why, advice, the time of every line, and what a report draws.
std::string ProfileJson(const Program& program, const emu::RunReport& report);

// The run as a trace-event JSON text that Perfetto opens. Cores are left out, those that end first before others, until
// at most `max_events` events remain.
std::string PerfettoTrace(const Program& program, const emu::RunReport& report, size_t max_events);

}  // namespace tltt

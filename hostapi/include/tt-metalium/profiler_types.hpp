#pragma once

namespace tt::tt_metal {

enum class ProfilerReadState { NORMAL, LAST_FD_READ, ONLY_DISPATCH_CORES };
enum class ProfilerDumpState { NORMAL, LAST_FD_READ, ONLY_DISPATCH_CORES };

}  // namespace tt::tt_metal

// Stable codes of refusals. The number is the diagnostic's code, TT1002, and never changes its meaning;
// python/tilelang_tenstorrent/diagnostics.py has an entry for each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/diagnostics.h"

namespace tltt::compiler {

enum class Code : uint16_t {
  kUnsupported = 1001,  // of refusals that give no code
  kDtype = 1002,
  kBlockShape = 1003,
  kBlockPosition = 1004,
  kNoRoom = 1005,
  kLaunchGrid = 1006,
  kLayout = 1007,
  kSchedule = 1008,
  kUnwritten = 1009,
  kReadAndWritten = 1010,
  kUnknownSize = 1011,
  kCannotCompute = 1012,
  kRemark = 1101,  // compiles, with a remark (remarks.h)
  kDefect = 1900,  // ours
};
std::vector<Code> AllCodes();

// Refuse (diagnostics.h) with a code of its own.
[[noreturn]] void Refuse(const Span& span, const std::string& what, const std::string& hint, Code code);

}  // namespace tltt::compiler

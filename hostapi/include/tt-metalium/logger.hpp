// The SDK's log calls, on standard error.
#pragma once

#include <cstdio>
#include <string>

#include <tt_stl/assert.hpp>

namespace tt {

enum LogType { LogAlways, LogTest, LogDevice, LogOp, LogVerif, LogMetal };

namespace logging {
inline void Log(const char* level, const std::string& text) { std::fprintf(stderr, "%s: %s\n", level, text.c_str()); }
}  // namespace logging

template <typename... Args>
void log_info(LogType, const Args&... args) {
  logging::Log("info", ::tltt::host::Message(args...));
}
template <typename... Args>
void log_warning(LogType, const Args&... args) {
  logging::Log("warning", ::tltt::host::Message(args...));
}
template <typename... Args>
void log_error(LogType, const Args&... args) {
  logging::Log("error", ::tltt::host::Message(args...));
}
template <typename... Args>
void log_debug(LogType, const Args&...) {}
template <typename... Args>
[[noreturn]] void log_fatal(LogType, const Args&... args) {
  TT_THROW("{}", ::tltt::host::Message(args...));
}
template <typename... Args>
void log_assert(bool condition, const Args&... args) {
  if (!condition) TT_THROW("{}", ::tltt::host::Message(args...));
}

}  // namespace tt

// TT_FATAL, TT_ASSERT and TT_THROW throw std::runtime_error with the condition and the place. Messages are fmt's where
// fmt is installed; without it the format text stands as it is.
#pragma once

#include <stdexcept>
#include <string>

#if __has_include(<fmt/format.h>)
#include <fmt/format.h>
#define TLTT_HOST_FMT 1
#endif

namespace tltt::host {

inline std::string Message() { return {}; }
#ifdef TLTT_HOST_FMT
template <typename Format, typename... Args>
std::string Message(const Format& format, const Args&... args) {
  return fmt::format(fmt::runtime(format), args...);
}
#else
template <typename Format, typename... Args>
std::string Message(const Format& format, const Args&...) {
  return std::string(format);
}
#endif

[[noreturn]] inline void Throw(const char* file, int line, const char* what, const std::string& message) {
  throw std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " + what +
                           (message.empty() ? "" : ": " + message));
}

}  // namespace tltt::host

#define TT_FATAL(condition, ...)                                                        \
  do {                                                                                  \
    if (!(condition))                                                                   \
      ::tltt::host::Throw(__FILE__, __LINE__, "TT_FATAL(" #condition ") does not hold", \
                          ::tltt::host::Message(__VA_ARGS__));                          \
  } while (false)
#define TT_ASSERT(condition, ...)                                                        \
  do {                                                                                   \
    if (!(condition))                                                                    \
      ::tltt::host::Throw(__FILE__, __LINE__, "TT_ASSERT(" #condition ") does not hold", \
                          ::tltt::host::Message(__VA_ARGS__));                           \
  } while (false)
#define TT_THROW(...) ::tltt::host::Throw(__FILE__, __LINE__, "TT_THROW", ::tltt::host::Message(__VA_ARGS__))

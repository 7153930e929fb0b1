// DEVICE_PRINT("{} of {}", a, b): DPRINT with a format text. What stands in braces but a place's number is left out.
#pragma once

#include <cstdint>

#include "api/debug/dprint.h"

namespace tltt_print {

inline void Format(const char* text) {
  for (; *text != 0; ++text) {
    if ((*text == '{' || *text == '}') && text[1] == *text) ++text;
    TlttPrinter() << *text;
  }
}

template <typename First, typename... Rest>
void Format(const char* text, const First& first, const Rest&... rest) {
  for (; *text != 0; ++text) {
    if (*text == '{' && text[1] != '{') {
      while (*text != 0 && *text != '}') ++text;
      TlttPrinter() << first;
      return Format(*text != 0 ? text + 1 : text, rest...);
    }
    if ((*text == '{' || *text == '}') && text[1] == *text) ++text;
    TlttPrinter() << *text;
  }
}

}  // namespace tltt_print

template <typename... Values>
void TlttPrinter::operator()(const char* format, const Values&... values) const {
  tltt_print::Format(format, values...);
}

#define DEVICE_PRINT(...) ::tltt_print::Format(__VA_ARGS__)

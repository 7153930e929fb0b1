// DPRINT: kernels print to the host's standard error, a line at a time, behind the core's coordinates. Both forms: a
// format text with values, as the SDK has it now, and the older stream.
#pragma once

#include <cstdint>
#include <type_traits>

#include "tltt_device.h"

struct ENDL {};
struct HEX {};
struct DEC {};
struct SETW {
  explicit SETW(int, bool = true) {}
};
struct SETPRECISION {
  explicit SETPRECISION(int) {}
};
struct FIXED {};
struct DEFAULTFLOAT {};
// Numbers of a size.
inline std::uint8_t U8(std::uint8_t value) { return value; }
inline std::uint16_t U16(std::uint16_t value) { return value; }
inline std::uint32_t U32(std::uint32_t value) { return value; }
inline std::int32_t I32(std::int32_t value) { return value; }
struct F32 {
  explicit F32(float v) : value(v) {}
  float value;
};
struct BF16 {
  explicit BF16(std::uint16_t v) : bits(v) {}
  std::uint16_t bits;
};

struct TlttPrinter {
  // DPRINT("{} of {}\n", a, b), as device_print.h has it.
  template <typename... Values>
  void operator()(const char* format, const Values&... values) const;

  TlttPrinter operator<<(const char* text) const { return tltt::emu::device::Print(text), *this; }
  TlttPrinter operator<<(char c) const {
    const char text[2] = {c, 0};
    return tltt::emu::device::Print(text), *this;
  }
  TlttPrinter operator<<(ENDL) const { return tltt::emu::device::Print("\n"), *this; }
  TlttPrinter operator<<(HEX) const { return tltt::emu::device::PrintBase(16), *this; }
  TlttPrinter operator<<(DEC) const { return tltt::emu::device::PrintBase(10), *this; }
  // Widths and precisions shape a table; the values are the same without them.
  TlttPrinter operator<<(SETW) const { return *this; }
  TlttPrinter operator<<(SETPRECISION) const { return *this; }
  TlttPrinter operator<<(FIXED) const { return *this; }
  TlttPrinter operator<<(DEFAULTFLOAT) const { return *this; }
  TlttPrinter operator<<(F32 v) const { return *this << v.value; }
  TlttPrinter operator<<(BF16 v) const { return *this << __builtin_bit_cast(float, std::uint32_t{v.bits} << 16); }
  template <typename T>
    requires std::is_arithmetic_v<T>
  TlttPrinter operator<<(T value) const {
    if constexpr (std::is_floating_point_v<T>) {
      tltt::emu::device::PrintFloat(value);
    } else if constexpr (std::is_signed_v<T>) {
      tltt::emu::device::PrintSigned(value);
    } else {
      tltt::emu::device::PrintUnsigned(value);
    }
    return *this;
  }
};

#define DPRINT TlttPrinter()
#define DPRINT_DATA0(x) x
#define DPRINT_DATA1(x) x
#define DPRINT_UNPACK(x) x
#define DPRINT_MATH(x)
#define DPRINT_PACK(x)

#include "api/debug/device_print.h"
#include "api/debug/dprint_tile.h"

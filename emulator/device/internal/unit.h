// Comes right before a kernel's own text.
#pragma once

#include "api/compile_time_args.h"

#ifndef COMPILE_FOR_TRISC
// Formats of the kernel's circular buffers are known when it is built, as on the chip: what follows from them can be a
// constant. Otherwise the circular buffer itself is asked, which also tells when there is none.
inline constexpr std::uint8_t tltt_cb_formats[32] = {TLTT_CB_FORMATS};
void tltt_no_constant_format_of_this_circular_buffer();
FORCE_INLINE constexpr DataFormat get_dataformat(const std::int32_t operand, std::uint32_t line = __builtin_LINE()) {
  if (__builtin_is_constant_evaluated()) {
    if (tltt_cb_formats[operand] == 255) tltt_no_constant_format_of_this_circular_buffer();
    return static_cast<DataFormat>(tltt_cb_formats[operand]);
  }
  return static_cast<DataFormat>(tltt::emu::device::CbDataFormat(operand, line));
}
// Bytes of a tile in the circular buffer's format.
FORCE_INLINE constexpr std::int32_t get_tile_size(const std::int32_t operand, std::uint32_t line = __builtin_LINE()) {
  return static_cast<std::int32_t>(tltt::emu::device::TileSpan(get_dataformat(operand, line), 1024, 1));
}

// The firmware includes the data-movement API before the kernel, so kernels need not.
#include "api/dataflow/dataflow_api.h"
#endif

// Older compute kernels are `namespace NAMESPACE { void MAIN { ... } }`.
#define NAMESPACE tltt_kernel
#define MAIN tltt_main_()

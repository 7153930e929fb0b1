// TileSlice: every hs-th row and ws-th column of a tile in a circular buffer, for DPRINT.
#pragma once

#include <cstdint>

#include "api/debug/dprint.h"
#include "internal/risc_attribs.h"

// Rows [h0, h1) and columns [w0, w1) in steps, as numpy's slices.
struct SliceRange {
  std::uint8_t h0, h1, hs, w0, w1, ws;
  static SliceRange hw0_32_16() { return {0, 32, 16, 0, 32, 16}; }
  static SliceRange hw0_32_8() { return {0, 32, 8, 0, 32, 8}; }
  static SliceRange hw0_32_4() { return {0, 32, 4, 0, 32, 4}; }
  static SliceRange h0_w0_32() { return {0, 1, 1, 0, 32, 1}; }
  static SliceRange h0_32_w0() { return {0, 32, 1, 0, 1, 1}; }
  static SliceRange h0_32_w1() { return {0, 32, 1, 1, 2, 1}; }
  static SliceRange hw041() { return {0, 4, 1, 0, 4, 1}; }
};

using dprint_tslice_ptr_t = bool;
#define TSLICE_RD_PTR true
#define TSLICE_WR_PTR false
using dprint_tslice_cb_t = bool;
#define TSLICE_INPUT_CB true
#define TSLICE_OUTPUT_CB false

// Tile `tile` after the buffer's read or write pointer. The chip's printing stops after max_bytes; here all is printed.
template <int max_bytes = 64>
struct TileSlice {
#ifdef COMPILE_FOR_TRISC
  // Compute kernels print what the unpacker sees: DPRINT_UNPACK runs, DPRINT_PACK does not.
  TileSlice(std::uint8_t cb, int tile, const SliceRange& range, bool endl_rows = true, bool untilized = true,
            std::uint32_t at = __builtin_LINE())
      : TileSlice(cb, tile, range, TSLICE_RD_PTR, endl_rows, untilized, at, 0) {}
#else
  // The kind of buffer tells the chip where to look up its format; here a buffer has one.
  TileSlice(std::uint8_t cb, int tile, const SliceRange& range, dprint_tslice_cb_t,
            dprint_tslice_ptr_t pointer = noc_index == 0 ? TSLICE_WR_PTR : TSLICE_RD_PTR, bool endl_rows = true,
            bool untilized = true, std::uint32_t at = __builtin_LINE())
      : TileSlice(cb, tile, range, pointer, endl_rows, untilized, at, 0) {}
#endif

  std::uint8_t cb;
  int tile;
  SliceRange range;
  dprint_tslice_ptr_t pointer;
  bool endl_rows, untilized;
  std::uint32_t line;

 private:
  TileSlice(std::uint8_t c, int t, const SliceRange& r, dprint_tslice_ptr_t p, bool e, bool u, std::uint32_t l, int)
      : cb(c), tile(t), range(r), pointer(p), endl_rows(e), untilized(u), line(l) {}
};
using TSLICE = TileSlice<64>;

template <int max_bytes>
const TlttPrinter& operator<<(const TlttPrinter& printer, const TileSlice<max_bytes>& slice) {
  const SliceRange& r = slice.range;
  tltt::emu::device::PrintTile({slice.cb,
                                slice.tile,
                                slice.pointer == TSLICE_WR_PTR,
                                slice.untilized,
                                slice.endl_rows,
                                {r.h0, r.h1, r.hs},
                                {r.w0, r.w1, r.ws}},
                               slice.line);
  return printer;
}

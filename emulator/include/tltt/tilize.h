// Host matrices into tiles and back, page by page.
//
// A matrix of rows x cols elements is ceil(rows/32) x ceil(cols/32) pages in row-major order of tiles, each a 32x32
// tile of four 16x16 faces (see TensorLayout::kTile); what lies beyond the matrix is zero. Elements are those of the
// tile format: bf16, fp16, fp32 or integers of the same width; block-float formats (Bfp8_b, Bfp4_b) take and give fp32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "tltt/program.h"

namespace tltt {

// Host address of a page: at least TileBytes(format) bytes.
using TilePage = std::function<std::byte*(uint64_t page)>;

struct HostMatrix {
  void* data = nullptr;
  int64_t rows = 0, cols = 0;  // elements
  int64_t row_stride = 0;      // elements from one row to the next; elements of a row are adjacent
};

uint32_t HostElementBytes(DataFormat format);

// Tile rows [tile_row_begin, tile_row_end) alone, so that threads can share the work. Both run at memory speed.
// Throw std::invalid_argument for a format without tiles here (Bfp8, Bfp4) and for a negative extent.
void Tilize(DataFormat format, const HostMatrix& matrix, const TilePage& page, int64_t tile_row_begin,
            int64_t tile_row_end);
void Untilize(DataFormat format, const TilePage& page, const HostMatrix& matrix, int64_t tile_row_begin,
              int64_t tile_row_end);

// All of it, on this thread.
void Tilize(DataFormat format, const HostMatrix& matrix, const TilePage& page);
void Untilize(DataFormat format, const TilePage& page, const HostMatrix& matrix);

}  // namespace tltt

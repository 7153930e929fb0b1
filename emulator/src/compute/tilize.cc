#include "tltt/tilize.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "tile_format.h"

namespace tltt {
namespace {

constexpr int64_t kFace = 16;

bool IsBlockFloat(DataFormat format) { return TileBytes(format) % emu::kTileElements != 0; }

void Check(DataFormat format, const HostMatrix& matrix) {
  if (!emu::IsSupportedTileFormat(format)) {
    throw std::invalid_argument(std::string("tiles of format ") + DataFormatName(format) + " are not supported");
  }
  if (matrix.rows < 0 || matrix.cols < 0) throw std::invalid_argument("a matrix with a negative extent");
}

// Calls body(row of the tile, its first column, datum index in the page) for each run of 16 datums.
template <class Body>
void ForFaceRows(Body body) {
  for (int64_t face = 0; face < 4; ++face) {
    for (int64_t row = 0; row < kFace; ++row)
      body((face / 2) * kFace + row, (face % 2) * kFace, (face * kFace + row) * kFace);
  }
}

// The part of the matrix that tile (i, j) covers.
struct Window {
  std::byte* origin;
  int64_t rows, cols, stride;  // elements, stride in bytes
};

Window WindowOf(const HostMatrix& matrix, uint32_t element, int64_t i, int64_t j) {
  const int64_t stride = matrix.row_stride * element;
  return {static_cast<std::byte*>(matrix.data) + i * kTileHeight * stride + j * kTileWidth * element,
          std::min<int64_t>(kTileHeight, matrix.rows - i * kTileHeight),
          std::min<int64_t>(kTileWidth, matrix.cols - j * kTileWidth), stride};
}

// kBytes: of an element; a run of 16 then has a size the compiler knows, and is one or two vector moves.
template <size_t kBytes>
void TilizePage(const Window& window, std::byte* page) {
  if (window.rows == kTileHeight && window.cols == kTileWidth) {
    ForFaceRows([&](int64_t row, int64_t col, int64_t at) {
      std::memcpy(page + at * kBytes, window.origin + row * window.stride + col * kBytes, kFace * kBytes);
    });
    return;
  }
  std::memset(page, 0, emu::kTileElements * kBytes);
  ForFaceRows([&](int64_t row, int64_t col, int64_t at) {
    const int64_t valid = row < window.rows ? std::clamp<int64_t>(window.cols - col, 0, kFace) : 0;
    if (valid > 0) {
      std::memcpy(page + at * kBytes, window.origin + row * window.stride + col * kBytes, valid * kBytes);
    }
  });
}

template <size_t kBytes>
void UntilizePage(const Window& window, const std::byte* page) {
  if (window.rows == kTileHeight && window.cols == kTileWidth) {
    ForFaceRows([&](int64_t row, int64_t col, int64_t at) {
      std::memcpy(window.origin + row * window.stride + col * kBytes, page + at * kBytes, kFace * kBytes);
    });
    return;
  }
  ForFaceRows([&](int64_t row, int64_t col, int64_t at) {
    const int64_t valid = row < window.rows ? std::clamp<int64_t>(window.cols - col, 0, kFace) : 0;
    if (valid > 0) {
      std::memcpy(window.origin + row * window.stride + col * kBytes, page + at * kBytes, valid * kBytes);
    }
  });
}

}  // namespace

uint32_t HostElementBytes(DataFormat format) {
  return IsBlockFloat(format) ? 4 : TileBytes(format) / emu::kTileElements;
}

void Tilize(DataFormat format, const HostMatrix& matrix, const TilePage& page, int64_t tile_row_begin,
            int64_t tile_row_end) {
  Check(format, matrix);
  const uint32_t element = HostElementBytes(format);
  const int64_t tile_cols = (matrix.cols + kTileWidth - 1) / kTileWidth;
  for (int64_t i = tile_row_begin; i < tile_row_end; ++i) {
    for (int64_t j = 0; j < tile_cols; ++j) {
      std::byte* to = page(static_cast<uint64_t>(i * tile_cols + j));
      const Window window = WindowOf(matrix, element, i, j);
      if (IsBlockFloat(format)) {
        alignas(64) float rows[emu::kTileElements] = {};
        for (int64_t row = 0; row < window.rows; ++row) {
          std::memcpy(rows + row * kTileWidth, window.origin + row * window.stride, window.cols * sizeof(float));
        }
        emu::PackTile(format, rows, to);
      } else if (element == 1) {
        TilizePage<1>(window, to);
      } else if (element == 2) {
        TilizePage<2>(window, to);
      } else {
        TilizePage<4>(window, to);
      }
    }
  }
}

void Untilize(DataFormat format, const TilePage& page, const HostMatrix& matrix, int64_t tile_row_begin,
              int64_t tile_row_end) {
  Check(format, matrix);
  const uint32_t element = HostElementBytes(format);
  const int64_t tile_cols = (matrix.cols + kTileWidth - 1) / kTileWidth;
  for (int64_t i = tile_row_begin; i < tile_row_end; ++i) {
    for (int64_t j = 0; j < tile_cols; ++j) {
      const std::byte* from = page(static_cast<uint64_t>(i * tile_cols + j));
      const Window window = WindowOf(matrix, element, i, j);
      if (IsBlockFloat(format)) {
        alignas(64) float rows[emu::kTileElements];
        emu::UnpackTile(format, from, rows);
        for (int64_t row = 0; row < window.rows; ++row) {
          std::memcpy(window.origin + row * window.stride, rows + row * kTileWidth, window.cols * sizeof(float));
        }
      } else if (element == 1) {
        UntilizePage<1>(window, from);
      } else if (element == 2) {
        UntilizePage<2>(window, from);
      } else {
        UntilizePage<4>(window, from);
      }
    }
  }
}

void Tilize(DataFormat format, const HostMatrix& matrix, const TilePage& page) {
  Tilize(format, matrix, page, 0, (matrix.rows + kTileHeight - 1) / kTileHeight);
}

void Untilize(DataFormat format, const TilePage& page, const HostMatrix& matrix) {
  Untilize(format, page, matrix, 0, (matrix.rows + kTileHeight - 1) / kTileHeight);
}

}  // namespace tltt

#include "transfer.h"

#include <sched.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace tltt {
namespace {

constexpr int64_t kFace = 16;
// Below this many bytes a second thread costs more than it brings.
constexpr uint64_t kBytesPerThread = 1 << 20;

// One axis that a page spans, or 1 where it spans none.
struct Axis {
  int64_t extent = 1, stride = 0;  // elements
};

// The tensor as pages see it: outer axes, each a page's step, and the rows and columns within pages.
struct Pages {
  std::vector<Axis> outer;
  Axis row, col;
  int64_t row_block = 1, col_block = 1;  // elements of a page
  uint32_t element = 0;                  // bytes
  int64_t row_pages() const { return (row.extent + row_block - 1) / row_block; }
  int64_t col_pages() const { return (col.extent + col_block - 1) / col_block; }
  uint64_t count() const {
    uint64_t pages = static_cast<uint64_t>(row_pages() * col_pages());
    for (const Axis& axis : outer) pages *= static_cast<uint64_t>(axis.extent);
    return pages;
  }
};

uint32_t ElementBytes(const Tensor& tensor) {
  if (DataFormatOfDtype(tensor.dtype) != tensor.format) {
    throw std::invalid_argument("tensor " + tensor.name + ": " + tensor.dtype + " is held as " +
                                DataFormatName(tensor.format) + " on the device; the runtime does not convert formats");
  }
  return TileBytes(tensor.format) / (kTileHeight * kTileWidth);
}

// `strides` may be empty where only the number of pages matters.
Pages Describe(const Tensor& tensor, const std::vector<int64_t>& strides) {
  const int rank = static_cast<int>(tensor.shape.size());
  const auto axis = [&](int d) { return d < 0 ? Axis{} : Axis{tensor.shape[d], strides.empty() ? 0 : strides[d]}; };
  Pages pages;
  pages.element = ElementBytes(tensor);
  int row = rank >= 2 ? rank - 2 : -1, col = rank - 1;
  if (tensor.layout == TensorLayout::kTile) {
    if (tensor.tile_axes.size() == 2) {
      row = tensor.tile_axes[0];
      col = tensor.tile_axes[1];
    }
    pages.row_block = kTileHeight;
    pages.col_block = kTileWidth;
  } else {
    row = -1;  // a page is a row, or a part of one
    pages.col_block = tensor.page_size / pages.element;
  }
  for (int d = 0; d < rank; ++d) {
    if (d != row && d != col) pages.outer.push_back(axis(d));
  }
  pages.row = axis(row);
  pages.col = axis(col);
  return pages;
}

// A page's part of the host tensor.
struct Window {
  std::byte* origin;
  int64_t rows, cols;              // valid elements
  int64_t row_stride, col_stride;  // bytes
};

Window WindowOf(const Pages& pages, std::byte* data, uint64_t page) {
  const auto cols = static_cast<uint64_t>(pages.col_pages()), rows = static_cast<uint64_t>(pages.row_pages());
  const int64_t col = static_cast<int64_t>(page % cols) * pages.col_block;
  page /= cols;
  const int64_t row = static_cast<int64_t>(page % rows) * pages.row_block;
  page /= rows;
  int64_t offset = row * pages.row.stride + col * pages.col.stride;
  for (size_t d = pages.outer.size(); d-- > 0;) {
    const auto extent = static_cast<uint64_t>(pages.outer[d].extent);
    offset += static_cast<int64_t>(page % extent) * pages.outer[d].stride;
    page /= extent;
  }
  const auto element = static_cast<int64_t>(pages.element);
  return {data + offset * element, std::min(pages.row_block, pages.row.extent - row),
          std::min(pages.col_block, pages.col.extent - col), pages.row.stride * element, pages.col.stride * element};
}

template <typename T>
void CopyIn(const Window& window, int64_t row, int64_t col, int64_t count, T* to) {
  const std::byte* from = window.origin + row * window.row_stride + col * window.col_stride;
  if (window.col_stride == sizeof(T)) {
    std::memcpy(to, from, static_cast<size_t>(count) * sizeof(T));
  } else {
    for (int64_t i = 0; i < count; ++i) std::memcpy(to + i, from + i * window.col_stride, sizeof(T));
  }
}

template <typename T>
void CopyOut(const Window& window, int64_t row, int64_t col, int64_t count, const T* from) {
  std::byte* to = window.origin + row * window.row_stride + col * window.col_stride;
  if (window.col_stride == sizeof(T)) {
    std::memcpy(to, from, static_cast<size_t>(count) * sizeof(T));
  } else {
    for (int64_t i = 0; i < count; ++i) std::memcpy(to + i * window.col_stride, from + i, sizeof(T));
  }
}

// Calls body(row, first column, valid columns, element's index in the page) for each face row of a tile.
template <typename Body>
void ForFaceRows(const Window& window, Body body) {
  for (int64_t face = 0; face < 4; ++face) {
    const int64_t col = (face % 2) * kFace, valid = std::clamp<int64_t>(window.cols - col, 0, kFace);
    for (int64_t r = 0; r < kFace; ++r) {
      const int64_t row = (face / 2) * kFace + r;
      body(row, col, row < window.rows ? valid : 0, (face * kFace + r) * kFace);
    }
  }
}

template <typename T>
void FillPage(const Tensor& tensor, const Window& window, std::byte* bytes) {
  T* page = reinterpret_cast<T*>(bytes);
  if (tensor.layout == TensorLayout::kRowMajor) {
    std::memset(bytes, 0, tensor.page_size);
    CopyIn(window, 0, 0, window.cols, page);
    return;
  }
  ForFaceRows(window, [&](int64_t row, int64_t col, int64_t valid, int64_t at) {
    if (valid > 0) CopyIn(window, row, col, valid, page + at);
    if (valid < kFace) std::memset(page + at + valid, 0, static_cast<size_t>(kFace - valid) * sizeof(T));
  });
}

template <typename T>
void TakePage(const Tensor& tensor, const std::byte* bytes, const Window& window) {
  const T* page = reinterpret_cast<const T*>(bytes);
  if (tensor.layout == TensorLayout::kRowMajor) {
    CopyOut(window, 0, 0, window.cols, page);
    return;
  }
  ForFaceRows(window, [&](int64_t row, int64_t col, int64_t valid, int64_t at) {
    if (valid > 0) CopyOut(window, row, col, valid, page + at);
  });
}

template <typename Body>
void WithElementType(uint32_t bytes, Body body) {
  switch (bytes) {
    case 1:
      return body(uint8_t{});
    case 2:
      return body(uint16_t{});
    default:
      return body(uint32_t{});
  }
}

size_t HostThreads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<size_t>(std::max(1, CPU_COUNT(&set)));
}

// body(first, last) over [0, count), on as many threads as the bytes are worth.
void ForRanges(uint64_t count, uint64_t bytes, const std::function<void(uint64_t, uint64_t)>& body) {
  const uint64_t threads = std::clamp<uint64_t>(bytes / kBytesPerThread, 1, HostThreads());
  std::vector<std::thread> others;
  for (uint64_t t = 1; t < threads; ++t) others.emplace_back(body, count * t / threads, count * (t + 1) / threads);
  body(0, count / threads);
  for (std::thread& thread : others) thread.join();
}

// Pointers are collected by one thread: the device may make memory on the way.
std::vector<std::byte*> PagePointers(const emu::Buffer& buffer, emu::Device& device) {
  std::vector<std::byte*> pointers(buffer.pages);
  for (uint64_t page = 0; page < buffer.pages; ++page) pointers[page] = device.Page(buffer, page);
  return pointers;
}

}  // namespace

uint64_t PageCount(const Tensor& tensor) { return Describe(tensor, {}).count(); }

void WriteToDevice(const Tensor& tensor, const HostTensor& host, const emu::Buffer& buffer, emu::Device& device) {
  const Pages pages = Describe(tensor, host.strides);
  const std::vector<std::byte*> pointers = PagePointers(buffer, device);
  WithElementType(pages.element, [&](auto element) {
    ForRanges(buffer.pages, buffer.pages * buffer.page_size, [&](uint64_t first, uint64_t last) {
      for (uint64_t page = first; page < last; ++page) {
        FillPage<decltype(element)>(tensor, WindowOf(pages, host.data, page), pointers[page]);
      }
    });
  });
  device.MarkWritten(buffer);
}

void ReadFromDevice(const Tensor& tensor, const emu::Buffer& buffer, emu::Device& device, const HostTensor& host) {
  const Pages pages = Describe(tensor, host.strides);
  std::vector<std::byte*> pointers = PagePointers(buffer, device);
  for (uint64_t page = 0; page < buffer.pages; ++page) {
    if (!device.Written(buffer, page)) pointers[page] = nullptr;
  }
  WithElementType(pages.element, [&](auto element) {
    ForRanges(buffer.pages, buffer.pages * buffer.page_size, [&](uint64_t first, uint64_t last) {
      for (uint64_t page = first; page < last; ++page) {
        if (pointers[page] == nullptr) continue;
        TakePage<decltype(element)>(tensor, pointers[page], WindowOf(pages, host.data, page));
      }
    });
  });
}

}  // namespace tltt

#include "transfer.h"

#include <sched.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "convert.h"
#include "tltt/tilize.h"

namespace tltt {
namespace {

// Below this many bytes a second thread costs more than it brings.
constexpr uint64_t kBytesPerThread = 1 << 20;

// One axis that a page spans; extent 1 where it spans none.
struct Axis {
  int64_t extent = 1, stride = 0;  // elements
};

// The tensor as a stack of matrices: one for each combination of the outer axes, each a grid of pages.
struct Stack {
  std::vector<Axis> outer;
  Axis row, col;
  int64_t page_rows = 1, page_cols = 1;  // elements of a page
  uint32_t element = 0;                  // bytes of the caller's elements
  uint32_t device_element = 0;           // bytes of those that become pages
  DataFormat host_format = DataFormat::kFloat32, device_format = DataFormat::kFloat32;

  bool converts() const { return host_format != device_format; }

  int64_t row_pages() const { return (row.extent + page_rows - 1) / page_rows; }
  int64_t col_pages() const { return (col.extent + page_cols - 1) / page_cols; }
  // A strip is a row of pages: what one step of the work handles.
  uint64_t strips() const {
    auto count = static_cast<uint64_t>(row_pages());
    for (const Axis& axis : outer) count *= static_cast<uint64_t>(axis.extent);
    return count;
  }
};

// Elements of a format that the host computes with: fp32 for block floats, which are made from and give fp32.
DataFormat HostFormat(DataFormat format) {
  const bool block_float = TileBytes(format) % (kTileHeight * kTileWidth) != 0;
  return block_float ? DataFormat::kFloat32 : format;
}

void DescribeElements(const Tensor& tensor, Stack* stack) {
  const auto own = DataFormatOfDtype(tensor.dtype);
  const bool known = own && IsConvertible(*own) && IsConvertible(HostFormat(tensor.format));
  if (!own || (*own != tensor.format && (tensor.layout == TensorLayout::kRowMajor || !known))) {
    throw std::invalid_argument("tensor " + tensor.name + ": " + tensor.dtype + " can't be held as " +
                                DataFormatName(tensor.format) + " on the device");
  }
  stack->host_format = *own;
  stack->device_format = HostFormat(tensor.format);
  stack->element = ElementBytesOfDtype(tensor.dtype);
  stack->device_element = stack->converts() ? HostElementBytes(stack->device_format) : stack->element;
  if (tensor.layout == TensorLayout::kTile && stack->element > 4)
    throw std::invalid_argument("tensor " + tensor.name + ": " + tensor.dtype + " can't be held as tiles");
}

// `strides` may be empty where only the number of pages matters.
Stack Describe(const Tensor& tensor, const std::vector<int64_t>& strides) {
  const int rank = static_cast<int>(tensor.shape.size());
  const auto axis = [&](int d) { return d < 0 ? Axis{} : Axis{tensor.shape[d], strides.empty() ? 0 : strides[d]}; };
  Stack stack;
  DescribeElements(tensor, &stack);
  int row = rank >= 2 ? rank - 2 : -1, col = rank - 1;
  if (tensor.layout == TensorLayout::kTile) {
    if (tensor.tile_axes.size() == 2) {
      row = tensor.tile_axes[0];
      col = tensor.tile_axes[1];
    }
    stack.page_rows = kTileHeight;
    stack.page_cols = kTileWidth;
    if (tensor.vector > 0) {
      for (int d = 0; d + 1 < rank; ++d) stack.outer.push_back(axis(d));
      const Axis last = axis(rank - 1);
      stack.outer.push_back({last.extent / tensor.vector, tensor.vector * last.stride});
      stack.row = {tensor.vector / kTileWidth, kTileWidth * last.stride};
      stack.col = {kTileWidth, last.stride};
      return stack;
    }
  } else {
    row = -1;  // a page is a row, or a part of one
    stack.page_cols = tensor.page_size / stack.element;
  }
  for (int d = 0; d < rank; ++d) {
    if (d != row && d != col) stack.outer.push_back(axis(d));
  }
  stack.row = axis(row);
  stack.col = axis(col);
  return stack;
}

// A strip in the host tensor. Elements of a row need not be adjacent.
struct Strip {
  std::byte* data;
  int64_t rows, cols, row_stride, col_stride;  // elements
};

Strip StripOf(const Stack& stack, std::byte* data, uint64_t index) {
  const auto rows = static_cast<uint64_t>(stack.row_pages());
  const int64_t row = static_cast<int64_t>(index % rows) * stack.page_rows;
  index /= rows;
  int64_t offset = row * stack.row.stride;
  for (size_t d = stack.outer.size(); d-- > 0;) {
    const auto extent = static_cast<uint64_t>(stack.outer[d].extent);
    offset += static_cast<int64_t>(index % extent) * stack.outer[d].stride;
    index /= extent;
  }
  return {data + offset * stack.element, std::min(stack.page_rows, stack.row.extent - row), stack.col.extent,
          stack.row.stride, stack.col.stride};
}

// Copies between a strip and rows of adjacent elements.
template <typename T, bool kToStrip>
void Move(const Strip& strip, T* rows) {
  for (int64_t r = 0; r < strip.rows; ++r) {
    std::byte* line = strip.data + r * strip.row_stride * static_cast<int64_t>(sizeof(T));
    for (int64_t c = 0; c < strip.cols; ++c) {
      std::byte* place = line + c * strip.col_stride * static_cast<int64_t>(sizeof(T));
      if constexpr (kToStrip) {
        std::memcpy(place, rows + r * strip.cols + c, sizeof(T));
      } else {
        std::memcpy(rows + r * strip.cols + c, place, sizeof(T));
      }
    }
  }
}

template <bool kToStrip>
void Move(uint32_t element, const Strip& strip, std::byte* rows) {
  switch (element) {
    case 1:
      return Move<uint8_t, kToStrip>(strip, reinterpret_cast<uint8_t*>(rows));
    case 2:
      return Move<uint16_t, kToStrip>(strip, reinterpret_cast<uint16_t*>(rows));
    case 4:
      return Move<uint32_t, kToStrip>(strip, reinterpret_cast<uint32_t*>(rows));
    default:
      return Move<uint64_t, kToStrip>(strip, reinterpret_cast<uint64_t*>(rows));
  }
}

// A strip with adjacent elements of the device's kind: the caller's memory where it is that already, else a copy.
class AdjacentStrip {
 public:
  AdjacentStrip(const Stack& stack, const Strip& strip, std::vector<std::byte>& room) : stack_(stack), strip_(strip) {
    const bool adjacent = strip.col_stride == 1 || strip.cols == 1;
    if (adjacent && !stack.converts()) {
      matrix = {strip.data, strip.rows, strip.cols, strip.row_stride};
      return;
    }
    const auto count = static_cast<size_t>(strip.rows * strip.cols);
    room.resize(count * (stack.element + (stack.converts() ? stack.device_element : 0)));
    host_ = room.data();
    Move<false>(stack.element, strip, host_);
    std::byte* device = host_;
    if (stack.converts()) {
      device += count * stack.element;
      Convert(stack.host_format, host_, stack.device_format, device, static_cast<int64_t>(count));
    }
    matrix = {device, strip.rows, strip.cols, strip.cols};
  }

  // Brings columns [from, to) of `matrix` back to the caller.
  void Return(int64_t from, int64_t to) const {
    if (!host_) return;
    if (stack_.converts()) {
      for (int64_t row = 0; row < strip_.rows; ++row) {
        const int64_t at = row * strip_.cols + from;
        Convert(stack_.device_format, static_cast<std::byte*>(matrix.data) + at * stack_.device_element,
                stack_.host_format, host_ + at * stack_.element, to - from);
      }
    }
    Move<true>(stack_.element, strip_, host_);
  }

  HostMatrix matrix;

 private:
  const Stack& stack_;
  const Strip& strip_;
  std::byte* host_ = nullptr;  // the caller's elements, adjacent; null where `matrix` is the caller's memory
};

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

void FillStrip(const Tensor& tensor, const Stack& stack, const HostMatrix& matrix, std::byte* const* pages) {
  if (tensor.layout == TensorLayout::kTile) {
    Tilize(tensor.format, matrix, [&](uint64_t page) { return pages[page]; });
    return;
  }
  for (int64_t at = 0; at < matrix.cols; at += stack.page_cols, ++pages) {
    const auto bytes = static_cast<size_t>(std::min(stack.page_cols, matrix.cols - at)) * stack.element;
    std::memcpy(*pages, static_cast<std::byte*>(matrix.data) + at * stack.element, bytes);
    std::memset(*pages + bytes, 0, tensor.page_size - bytes);
  }
}

void TakeStrip(const Tensor& tensor, const Stack& stack, const AdjacentStrip& strip, std::byte* const* pages) {
  const HostMatrix& matrix = strip.matrix;
  // Runs of written pages; the others (null) leave the caller's values alone.
  const int64_t count = stack.col_pages();
  for (int64_t first = 0, last; first < count; first = last) {
    for (last = first + 1; last < count && (pages[last] == nullptr) == (pages[first] == nullptr); ++last) continue;
    if (pages[first] == nullptr) continue;
    const int64_t from = first * stack.page_cols, to = std::min(matrix.cols, last * stack.page_cols);
    std::byte* data = static_cast<std::byte*>(matrix.data) + from * stack.device_element;
    if (tensor.layout == TensorLayout::kTile) {
      const HostMatrix part{data, matrix.rows, to - from, matrix.row_stride};
      Untilize(tensor.format, [&](uint64_t page) { return pages[first + static_cast<int64_t>(page)]; }, part);
      strip.Return(from, to);
      continue;
    }
    for (int64_t page = first; page < last; ++page, data += tensor.page_size) {
      const int64_t left = matrix.cols - page * stack.page_cols;
      std::memcpy(data, pages[page], static_cast<size_t>(std::min(stack.page_cols, left)) * stack.element);
    }
    strip.Return(from, to);
  }
}

}  // namespace

uint64_t PageCount(const Tensor& tensor) {
  const Stack stack = Describe(tensor, {});
  return stack.strips() * static_cast<uint64_t>(stack.col_pages());
}

void FillPages(const Tensor& tensor, const HostTensor& host, std::span<std::byte* const> pages) {
  const Stack stack = Describe(tensor, host.strides);
  ForRanges(stack.strips(), pages.size() * tensor.page_size, [&](uint64_t first, uint64_t last) {
    std::vector<std::byte> room;
    for (uint64_t index = first; index < last; ++index) {
      const Strip strip = StripOf(stack, host.data, index);
      const AdjacentStrip adjacent(stack, strip, room);
      FillStrip(tensor, stack, adjacent.matrix, &pages[index * static_cast<uint64_t>(stack.col_pages())]);
    }
  });
}

void TakePages(const Tensor& tensor, std::span<std::byte* const> pages, const HostTensor& host) {
  const Stack stack = Describe(tensor, host.strides);
  ForRanges(stack.strips(), pages.size() * tensor.page_size, [&](uint64_t first, uint64_t last) {
    std::vector<std::byte> room;
    for (uint64_t index = first; index < last; ++index) {
      const Strip strip = StripOf(stack, host.data, index);
      // A copy begins with the caller's values, so that what is not written comes back as it was.
      const AdjacentStrip adjacent(stack, strip, room);
      TakeStrip(tensor, stack, adjacent, &pages[index * static_cast<uint64_t>(stack.col_pages())]);
    }
  });
}

void WriteToDevice(const Tensor& tensor, const HostTensor& host, const emu::Buffer& buffer, emu::Device& device) {
  FillPages(tensor, host, PagePointers(buffer, device));
  device.MarkWritten(buffer);
}

void ReadFromDevice(const Tensor& tensor, const emu::Buffer& buffer, emu::Device& device, const HostTensor& host) {
  std::vector<std::byte*> pages = PagePointers(buffer, device);
  for (uint64_t page = 0; page < buffer.pages; ++page) {
    if (!device.Written(buffer, page)) pages[page] = nullptr;
  }
  TakePages(tensor, pages, host);
}

void ClearPadding(const Tensor& tensor, const emu::Buffer& buffer, emu::Device& device) {
  const Stack stack = Describe(tensor, {});
  if (stack.row.extent % stack.page_rows == 0 && stack.col.extent % stack.page_cols == 0) return;
  HostTensor host;
  host.shape = tensor.shape;
  host.strides.resize(tensor.shape.size());
  int64_t elements = 1;
  for (size_t d = tensor.shape.size(); d-- > 0;) {
    host.strides[d] = elements;
    elements *= tensor.shape[d];
  }
  std::vector<std::byte> values(static_cast<uint64_t>(elements) * stack.element);
  host.data = values.data();
  ReadFromDevice(tensor, buffer, device, host);
  std::vector<std::byte> room(buffer.pages * buffer.page_size);
  std::vector<std::byte*> pages;
  for (uint64_t page = 0; page < buffer.pages; ++page) pages.push_back(room.data() + page * buffer.page_size);
  FillPages(tensor, host, pages);
  for (uint64_t page = 0; page < buffer.pages; ++page)
    if (device.Written(buffer, page)) std::memcpy(device.Page(buffer, page), pages[page], buffer.page_size);
}

}  // namespace tltt

#include "host_source.h"

namespace tltt {

const char kHostIncludes[] = R"text(
#include <array>
#include <cstdint>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>

using namespace tt::tt_metal;

namespace {
)text";

const char kHostTensors[] = R"text(
// One axis of a tensor as it lies in its file: elements, and elements from one to the next.
struct Axis {
  uint64_t extent = 1, stride = 0;
};

enum class Element { kFloat32, kFloat16, kBfloat16, kInteger, kPages };  // kPages: the file holds device pages as they are

struct KernelTensor {
  const char* name;
  Element element;
  uint32_t element_bytes;
  bool input, output;
  BufferType memory;
  uint32_t page_size;           // bytes
  bool tiled;                   // pages of 32x32 tiles; otherwise a page is one row, padded to page_size
  Axis row, column;             // the axes that tiles span
  std::vector<Axis> batch;      // the others, slowest first
  uint64_t file_bytes, pages;
  std::optional<BufferDistributionSpec> shards;  // none: interleaved

  uint64_t DeviceBytes() const { return pages * page_size; }
};

// Calls visit(byte offset in the device's pages, byte offset in the file) for every element. A tile is four faces of
// 16x16 elements, and the tiles of a matrix are in row-major order.
template <typename Visit>
void ForEachElement(const KernelTensor& tensor, Visit visit) {
  constexpr uint64_t kTile = 32, kFace = 16;
  uint64_t batches = 1;
  for (const Axis& axis : tensor.batch) batches *= axis.extent;
  const uint64_t tile_rows = (tensor.row.extent + kTile - 1) / kTile;
  const uint64_t tile_columns = (tensor.column.extent + kTile - 1) / kTile;
  for (uint64_t batch = 0; batch < batches; ++batch) {
    uint64_t base = 0, rest = batch;
    for (auto axis = tensor.batch.rbegin(); axis != tensor.batch.rend(); ++axis) {
      base += rest % axis->extent * axis->stride;
      rest /= axis->extent;
    }
    for (uint64_t m = 0; m < tensor.row.extent; ++m) {
      for (uint64_t n = 0; n < tensor.column.extent; ++n) {
        uint64_t at = 0;
        if (tensor.tiled) {
          const uint64_t tile = (batch * tile_rows + m / kTile) * tile_columns + n / kTile;
          const uint64_t face = m % kTile / kFace * 2 + n % kTile / kFace;
          at = (tile * kTile * kTile + face * kFace * kFace + m % kFace * kFace + n % kFace) * tensor.element_bytes;
        } else {
          at = (batch * tensor.row.extent + m) * tensor.page_size + n * tensor.element_bytes;
        }
        visit(at, (base + m * tensor.row.stride + n * tensor.column.stride) * tensor.element_bytes);
      }
    }
  }
}

std::vector<uint8_t> ToPages(const KernelTensor& tensor, const std::vector<uint8_t>& file) {
  if (tensor.element == Element::kPages) return file;
  std::vector<uint8_t> pages(tensor.DeviceBytes());  // padding is zero
  ForEachElement(tensor, [&](uint64_t at, uint64_t from) { std::memcpy(&pages[at], &file[from], tensor.element_bytes); });
  return pages;
}

std::vector<uint8_t> FromPages(const KernelTensor& tensor, const std::vector<uint8_t>& pages) {
  if (tensor.element == Element::kPages) return pages;
  std::vector<uint8_t> file(tensor.file_bytes);
  ForEachElement(tensor, [&](uint64_t at, uint64_t to) { std::memcpy(&file[to], &pages[at], tensor.element_bytes); });
  return file;
}

// Multiples of 1/64 in [-1, 1), exact in every float format; integers from 0 to 15.
std::vector<uint8_t> SampleData(const KernelTensor& tensor, uint32_t seed) {
  std::vector<uint8_t> file(tensor.file_bytes);
  if (tensor.element == Element::kPages) return file;
  for (uint64_t at = 0; at < file.size(); at += tensor.element_bytes) {
    seed = seed * 1664525u + 1013904223u;
    const float value = (static_cast<int>(seed >> 25) - 64) / 64.0f;
    uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof(bits));
    switch (tensor.element) {
      case Element::kFloat32: break;
      case Element::kBfloat16: bits >>= 16; break;
      case Element::kFloat16:
        if (value != 0) bits = (bits >> 16 & 0x8000) | ((bits >> 23 & 0xff) - 112) << 10 | (bits >> 13 & 0x3ff);
        break;
      case Element::kInteger:
      case Element::kPages: bits = seed >> 28; break;
    }
    std::memcpy(&file[at], &bits, tensor.element_bytes);  // little-endian, as the device
  }
  return file;
}

std::vector<uint8_t> ReadFile(const KernelTensor& tensor, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<uint8_t> data((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in || data.size() != tensor.file_bytes) {
    throw std::runtime_error(path + ": need " + std::to_string(tensor.file_bytes) + " bytes for " + tensor.name +
                             ", could read " + std::to_string(data.size()));
  }
  return data;
}

void WriteFile(const std::string& path, const std::vector<uint8_t>& data) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
  if (!out.flush()) throw std::runtime_error("can't write " + path);
}

std::shared_ptr<distributed::MeshBuffer> CreateBuffer(const KernelTensor& tensor, distributed::MeshDevice& device) {
  return distributed::MeshBuffer::create(
      distributed::ReplicatedBufferConfig{.size = tensor.DeviceBytes()},
      distributed::DeviceLocalBufferConfig{.page_size = tensor.page_size, .buffer_type = tensor.memory,
                                           .sharding_args = BufferShardingArgs(tensor.shards)}, &device);
}

[[maybe_unused]] uint32_t AddressOf(const std::shared_ptr<distributed::MeshBuffer>& buffer) {
  return static_cast<uint32_t>(buffer->address());
}

// The kernels lie beside this file.
std::string KernelPath(const char* file) {
  return (std::filesystem::absolute(__FILE__).parent_path() / file).string();
}
)text";

const char kHostMain[] = R"text(
void Run(const std::map<std::string, std::string>& files) {
  const std::vector<KernelTensor> tensors = Tensors();
  const auto device = distributed::MeshDevice::create_unit_mesh(0);
  distributed::MeshCommandQueue& queue = device->mesh_command_queue();

  std::vector<std::shared_ptr<distributed::MeshBuffer>> buffers;
  for (const KernelTensor& tensor : tensors) {
    auto buffer = buffers.emplace_back(CreateBuffer(tensor, *device));
    // Outputs are filled too, with zeros: the kernel may leave elements alone.
    std::vector<uint8_t> data(tensor.file_bytes);
    if (tensor.input) {
      const auto file = files.find(tensor.name);
      data = file == files.end() ? SampleData(tensor, static_cast<uint32_t>(buffers.size())) : ReadFile(tensor, file->second);
    }
    const std::vector<uint8_t> pages = ToPages(tensor, data);
    distributed::EnqueueWriteMeshBuffer(queue, buffer, pages, /*blocking=*/true);
  }

  distributed::MeshWorkload workload;
  workload.add_program(distributed::MeshCoordinateRange(device->shape()), BuildProgram(buffers));
  distributed::EnqueueMeshWorkload(queue, workload, /*blocking=*/false);

  for (size_t i = 0; i < tensors.size(); ++i) {
    if (!tensors[i].output) continue;
    std::vector<uint8_t> pages(tensors[i].DeviceBytes());
    distributed::EnqueueReadMeshBuffer(queue, pages, buffers[i], /*blocking=*/true);
    const auto file = files.find(tensors[i].name);
    // An inout tensor keeps its input file: the result goes beside it.
    const bool named = file != files.end() && !tensors[i].input;
    const std::string path = named ? file->second : std::string(tensors[i].name) + ".out.bin";
    WriteFile(path, FromPages(tensors[i], pages));
    std::cout << tensors[i].name << " -> " << path << "\n";
  }
  buffers.clear();
  device->close();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::map<std::string, std::string> files;
    for (int i = 1; i < argc; ++i) {
      const std::string argument = argv[i];
      const size_t equals = argument.find('=');
      bool known = false;
      for (const KernelTensor& tensor : Tensors()) known = known || argument.substr(0, equals) == tensor.name;
      if (equals == std::string::npos || !known) throw std::runtime_error("expected TENSOR=FILE, not " + argument);
      files[argument.substr(0, equals)] = argument.substr(equals + 1);
    }
    std::cout << kKernelName << ": " << kPartitionMode << " partition, " << kCoreRuntimeArgs.size() << " cores\n";
    Run(files);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
}
)text";

}  // namespace tltt

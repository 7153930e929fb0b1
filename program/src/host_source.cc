#include "host_source.h"

namespace tltt {

const char kHostIncludes[] = R"text(
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <sstream>
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
  uint64_t pages;
  const char* numpy;            // element type in .npy files; empty: raw files only
  uint64_t file_bytes;
  std::vector<uint64_t> shape;
  Axis row, column;             // the axes that tiles span
  std::vector<Axis> batch;      // the others, slowest first
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
          const uint64_t on_page = tensor.page_size / tensor.element_bytes;  // a long row takes several pages
          const uint64_t row_pages = (tensor.column.extent + on_page - 1) / on_page;
          const uint64_t page = (batch * tensor.row.extent + m) * row_pages + n / on_page;
          at = page * tensor.page_size + n % on_page * tensor.element_bytes;
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

// The bits of a float32 as the tensor's element, rounded to nearest even, and back.
uint32_t FromFloat(Element element, float value) {
  uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  const uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  switch (element) {
    case Element::kBfloat16: return magnitude > 0x7f800000 ? 0x7fc0 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    case Element::kFloat16: {
      if (magnitude > 0x7f800000) return 0x7e00;
      if (magnitude >= 0x477ff000) return sign | 0x7c00;  // 65520 and more
      if (magnitude < 0x38800000) return sign | static_cast<uint32_t>(std::nearbyint(std::fabs(value) * 16777216.0f));
      const uint32_t shifted = magnitude - 0x38000000;
      return sign | (shifted + 0xfff + (shifted >> 13 & 1)) >> 13;
    }
    default: return bits;
  }
}

float ToFloat(Element element, const uint8_t* bytes) {
  uint32_t bits = 0;
  std::memcpy(&bits, bytes, element == Element::kFloat32 ? 4 : 2);
  if (element == Element::kFloat16) {
    const int exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
    const float magnitude = exponent == 31 ? (fraction != 0 ? NAN : INFINITY)
                            : exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                            : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
  }
  if (element == Element::kBfloat16) bits <<= 16;
  float value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

bool IsFloat(const KernelTensor& tensor) { return tensor.element <= Element::kBfloat16; }

// Multiples of 1/64 in [-1, 1), exact in every float format; integers from 0 to 15.
std::vector<uint8_t> SampleData(const KernelTensor& tensor, uint32_t seed) {
  std::vector<uint8_t> elements(tensor.file_bytes);
  if (tensor.element == Element::kPages) return elements;
  for (uint64_t at = 0; at < elements.size(); at += tensor.element_bytes) {
    seed = seed * 1664525u + 1013904223u;
    const float value = (static_cast<int>(seed >> 25) - 64) / 64.0f;
    const uint32_t bits = IsFloat(tensor) ? FromFloat(tensor.element, value) : seed >> 28;
    std::memcpy(&elements[at], &bits, tensor.element_bytes);  // little-endian, as the device
  }
  return elements;
}

bool IsNumpy(const std::string& path) { return path.ends_with(".npy"); }

// The text of a .npy file's header for this tensor.
std::string NumpyHeader(const std::string& type, const std::vector<uint64_t>& shape) {
  std::string text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (";
  for (const uint64_t extent : shape) text += std::to_string(extent) + ", ";
  return text + "), }";
}

// Without blanks, and without the commas behind a list's last entry: numpy may write them or not.
std::string Normal(const std::string& header) {
  return std::regex_replace(header, std::regex("[ \\n]|,(?=[ \\n]*[)}])"), "");
}

// A tensor's elements: from a .npy file of its type or of float32, or from a file that holds just them, row-major.
std::vector<uint8_t> ReadFile(const KernelTensor& tensor, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<uint8_t> data((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in) throw std::runtime_error("can't read " + path);
  uint64_t item = tensor.element_bytes;  // bytes of one in the file
  if (IsNumpy(path)) {
    if (data.size() < 12 || std::memcmp(data.data(), "\x93NUMPY", 6) != 0) throw std::runtime_error(path + " is no .npy file");
    const size_t start = data[6] == 1 ? 10 : 12;
    const size_t length = data[8] + 256u * data[9] + (data[6] == 1 ? 0 : 65536u * data[10]);
    if (start + length > data.size()) throw std::runtime_error(path + " ends in its header");
    const std::string header(data.begin() + start, data.begin() + start + length);
    std::vector<std::string> types{tensor.numpy};
    if (tensor.element == Element::kBfloat16) types.insert(types.end(), {"|V2", "<u2"});  // numpy has no bfloat16
    if (IsFloat(tensor)) types.push_back("<f4");
    const auto type = std::find_if(types.begin(), types.end(), [&](const std::string& t) {
      return !t.empty() && Normal(header) == Normal(NumpyHeader(t, tensor.shape));
    });
    if (type == types.end()) {
      throw std::runtime_error(path + ": " + tensor.name + " needs " + NumpyHeader(tensor.numpy, tensor.shape) + ", this is " + header);
    }
    data.erase(data.begin(), data.begin() + start + length);
    if (*type == "<f4") item = 4;
  }
  const uint64_t items = tensor.file_bytes / tensor.element_bytes;
  if (data.size() != items * item) {
    throw std::runtime_error(path + ": need " + std::to_string(items * item) + " bytes for " + tensor.name +
                             ", could read " + std::to_string(data.size()));
  }
  if (item == tensor.element_bytes) return data;
  std::vector<uint8_t> elements(tensor.file_bytes);
  for (uint64_t i = 0; i < items; ++i) {
    const uint32_t bits = FromFloat(tensor.element, ToFloat(Element::kFloat32, &data[i * item]));
    std::memcpy(&elements[i * tensor.element_bytes], &bits, tensor.element_bytes);
  }
  return elements;
}

void WriteFile(const KernelTensor& tensor, const std::string& path, const std::vector<uint8_t>& elements) {
  std::ofstream out(path, std::ios::binary);
  if (IsNumpy(path)) {
    if (*tensor.numpy == 0) throw std::runtime_error(std::string(tensor.name) + " has no numpy type: name a file without .npy");
    std::string header = NumpyHeader(tensor.numpy, tensor.shape);
    header.resize((header.size() + 11 + 63) / 64 * 64 - 11, ' ');
    header += '\n';
    out << std::string("\x93NUMPY\x01\0", 8) << static_cast<char>(header.size() % 256) << static_cast<char>(header.size() / 256);
    out << header;
  }
  out.write(reinterpret_cast<const char*>(elements.data()), static_cast<std::streamsize>(elements.size()));
  if (!out.flush()) throw std::runtime_error("can't write " + path);
}

// Whether a result is what was expected: floats within `tolerance` of the largest expected magnitude, all else exactly.
bool Compare(const KernelTensor& tensor, const std::vector<uint8_t>& got, const std::vector<uint8_t>& want, double tolerance) {
  double error = 0, largest = 0;  // of other elements: how many differ
  for (uint64_t at = 0; at < got.size(); at += tensor.element_bytes) {
    if (!IsFloat(tensor)) {
      error += std::memcmp(&got[at], &want[at], tensor.element_bytes) != 0;
      continue;
    }
    const double g = ToFloat(tensor.element, &got[at]), w = ToFloat(tensor.element, &want[at]);
    if (std::isfinite(w)) largest = std::max(largest, std::fabs(w));
    if (g == w || (std::isnan(g) && std::isnan(w))) continue;
    error = std::isnan(g - w) ? INFINITY : std::max(error, std::fabs(g - w));
  }
  const bool good = error <= tolerance * largest;
  std::cout << tensor.name << (good ? ": as expected, " : ": NOT as expected, ");
  if (IsFloat(tensor)) std::cout << "largest error " << error << " of values up to " << largest << "\n";
  if (!IsFloat(tensor)) std::cout << error << " elements differ\n";
  return good;
}

using Buffers = std::vector<std::shared_ptr<distributed::MeshBuffer>>;  // of a launch's tensors, in their order
using Elements = std::map<std::string, std::vector<uint8_t>>;  // of each tensor, as its file has them

// One launch: its tensors go to the device, its results come back.
void Launch(distributed::MeshDevice& device, const std::vector<KernelTensor>& tensors,
            Program (*build_program)(const distributed::MeshDevice&, const Buffers&), Elements& elements) {
  distributed::MeshCommandQueue& queue = device.mesh_command_queue();
  Buffers buffers;
  for (const KernelTensor& tensor : tensors) {
    auto buffer = buffers.emplace_back(distributed::MeshBuffer::create(
        distributed::ReplicatedBufferConfig{.size = tensor.DeviceBytes()},
        distributed::DeviceLocalBufferConfig{.page_size = tensor.page_size, .buffer_type = tensor.memory,
                                             .sharding_args = BufferShardingArgs(tensor.shards)}, &device));
    std::vector<uint8_t>& data = elements[tensor.name];
    if (data.empty()) data.resize(tensor.file_bytes);  // nobody has written it yet
    if (data.size() != tensor.file_bytes) {
      throw std::runtime_error(std::string(tensor.name) + " lies on the device in one way here and in another there");
    }
    const std::vector<uint8_t> pages = ToPages(tensor, data);
    distributed::EnqueueWriteMeshBuffer(queue, buffer, pages, /*blocking=*/true);
  }

  distributed::MeshWorkload workload;
  workload.add_program(distributed::MeshCoordinateRange(device.shape()), build_program(device, buffers));
  distributed::EnqueueMeshWorkload(queue, workload, /*blocking=*/false);

  for (size_t i = 0; i < tensors.size(); ++i) {
    if (!tensors[i].output) continue;
    std::vector<uint8_t> pages(tensors[i].DeviceBytes());
    distributed::EnqueueReadMeshBuffer(queue, pages, buffers[i], /*blocking=*/true);
    elements[tensors[i].name] = FromPages(tensors[i], pages);
  }
}

// The kernels, and the folder `data`, lie beside this file.
std::string Beside(const std::string& file) {
  return (std::filesystem::absolute(__FILE__).parent_path() / file).string();
}

[[maybe_unused]] uint32_t AddressOf(const std::shared_ptr<distributed::MeshBuffer>& buffer) {
  return static_cast<uint32_t>(buffer->address());
}

// Compile-time arguments: how each tensor's pages lie in memory, then numbers.
[[maybe_unused]] std::vector<uint32_t> CompileArgs(const Buffers& tensors, const std::vector<uint32_t>& numbers = {}) {
  std::vector<uint32_t> args;
  for (const auto& tensor : tensors) TensorAccessorArgs(*tensor).append_to(args);
  args.insert(args.end(), numbers.begin(), numbers.end());
  return args;
}

struct PagesOf {
  tt::CBIndex index;
  tt::DataFormat format;
  uint32_t page_size;  // bytes
};

// A circular buffer of so many bytes on each core, under one index or several; on a tensor's shards if one is given.
template <typename Cores>
void AddCircularBuffer(Program& program, const Cores& cores, uint32_t bytes, const std::vector<PagesOf>& indices,
                       const std::shared_ptr<distributed::MeshBuffer>& shards = nullptr) {
  std::map<uint8_t, tt::DataFormat> formats;
  for (const PagesOf& pages : indices) formats.emplace(pages.index, pages.format);
  CircularBufferConfig config(bytes, formats);
  for (const PagesOf& pages : indices) config.set_page_size(pages.index, pages.page_size);
  if (shards) config.set_globally_allocated_address(*shards->get_backing_buffer());
  CreateCircularBuffer(program, cores, config);
}

template <size_t N>
struct CoreRow {
  uint32_t x, y;
  std::array<uint32_t, N> args;
};
)text";

const char kHostUnpack[] = R"text(
// fp32 tiles of these circular buffers go straight to DST: the FPU's source registers would keep 19 bits of an element.
std::vector<UnpackToDestMode> UnpackFp32(const std::vector<tt::CBIndex>& indices) {
  std::vector<UnpackToDestMode> modes(NUM_CIRCULAR_BUFFERS, UnpackToDestMode::Default);
  for (const tt::CBIndex index : indices) modes[index] = UnpackToDestMode::UnpackToDestFp32;
  return modes;
}
)text";

const char kHostNoc[] = R"text(
struct NocCoordinates {
  uint32_t x, y;
};

// Where a core lies on the NoC, for kernels that address one another.
NocCoordinates NocOf(const distributed::MeshDevice& device, uint32_t x, uint32_t y) {
  const CoreCoord core = device.worker_core_from_logical_core(CoreCoord{x, y});
  return {static_cast<uint32_t>(core.x), static_cast<uint32_t>(core.y)};
}
)text";

const char kHostArguments[] = R"text(
// A tensor of the function: as one launch has it, read or written by any.
KernelTensor Argument(KernelTensor tensor, bool input, bool output) {
  tensor.input = input, tensor.output = output;
  return tensor;
}
)text";

const char kHostMain[] = R"text(
struct Arguments {
  std::map<std::string, std::string> files;     // tensor -> file: inputs are read, outputs written
  std::map<std::string, std::string> expected;  // output -> file that it is compared with
  double tolerance = 0.01;
};

Arguments Parse(int argc, char** argv) {
  Arguments arguments;
  const std::vector<KernelTensor> tensors = Tensors();
  for (const KernelTensor& tensor : tensors) {
    const std::string stored = Beside("data/" + std::string(tensor.name));
    if (tensor.input && std::filesystem::exists(stored + ".npy")) arguments.files[tensor.name] = stored + ".npy";
    const std::string expected = stored + ".expected.npy";
    if (tensor.output && std::filesystem::exists(expected)) arguments.expected[tensor.name] = expected;
  }
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument == "--tolerance" && i + 1 < argc && std::istringstream(argv[i + 1]) >> arguments.tolerance) {
      ++i;
      continue;
    }
    const bool expect = argument == "--expect" && i + 1 < argc;
    if (expect) argument = argv[++i];
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const auto known = std::find_if(tensors.begin(), tensors.end(), [&](const KernelTensor& t) { return name == t.name; });
    if (equals == std::string::npos || known == tensors.end()) {
      throw std::runtime_error("expected TENSOR=FILE, --expect TENSOR=FILE or --tolerance NUMBER, not " + argument);
    }
    if (expect && !known->output) throw std::runtime_error(name + " is no output");
    (expect ? arguments.expected : arguments.files)[name] = argument.substr(equals + 1);
  }
  return arguments;
}

// Whether the device is one that the kernels were compiled for.
void CheckDevice(distributed::MeshDevice& device) {
  if (device.arch() != kArch) throw std::runtime_error(std::string("the kernels are for ") + kArchName + ", the device is not");
  const CoreCoord grid = device.compute_with_storage_grid_size();
  if (grid.x < kGrid[0] || grid.y < kGrid[1]) {
    throw std::runtime_error("the kernels need " + std::to_string(kGrid[0]) + "x" + std::to_string(kGrid[1]) +
                             " worker cores, the device has " + std::to_string(grid.x) + "x" + std::to_string(grid.y));
  }
}

bool Run(const Arguments& arguments) {
  const std::vector<KernelTensor> tensors = Tensors();
  const auto device = distributed::MeshDevice::create_unit_mesh(0);
  CheckDevice(*device);

  Elements elements;
  for (const KernelTensor& tensor : tensors) {
    // Outputs are zeros before: the kernel may leave elements alone.
    std::vector<uint8_t>& data = elements[tensor.name];
    data.resize(tensor.file_bytes);
    if (!tensor.input) continue;
    const auto file = arguments.files.find(tensor.name);
    data = file == arguments.files.end() ? SampleData(tensor, static_cast<uint32_t>(elements.size()))
                                         : ReadFile(tensor, file->second);
  }
  RunLaunches(*device, elements);

  bool good = true;
  for (const KernelTensor& tensor : tensors) {
    if (!tensor.output) continue;
    const std::vector<uint8_t>& result = elements[tensor.name];
    const auto file = arguments.files.find(tensor.name);
    // An inout tensor keeps its input file: the result goes beside it.
    const bool named = file != arguments.files.end() && !tensor.input;
    const std::string path = named ? file->second : std::string(tensor.name) + ".out.bin";
    WriteFile(tensor, path, result);
    std::cout << tensor.name << " -> " << path << "\n";
    const auto expected = arguments.expected.find(tensor.name);
    if (expected != arguments.expected.end()) {
      good = Compare(tensor, result, ReadFile(tensor, expected->second), arguments.tolerance) && good;
    }
  }
  device->close();
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Arguments arguments = Parse(argc, argv);
    std::cout << kKernelName << ": " << Summary() << "\n";
    return Run(arguments) ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 2;
  }
}
)text";

}  // namespace tltt

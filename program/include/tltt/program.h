// The seam of the project: what the compiler produces and what every executor consumes.
//
// A Program is a TT-Metalium program in the shape of ttnn's ProgramDescriptor: kernels (C++ source text with
// compile-time and runtime arguments), circular buffers and semaphores, on ranges of cores; and, beside it, the tensors
// whose device addresses the kernels receive. Nothing above this header knows how kernels are run; nothing below it
// knows TVM.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tltt {

// Numbering of TT-Metalium's tt::DataFormat, which the device headers and the plan share.
enum class DataFormat : uint8_t {
  kFloat32 = 0,
  kFloat16 = 1,
  kBfp8 = 2,
  kBfp4 = 3,
  kFloat16_b = 5,
  kBfp8_b = 6,
  kBfp4_b = 7,
  kInt32 = 8,
  kUInt16 = 9,
  kInt8 = 14,
  kUInt32 = 24,
  kUInt8 = 30,
};

const char* DataFormatName(DataFormat format);  // "Float16_b", as tt::DataFormat spells it
std::optional<DataFormat> DataFormatFromName(const std::string& name);
// "bfloat16" -> kFloat16_b; nullopt if unsupported. What has no format of its own travels as numbers of its size: bool
// and fp8 as kUInt8, int16 as kUInt16, an element of 64 bits as two kUInt32.
std::optional<DataFormat> DataFormatOfDtype(const std::string& dtype);
uint32_t ElementBytesOfDtype(
    const std::string& dtype);          // of the caller's tensors and of pages of rows; 0 if unsupported
uint32_t TileBytes(DataFormat format);  // bytes of one 32x32 tile: 2048 for 16-bit, 1088 for bfp8

inline constexpr int kTileHeight = 32;
inline constexpr int kTileWidth = 32;

// Logical worker coordinates: x counts columns, y counts rows, (0,0) is the first worker core.
struct Core {
  uint16_t x = 0, y = 0;
  auto operator<=>(const Core&) const = default;
};

// A rectangle of cores; extent counts columns and rows.
struct CoreRange {
  Core start;
  uint16_t width = 1, height = 1;
  bool Contains(Core c) const {
    return c.x >= start.x && c.y >= start.y && c.x < start.x + width && c.y < start.y + height;
  }
};

// reader: NCRISC (RISCV_1) on NoC 0. writer: BRISC (RISCV_0) on NoC 1. compute: the three TRISCs.
enum class Role : uint8_t { kReader, kCompute, kWriter };
const char* RoleName(Role role);

enum class MathFidelity : uint8_t { kLoFi = 0, kHiFi2 = 2, kHiFi3 = 3, kHiFi4 = 4 };

struct ComputeConfig {
  MathFidelity math_fidelity = MathFidelity::kHiFi4;
  bool fp32_dest_acc_en = false;  // DST holds 32-bit values, half as many tiles
  bool dst_full_sync_en = false;  // one DST bank of full size instead of two halves
  bool math_approx_mode = false;
  std::vector<uint32_t> unpack_to_dest_fp32;  // CB indices unpacked straight to DST in full fp32
};

// One slot of a kernel's runtime arguments.
struct RuntimeArg {
  // kNocX, kNocY: a coordinate on the NoC of the core whose logical x and y stand in two columns of core_args rows, the
  // first of which is `value`.
  enum class Kind : uint8_t { kTensorAddress, kCommon, kPerCore, kNocX, kNocY };
  std::string name;
  Kind kind = Kind::kPerCore;
  uint32_t value =
      0;  // kTensorAddress: index into Program::tensors; kCommon: the value; kPerCore: column of core_args rows
};

// Lines [line, line + count) of a kernel's source, from 1, were made of line `origin` of Program::source_files[file].
struct LineOrigin {
  uint32_t line = 0, count = 1;
  uint32_t file = 0, origin = 0;
  bool operator==(const LineOrigin&) const = default;
};

struct Kernel {
  std::string name;  // "reader", or the user's name for it
  Role role = Role::kReader;
  std::string path;    // file name for messages and caches ("reader.cpp")
  std::string source;  // full text
  std::vector<CoreRange> cores;
  std::vector<uint32_t> compile_time_args;
  // Tensors (indices into Program::tensors) whose AccessorArgs stand first in compile_time_args, in this order. The
  // host program then asks TensorAccessorArgs for them; empty: it passes every argument as the number that it is.
  std::vector<uint32_t> accessors;
  std::map<std::string, uint32_t> named_compile_time_args;
  std::map<std::string, std::string> defines;
  // A core's arguments are args[i] resolved in order; where `args` is empty they are its row of core_args as it stands.
  std::vector<RuntimeArg> args;
  std::map<Core, std::vector<uint32_t>> core_args;
  std::vector<uint32_t> common_args;  // get_common_arg_val
  ComputeConfig compute;              // role kCompute only
  std::vector<LineOrigin> origins;  // ascending and disjoint; lines that nothing of the user's stands behind have none
};

// The user's line behind line `line` of the kernel's source; null where there is none.
const LineOrigin* OriginOf(const Kernel& kernel, uint32_t line);

struct CircularBufferFormat {
  uint32_t index = 0;  // 0..31
  DataFormat format = DataFormat::kFloat16_b;
  uint32_t page_size = 0;  // bytes
};

struct CircularBuffer {
  std::string name;         // "cb_in0"
  uint32_t total_size = 0;  // bytes in L1, a multiple of every page_size
  std::vector<CoreRange> cores;
  std::vector<CircularBufferFormat> formats;  // several indices may share one region
  std::optional<uint32_t> tensor;             // index into Program::tensors: the CB lies on that tensor's L1 shard
  bool read_in_parts = false;  // its consumer may pop pages that it did not read: no finding of check mode
};

struct Semaphore {
  uint32_t id = 0;
  std::vector<CoreRange> cores;
  uint32_t initial_value = 0;
};

enum class Memory : uint8_t { kDram, kL1 };
enum class TensorLayout : uint8_t {
  kTile,
  kRowMajor
};  // kTile: 32x32 tiles of four 16x16 faces, rows and columns zero-padded
enum class Access : uint8_t { kIn, kOut, kInOut };

// Where the pages of a sharded tensor lie. They form an array of tensor_pages (row-major, the order of page numbers),
// cut into shards of shard_pages; those at the edges are padded. Shard s (row-major over the shards) is the (s /
// banks)-th of bank s % banks, its pages row-major and adjacent.
struct ShardSpec {
  std::vector<uint32_t> tensor_pages, shard_pages;  // of equal length
  std::vector<Core> banks;                          // L1: worker cores; DRAM: x is the bank's number, y is 0
  bool operator==(const ShardSpec&) const = default;
};

// A tensor argument of the user's kernel, in the caller's order. In kTile layout a tensor of shape [..., M, N] is
// prod(...) * ceil(M/32) * ceil(N/32) pages, row-major; rank 1 [N] counts as [1, N]; rank 0 as [1, 1].
struct Tensor {
  std::string name;
  std::string dtype;           // the caller's dtype: "bfloat16"
  std::string packed;          // "int4": dtype is uint8, and each of the caller's bytes holds elements of this dtype
  std::vector<int64_t> shape;  // elements
  DataFormat format = DataFormat::kFloat16_b;
  Memory memory = Memory::kDram;
  TensorLayout layout = TensorLayout::kTile;
  Access access = Access::kIn;
  uint32_t page_size = 0;           // bytes
  std::optional<ShardSpec> shards;  // none: pages are interleaved over the banks of `memory`
  // The axes of `shape` that tiles span, {row, col}; the others are batch axes, in order. Row -1: every vector along
  // `col` fills row 0 of tiles of its own. Empty: the last two axes (rank 1: {-1, 0}; rank 0: {-1, -1}, one tile).
  std::vector<int> tile_axes;
  // Not 0: the last axis is cut into vectors of so many elements, a multiple of 32 that divides it. Each fills tiles of
  // its own as a matrix of rows of 32 elements, and tile_axes is empty.
  int64_t vector = 0;
};

// What TensorAccessorArgs<N> reads of a tensor from the compile-time arguments: a configuration word (bit 0: sharded,
// bit 1: in DRAM) and the page size in bytes, which has to be a multiple of the memory's alignment; of a sharded tensor
// also rank, number of banks, tensor and shard shape in pages, and the banks' coordinates, two to a word.
std::vector<uint32_t> AccessorArgs(const Tensor& tensor);

// One run of work of one core, in the plan's units: `count` grid blocks from row io, column jo on, in tile_order.
struct WorkItem {
  int64_t io = 0, jo = 0;
  int64_t count = 1;
  // Block-cyclic: after `chunk` consecutive blocks the next one is that `stride` places after the chunk's first. 0:
  // none.
  int64_t chunk = 0, stride = 0;
  std::optional<int64_t> len_k;  // K extent in tiles
  std::string tile_order;        // "row_major", ... ; empty: row_major
};

struct WorkPartition {
  std::string mode = "global";        // or "local_shard"
  std::string policy = "contiguous";  // or "block_cyclic", "custom"
  std::string order = "row_major";    // of tile_order.h, or "custom": every core has its own list
  std::vector<int64_t> grid_blocks;   // extents of the user's grid, x fastest: [gx, gy, gz]
  std::map<Core, std::vector<WorkItem>> items;
};

struct Program {
  std::string name;                    // the user's kernel
  std::string arch = "wormhole_b0";    // or "blackhole"
  std::string chip = "n150";           // chip description, see chip.h
  Core grid;                           // extent of the core grid that the kernel was compiled for: x columns, y rows
  std::vector<CoreRange> core_ranges;  // cores that are launched
  std::vector<Kernel> kernels;
  std::vector<CircularBuffer> circular_buffers;
  std::vector<Semaphore> semaphores;
  std::vector<Tensor> tensors;            // in the order of the user's parameters
  std::vector<std::string> source_files;  // the user's files by name, without their folders; see LineOrigin
  WorkPartition work;
};

}  // namespace tltt

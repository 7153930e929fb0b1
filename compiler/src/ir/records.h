// Typed views of the records that passes keep in function attributes: tensors (A1), circular buffers (C1-C3), compute
// configuration (C2). Attributes hold plain maps so that they print, compare and can be written by hand in tests.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "ir/attrs.h"
#include "ir/tvm.h"
#include "tltt/chip.h"
#include "tltt/program.h"

namespace tltt::compiler {

// Whether tile operations compute with the dtype.
bool HasTileArithmetic(const std::string& dtype);
// Integers that DST holds as they are, in 32 bits: the vector unit adds, multiplies, compares and shifts them.
bool IsWord(const std::string& dtype);
inline bool IsWord(DataType dtype) { return (dtype.is_int() || dtype.is_uint()) && dtype.bits() == 32; }
bool IsFloat(DataType dtype);  // of any width, bfloat16 and fp8 too
// Refuses dtypes that no tile operation takes; `what` names the tensor or buffer.
void RequireDtype(const std::string& dtype, const std::string& what, const Span& span);

// Refuses dtypes that the RISC-V cores do not compute with.
void RequireElementDtype(const std::string& dtype, const std::string& what, const Span& span);

int64_t CeilTiles(int64_t elements);  // elements of one axis -> tiles

// tt.buffer.<name>: a tensor parameter. Tiles span axes (row_axis, col_axis) of the shape; the other axes are batch.
struct TensorRecord {
  std::string name;
  std::string dtype;
  std::vector<int64_t> shape;
  std::string packed;  // what the caller's bytes hold several elements of: "int4"; "": dtype is the user's own
  int row_axis = -1;   // -1: every tile row holds one vector, in its row 0
  int col_axis = -1;   // -1: rank 0
  std::string memory = "DRAM";
  std::string layout = "interleaved";
  std::string data_format;  // of its tiles on the device; "": the dtype's own
  int64_t cb_depth = 0;     // blocks that circular buffers of this tensor hold; 0: chosen by C3
  // Sharded tensors, along the axes of page numbers (batch, row, column): extents in pages of the tensor and of a
  // shard, and the places for shards, of which the last ones stay empty where fewer cover the tensor. From B1 the banks
  // of the shards that are not empty (cores of L1; x alone counts in DRAM).
  std::vector<int64_t> tensor_pages, shard_pages, shard_grid;
  std::vector<Core> banks;
  // Elements that blocks may reach before and behind their core's shard, along the same axes; empty: any.
  std::vector<int64_t> halo_before, halo_behind;
  // The blocks that a core does are the pages of its shard, one block behind the other: a circular buffer can lie on
  // it.
  bool in_place = false;
  std::string walk;  // order in which a core walks the blocks of its shard; "": as they lie
  Span span;         // of the annotation; undefined of a tensor without one
  std::string access =
      "in";  // "in", "out", "inout", from reads and writes; "none" for a tensor that no statement touches

  // Not 0: elements of the vectors into which the last axis of the user's tensor is cut. `shape` ends in [vectors, rows
  // of a vector, 32] in its place, and tiles span the last two.
  int64_t vector = 0;

  // Elements of a page where pages are rows, or parts of one, padded to a multiple of 64 bytes; 0: pages are tiles.
  int64_t row_page = 0;

  int64_t PageBytes() const;
  int64_t TileRows() const { return row_axis < 0 ? 1 : CeilTiles(shape[row_axis]); }
  int64_t TileCols() const { return col_axis < 0 ? 1 : CeilTiles(shape[col_axis]); }
  int64_t Pages() const;  // of the whole tensor
  bool Sharded() const { return !shard_pages.empty(); }
  std::vector<int64_t> ProjectedGrid() const;  // places for shards along {rows and batches, columns}
  DataFormat Format() const;
};

// One circular buffer: a block of an on-chip buffer of the user's kernel, as tiles.
struct CbRecord {
  std::string name;    // "cb_in0"
  std::string buffer;  // the user's buffer, for messages and comments
  std::string dtype;
  std::string kind;            // "input" (reader), "output" (writer), "intermed" (compute alone), "index" (filled once)
  std::vector<int64_t> shape;  // elements, unit axes dropped
  std::string data_format;     // of its pages, where a tensor's annotation asks for another than the dtype's own
  bool column = false;         // rank 1 lies along tile rows (reductions) and not along tile columns
  bool tiles_transposed = false;  // tile (r, c) stands at c * rows + r: the reader stores W^T's tile grid for matmul
  // Tiles that move at a time, {0, 0}: the whole block. An output's block is handed to the writer piece by piece, row
  // of pieces after row, so that L1 need not hold it whole.
  int64_t chunk_rows = 0, chunk_cols = 0;
  int64_t depth = 1;           // chunks that fit at once
  bool read_in_parts = false;  // some reader takes a part of the block: tiles may be left that nobody reads
  std::string shard;   // the tensor on whose shard in the core's L1 the buffer lies, so that nothing is copied; or ""
  int64_t index = -1;  // hardware index, from C3

  int64_t Rows() const;        // tiles; those of all matrices of a batch
  int64_t MatrixRows() const;  // of one matrix
  int64_t Cols() const;
  int64_t Tiles() const { return Rows() * Cols(); }
  int64_t PageBytes() const { return TileBytes(Format()); }
  bool InChunks() const { return chunk_rows > 0; }
  int64_t ChunkTiles() const { return InChunks() ? chunk_rows * chunk_cols : Tiles(); }
  int64_t Bytes() const { return ChunkTiles() * depth * PageBytes(); }
  DataFormat Format() const;
};

class CbTable {
 public:
  static CbTable FromFunc(const PrimFunc& func);
  PrimFunc AttachTo(PrimFunc func) const;

  const CbRecord& at(const std::string& name) const;
  CbRecord& at(const std::string& name);
  void Add(CbRecord record) { records_.push_back(std::move(record)); }
  void Keep(const std::function<bool(const CbRecord&)>& pred);
  std::deque<CbRecord>& records() { return records_; }
  const std::deque<CbRecord>& records() const { return records_; }

 private:
  std::deque<CbRecord> records_;  // in order of first appearance; references stay valid when records are added
};

Map<String, Any> ToMap(const TensorRecord& record);
TensorRecord TensorFromMap(const Map<String, Any>& map);
// Records of all tensor parameters, in parameter order; empty before A1.
std::vector<TensorRecord> TensorsOf(const PrimFunc& func);
// The tensor of that name, or null.
const TensorRecord* FindTensor(const std::vector<TensorRecord>& tensors, const std::string& name);

struct ComputeRecord {
  bool fp32_dest_acc = false;
  bool dst_full_sync = false;
  bool math_approx = false;  // exp, exp2, tanh and sigmoid by their approximations
  std::string math_fidelity = "HiFi4";
  std::vector<std::string> unpack_to_dest;  // CBs whose fp32 tiles go to DST in full precision

  // Tiles of DST that one acquire gives: 8 of 16 bits in half sync; half as many in 32-bit mode; twice in full sync.
  int64_t DstTiles() const { return (dst_full_sync ? 16 : 8) / (fp32_dest_acc ? 2 : 1); }
};
ComputeRecord ComputeOf(const PrimFunc& func);
PrimFunc WithCompute(PrimFunc func, const ComputeRecord& record);

// The tenstorrent target of a function; ValueError for another one.
Target TargetOf(const PrimFunc& func);
// The chip that a target names; ValueError for unknown or contradicting options.
const Chip& ChipOf(const Target& target);
// Whether an optimisation is on: the target option `name`, which is 1 unless the user switches it off.
bool OptionOf(const Target& target, const char* name);

// Small readers of attribute maps; BrokenContract when a key is missing.
int64_t GetInt(const Map<String, Any>& map, const char* key);
std::string GetStr(const Map<String, Any>& map, const char* key);
std::vector<int64_t> GetInts(const Map<String, Any>& map, const char* key);
Array<Integer> ToInts(const std::vector<int64_t>& values);

}  // namespace tltt::compiler

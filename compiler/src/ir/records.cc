#include "ir/records.h"

#include <algorithm>
#include <functional>

#include "ir/diagnostic_codes.h"

namespace tltt::compiler {

namespace {

DataFormat FormatOf(const std::string& dtype) {
  auto format = DataFormatOfDtype(dtype);
  if (!format) BrokenContract("records", "dtype " + dtype + " has no data format");
  return *format;
}

DataFormat FormatNamed(const std::string& name) {
  auto format = DataFormatFromName(name);
  if (!format) BrokenContract("records", "no data format " + name);
  return *format;
}

Any Get(const Map<String, Any>& map, const char* key) {
  auto it = map.find(key);
  if (it == map.end()) BrokenContract("records", std::string("key ") + key + " is missing");
  return (*it).second;
}

// Integer's own constructor takes an int.
Integer Whole(int64_t value) {
  const bool narrow = value == static_cast<int32_t>(value);
  return Integer(IntImm(DataType::Int(narrow ? 32 : 64), value));
}

Map<String, Any> CbToMap(const CbRecord& cb) {
  Map<String, Any> map{{"buffer", String(cb.buffer)},
                       {"dtype", String(cb.dtype)},
                       {"kind", String(cb.kind)},
                       {"shape", ToInts(cb.shape)},
                       {"column", Integer(cb.column)},
                       {"tiles_transposed", Integer(cb.tiles_transposed)},
                       {"chunk", ToInts({cb.chunk_rows, cb.chunk_cols})},
                       {"depth", Integer(cb.depth)},
                       {"index", Integer(cb.index)}};
  if (!cb.data_format.empty()) map.Set("data_format", String(cb.data_format));
  if (!cb.shard.empty()) map.Set("shard", String(cb.shard));
  if (cb.read_in_parts) map.Set("read_in_parts", Integer(1));
  return map;
}

}  // namespace

void RequireDtype(const std::string& dtype, const std::string& what, const Span& span) {
  if (HasTileArithmetic(dtype) || IsWord(dtype)) return;
  Refuse(span, "Unsupported dtype " + dtype + " of " + what, "use bfloat16, float16, float32, int32 or uint32",
         Code::kDtype);
}

bool IsWord(const std::string& dtype) { return dtype == "int32" || dtype == "uint32"; }

bool HasTileArithmetic(const std::string& dtype) {
  return dtype == "bfloat16" || dtype == "float16" || dtype == "float32";
}

bool IsFloat(DataType dtype) {
  return dtype.is_float() || dtype.is_bfloat16() || dtype.is_float8() || dtype.is_float4_e2m1fn();
}

void RequireElementDtype(const std::string& dtype, const std::string& what, const Span& span) {
  if (DataFormatOfDtype(dtype)) return;
  Refuse(span, "Unsupported dtype " + dtype + " of " + what,
         "use bfloat16, float16, float32, float64, float8_e4m3fn, float8_e5m2, float8_e8m0fnu, float4_e2m1fn, bool or "
         "integers of "
         "4 and 8 to 64 bits",
         Code::kDtype);
}

int64_t CeilTiles(int64_t elements) { return (elements + kTileWidth - 1) / kTileWidth; }

int64_t GetInt(const Map<String, Any>& map, const char* key) { return Get(map, key).cast<Integer>()->value; }
std::string GetStr(const Map<String, Any>& map, const char* key) { return Get(map, key).cast<String>(); }
std::vector<int64_t> GetInts(const Map<String, Any>& map, const char* key) {
  std::vector<int64_t> out;
  for (const Integer& value : Get(map, key).cast<Array<Integer>>()) out.push_back(value->value);
  return out;
}
Array<Integer> ToInts(const std::vector<int64_t>& values) {
  Array<Integer> out;
  for (int64_t v : values) out.push_back(Whole(v));
  return out;
}

DataFormat TensorRecord::Format() const {
  if (data_format.empty()) return FormatOf(dtype);
  return FormatNamed(data_format);
}

int64_t TensorRecord::Pages() const {
  int64_t pages = TileRows() * TileCols();
  for (int axis = 0; axis < static_cast<int>(shape.size()); ++axis)
    if (axis != row_axis && axis != col_axis) pages *= shape[axis];
  return pages;
}
DataFormat CbRecord::Format() const { return data_format.empty() ? FormatOf(dtype) : FormatNamed(data_format); }

int64_t TensorRecord::PageBytes() const {
  return row_page > 0 ? row_page * ElementBytesOfDtype(dtype) : TileBytes(Format());
}

int64_t CbRecord::MatrixRows() const {
  if (shape.empty()) return 1;
  if (shape.size() == 1) return column ? CeilTiles(shape[0]) : 1;
  return CeilTiles(shape[shape.size() - 2]);
}

int64_t CbRecord::Rows() const {
  int64_t rows = MatrixRows();
  for (size_t i = 0; i + 2 < shape.size(); ++i) rows *= shape[i];
  return rows;
}

int64_t CbRecord::Cols() const {
  if (shape.empty()) return 1;
  if (shape.size() == 1) return column ? 1 : CeilTiles(shape[0]);
  return CeilTiles(shape.back());
}

CbTable CbTable::FromFunc(const PrimFunc& func) {
  CbTable table;
  auto attr = func->GetAttr<Array<Any>>(attr::kConceptualCbs);
  if (!attr) return table;
  for (const Any& item : attr.value()) {
    auto pair = item.cast<Array<Any>>();
    auto map = pair[1].cast<Map<String, Any>>();
    CbRecord cb;
    cb.name = pair[0].cast<String>();
    cb.buffer = GetStr(map, "buffer");
    cb.dtype = GetStr(map, "dtype");
    cb.kind = GetStr(map, "kind");
    cb.shape = GetInts(map, "shape");
    cb.column = GetInt(map, "column") != 0;
    cb.tiles_transposed = GetInt(map, "tiles_transposed") != 0;
    const std::vector<int64_t> chunk = GetInts(map, "chunk");
    cb.chunk_rows = chunk[0];
    cb.chunk_cols = chunk[1];
    cb.depth = GetInt(map, "depth");
    cb.index = GetInt(map, "index");
    if (map.count("data_format")) cb.data_format = GetStr(map, "data_format");
    if (map.count("shard")) cb.shard = GetStr(map, "shard");
    cb.read_in_parts = map.count("read_in_parts") > 0;
    table.Add(std::move(cb));
  }
  return table;
}

PrimFunc CbTable::AttachTo(PrimFunc func) const {
  Array<Any> out;
  for (const CbRecord& cb : records_) out.push_back(Array<Any>{String(cb.name), CbToMap(cb)});
  return WithAttr(std::move(func), attr::kConceptualCbs, out);
}

const CbRecord& CbTable::at(const std::string& name) const { return const_cast<CbTable*>(this)->at(name); }

CbRecord& CbTable::at(const std::string& name) {
  auto it = std::find_if(records_.begin(), records_.end(), [&](const CbRecord& cb) { return cb.name == name; });
  if (it == records_.end()) BrokenContract("records", "no circular buffer named " + name);
  return *it;
}

void CbTable::Keep(const std::function<bool(const CbRecord&)>& pred) {
  records_.erase(std::remove_if(records_.begin(), records_.end(), [&](const CbRecord& cb) { return !pred(cb); }),
                 records_.end());
}

std::vector<int64_t> TensorRecord::ProjectedGrid() const {
  int64_t rows = 1;
  for (size_t i = 0; i + 1 < shard_grid.size(); ++i) rows *= shard_grid[i];
  return {rows, shard_grid.back()};
}

Map<String, Any> ToMap(const TensorRecord& t) {
  Map<String, Any> map{{"dtype", String(t.dtype)},
                       {"shape", ToInts(t.shape)},
                       {"memory", String(t.memory)},
                       {"layout", String(t.layout)},
                       {"tile_shape", ToInts({kTileHeight, kTileWidth})},
                       {"tile_axes", ToInts({t.row_axis, t.col_axis})},
                       {"access", String(t.access)}};
  if (!t.packed.empty()) map.Set("packed", String(t.packed));
  if (t.vector) map.Set("vector", Whole(t.vector));
  if (t.row_page) map.Set("row_page", Whole(t.row_page));
  if (!t.data_format.empty()) map.Set("data_format", String(t.data_format));
  if (t.cb_depth) map.Set("cb_depth", Integer(t.cb_depth));
  if (t.span.defined()) map.Set("annotated_at", t.span);
  if (!t.Sharded()) return map;
  if (!t.walk.empty()) map.Set("walk", String(t.walk));
  map.Set("tensor_pages", ToInts(t.tensor_pages));
  map.Set("shard_pages", ToInts(t.shard_pages));
  map.Set("shard_grid", ToInts(t.shard_grid));
  map.Set("projected_grid", ToInts(t.ProjectedGrid()));
  map.Set(
      "projected_shard_tiles",
      ToInts({t.shard_pages[t.shard_pages.size() - std::min<size_t>(2, t.shard_pages.size())], t.shard_pages.back()}));
  Array<Any> banks;
  for (const Core& bank : t.banks) banks.push_back(ToInts({bank.x, bank.y}));
  map.Set("banks", banks);
  if (!t.halo_before.empty()) {
    map.Set("halo_before", ToInts(t.halo_before));
    map.Set("halo_behind", ToInts(t.halo_behind));
  }
  if (t.in_place) map.Set("in_place", Integer(1));
  return map;
}

TensorRecord TensorFromMap(const Map<String, Any>& map) {
  TensorRecord t;
  t.dtype = GetStr(map, "dtype");
  t.shape = GetInts(map, "shape");
  t.memory = GetStr(map, "memory");
  t.layout = GetStr(map, "layout");
  auto axes = GetInts(map, "tile_axes");
  t.row_axis = static_cast<int>(axes[0]);
  t.col_axis = static_cast<int>(axes[1]);
  if (map.count("packed")) t.packed = GetStr(map, "packed");
  if (map.count("vector")) t.vector = GetInt(map, "vector");
  if (map.count("row_page")) t.row_page = GetInt(map, "row_page");
  t.access = GetStr(map, "access");
  if (map.count("data_format")) t.data_format = GetStr(map, "data_format");
  if (map.count("cb_depth")) t.cb_depth = GetInt(map, "cb_depth");
  if (map.count("annotated_at")) t.span = map.at("annotated_at").cast<Span>();
  if (!map.count("shard_pages")) return t;
  if (map.count("walk")) t.walk = GetStr(map, "walk");
  t.tensor_pages = GetInts(map, "tensor_pages");
  t.shard_pages = GetInts(map, "shard_pages");
  t.shard_grid = GetInts(map, "shard_grid");
  t.in_place = map.count("in_place") > 0;
  if (map.count("halo_before")) {
    t.halo_before = GetInts(map, "halo_before");
    t.halo_behind = GetInts(map, "halo_behind");
  }
  for (const Any& item : map.at("banks").cast<Array<Any>>()) {
    auto pair = item.cast<Array<Integer>>();
    t.banks.push_back({static_cast<uint16_t>(pair[0]->value), static_cast<uint16_t>(pair[1]->value)});
  }
  return t;
}

std::vector<TensorRecord> TensorsOf(const PrimFunc& func) {
  std::vector<TensorRecord> out;
  for (const Var& param : func->params) {
    auto it = func->buffer_map.find(param);
    if (it == func->buffer_map.end()) continue;
    std::string name = (*it).second->name;
    auto map = func->GetAttr<Map<String, Any>>(attr::kBufferPrefix + name);
    if (!map) continue;
    TensorRecord t = TensorFromMap(map.value());
    t.name = name;
    out.push_back(std::move(t));
  }
  return out;
}

const TensorRecord* FindTensor(const std::vector<TensorRecord>& tensors, const std::string& name) {
  for (const TensorRecord& t : tensors)
    if (t.name == name) return &t;
  return nullptr;
}

ComputeRecord ComputeOf(const PrimFunc& func) {
  ComputeRecord r;
  auto map = func->GetAttr<Map<String, Any>>(attr::kComputeConfig);
  if (!map) return r;
  r.fp32_dest_acc = GetInt(map.value(), "fp32_dest_acc_en") != 0;
  r.dst_full_sync = GetInt(map.value(), "dst_full_sync_en") != 0;
  r.math_approx = GetInt(map.value(), "math_approx_mode") != 0;
  r.math_fidelity = GetStr(map.value(), "math_fidelity");
  for (const String& name : map.value().at("unpack_to_dest_fp32").cast<Array<String>>())
    r.unpack_to_dest.push_back(name);
  return r;
}

PrimFunc WithCompute(PrimFunc func, const ComputeRecord& r) {
  Array<String> direct;
  for (const auto& name : r.unpack_to_dest) direct.push_back(name);
  Map<String, Any> map{{"fp32_dest_acc_en", Integer(r.fp32_dest_acc)},
                       {"dst_full_sync_en", Integer(r.dst_full_sync)},
                       {"math_approx_mode", Integer(r.math_approx)},
                       {"math_fidelity", String(r.math_fidelity)},
                       {"unpack_to_dest_fp32", direct}};
  return WithAttr(std::move(func), attr::kComputeConfig, map);
}

Target TargetOf(const PrimFunc& func) {
  auto target = func->GetAttr<Target>(tvm::attr::kTarget);
  if (!target || target.value()->kind->name != "tenstorrent") {
    TVM_FFI_THROW(ValueError) << "Tenstorrent lowering called with invalid target: "
                              << (target ? std::string(target.value()->kind->name) : "none")
                              << ". Expected: tenstorrent";
  }
  return target.value();
}

const Chip& ChipOf(const Target& target) {
  std::string chip = target->GetAttr<String>("chip").value_or("");
  std::string arch = target->GetAttr<String>("arch").value_or("");
  try {
    const Chip& found = chip.empty() ? DefaultChip(arch.empty() ? "wormhole_b0" : arch) : ChipByName(chip);
    if (!arch.empty() && found.arch != arch) {
      TVM_FFI_THROW(ValueError) << "target option chip=" << chip << " is a " << found.arch
                                << " chip, but arch=" << arch;
    }
    return found;
  } catch (const std::invalid_argument& error) {
    TVM_FFI_THROW(ValueError) << error.what();
  }
  TVM_FFI_UNREACHABLE();
}

bool OptionOf(const Target& target, const char* name) { return target->GetAttr<int64_t>(name).value_or(1) != 0; }

}  // namespace tltt::compiler

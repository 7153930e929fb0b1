#include "ir/annotations.h"

#include <algorithm>
#include <numeric>

#include "ir/attrs.h"
#include "ir/diagnostic_codes.h"

namespace tltt::compiler {
namespace {

using Names = std::vector<std::string>;

std::string List(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// Of what an annotation is called in messages.
Code CodeOf(const std::string& what) {
  return what.find("annotate_tt_schedule") == std::string::npos ? Code::kLayout : Code::kSchedule;
}

// A map of an annotation, with typed access to its entries.
class Fields {
 public:
  Fields(Map<String, Any> map, std::string what, Span span)
      : map_(std::move(map)), what_(std::move(what)), span_(std::move(span)) {}

  const Span& span() const { return span_; }
  bool Has(const char* key) const { return map_.count(key) != 0; }

  void OnlyKeys(const Names& known) const {
    for (const auto& [key, value] : map_) {
      const std::string name = key;
      if (name == kAnnotationLine || std::find(known.begin(), known.end(), name) != known.end()) continue;
      Refuse(span_, what_ + " has no key `" + name + "`" + DidYouMean(name, known), "its keys are " + List(known),
             CodeOf(what_));
    }
  }

  [[noreturn]] void Wrong(const char* key, const std::string& expected) const {
    Refuse(span_, what_ + ": `" + key + "` is not " + expected, std::string("give `") + key + "` " + expected,
           CodeOf(what_));
  }

  std::string Str(const char* key) const {
    if (auto text = map_.at(key).try_cast<String>()) return *text;
    Wrong(key, "a string");
  }
  int64_t Int(const char* key, int64_t minimum) const {
    const auto value = ToInt(map_.at(key));
    if (!value || *value < minimum) Wrong(key, "an integer of at least " + std::to_string(minimum));
    return *value;
  }
  bool Flag(const char* key) const {
    const auto value = ToInt(map_.at(key));
    if (!value || *value < 0 || *value > 1) Wrong(key, "true or false");
    return *value == 1;
  }
  std::vector<int64_t> Ints(const char* key, int64_t minimum, size_t size = 0) const {
    std::vector<int64_t> out;
    const std::string expected =
        (size ? "a list of " + std::to_string(size) : "a list of") + " integers of at least " + std::to_string(minimum);
    for (const Any& item : Items(key, expected)) {
      const auto value = ToInt(item);
      if (!value || *value < minimum) Wrong(key, expected);
      out.push_back(*value);
    }
    if (size && out.size() != size) Wrong(key, expected);
    return out;
  }
  Names Strs(const char* key) const {
    Names out;
    for (const Any& item : Items(key, "a list of strings")) {
      auto text = item.try_cast<String>();
      if (!text) Wrong(key, "a list of strings");
      out.push_back(*text);
    }
    return out;
  }
  Array<Any> Items(const char* key, const std::string& expected) const {
    auto list = map_.at(key).try_cast<Array<Any>>();
    if (!list) Wrong(key, expected);
    return *list;
  }
  Fields Sub(const char* key) const {
    auto map = map_.at(key).try_cast<Map<String, Any>>();
    if (!map) Wrong(key, "a dictionary");
    return {*map, what_ + ", `" + key + "`", span_};
  }
  Fields Entry(const Any& value, const char* key, const std::string& expected) const {
    auto map = value.try_cast<Map<String, Any>>();
    if (!map) Wrong(key, expected);
    return {*map, what_ + ", `" + key + "`", span_};
  }
  const Map<String, Any>& map() const { return map_; }

  static std::optional<int64_t> ToInt(const Any& value) {
    if (auto boxed = value.try_cast<Integer>()) return (*boxed)->value;
    if (auto plain = value.try_cast<int64_t>()) return *plain;
    return std::nullopt;
  }

 private:
  Map<String, Any> map_;
  std::string what_;
  Span span_;
};

// The line that the Python helper noted, else where the function stands.
Span SpanOf(const Map<String, Any>& map, const Span& fallback) {
  auto it = map.find(kAnnotationLine);
  if (it == map.end()) return fallback;
  auto text = (*it).second.try_cast<String>();
  const std::string line = text ? std::string(*text) : "";
  const size_t colon = line.rfind(':');
  if (colon == std::string::npos) return fallback;
  const int number = std::atoi(line.c_str() + colon + 1);
  return Span(SourceName::Get(line.substr(0, colon)), number, number, 1, 1);
}

NdShard ReadShard(const Fields& fields, const std::string& tensor) {
  fields.OnlyKeys({"axes", "grid", "shard_shape_elems", "order", "align_tiles"});
  for (const char* key : {"axes", "grid"}) {
    if (fields.Has(key)) continue;
    Refuse(fields.span(), "ND shard missing required field: " + std::string(key) + " (tensor `" + tensor + "`)",
           "write nd_shard={\"axes\": [\"M\", \"N\"], \"grid\": [rows, columns]}", Code::kLayout);
  }
  NdShard shard;
  shard.axes = fields.Strs("axes");
  shard.grid = fields.Ints("grid", 1);
  if (fields.Has("shard_shape_elems")) shard.shard_shape = fields.Ints("shard_shape_elems", 1);
  if (fields.Has("order")) shard.order = fields.Str("order");
  if (fields.Has("align_tiles")) shard.align_tiles = fields.Flag("align_tiles");
  return shard;
}

UserLayout ReadLayout(const Fields& fields, const std::string& tensor) {
  fields.OnlyKeys({"memory", "layout", "nd_shard", "tile_shape", "dtype", "data_format", "cb_depth", "halo"});
  UserLayout layout;
  layout.span = fields.span();
  if (fields.Has("memory")) layout.memory = fields.Str("memory");
  if (fields.Has("nd_shard")) {
    layout.nd_shard = ReadShard(fields.Sub("nd_shard"), tensor);
    layout.layout = "sharded";
  }
  if (fields.Has("layout")) layout.layout = fields.Str("layout");
  if (fields.Has("tile_shape")) layout.tile_shape = fields.Ints("tile_shape", 1);
  if (fields.Has("dtype")) layout.data_format = fields.Str("dtype");
  if (fields.Has("data_format")) layout.data_format = fields.Str("data_format");
  if (fields.Has("cb_depth")) layout.cb_depth = fields.Int("cb_depth", 1);
  if (fields.Has("halo")) {
    const Fields halo = fields.Sub("halo");
    for (const auto& [axis, reach] : halo.map()) {
      const auto pair = halo.Ints(std::string(axis).c_str(), 0, 2);
      layout.halo[axis] = {pair[0], pair[1]};
    }
  }
  return layout;
}

std::vector<CoreRange> ReadRanges(const Fields& fields) {
  const std::string expected = "a list of {\"start\": [x, y], \"extent\": [columns, rows]}";
  std::vector<CoreRange> ranges;
  for (const Any& item : fields.Items("core_ranges", expected)) {
    const Fields range = fields.Entry(item, "core_ranges", expected);
    range.OnlyKeys({"start", "extent"});
    if (!range.Has("start") || !range.Has("extent")) fields.Wrong("core_ranges", expected);
    const auto start = range.Ints("start", 0, 2), extent = range.Ints("extent", 1, 2);
    for (int64_t value : {start[0], start[1], extent[0], extent[1]})
      if (value > UINT16_MAX) fields.Wrong("core_ranges", expected);
    ranges.push_back({{static_cast<uint16_t>(start[0]), static_cast<uint16_t>(start[1])},
                      static_cast<uint16_t>(extent[0]),
                      static_cast<uint16_t>(extent[1])});
  }
  return ranges;
}

std::vector<UserRun> ReadCustom(const Fields& fields) {
  const std::string expected = "a dictionary from \"(x,y)\" to lists of work items {\"io\": row, \"jo\": column}";
  std::vector<UserRun> runs;
  const Fields table = fields.Sub("work_partition");
  for (const auto& [key, list] : table.map()) {
    int x = -1, y = -1, end = 0;
    const std::string text = key;
    if (std::sscanf(text.c_str(), "(%d,%d)%n", &x, &y, &end) != 2 || end != static_cast<int>(text.size()) || x < 0 ||
        y < 0 || x > UINT16_MAX || y > UINT16_MAX) {
      fields.Wrong("work_partition", expected);
    }
    auto items = list.try_cast<Array<Any>>();
    if (!items) fields.Wrong("work_partition", expected);
    for (const Any& entry : *items) {
      const Fields item = fields.Entry(entry, "work_partition", expected);
      item.OnlyKeys({"io", "jo", "count", "chunk", "stride", "tile_order", "len_k"});
      if (!item.Has("io") || !item.Has("jo")) fields.Wrong("work_partition", expected);
      UserRun run{{static_cast<uint16_t>(x), static_cast<uint16_t>(y)}, {}};
      run.item.io = item.Int("io", 0);
      run.item.jo = item.Int("jo", 0);
      if (item.Has("count")) run.item.count = item.Int("count", 1);
      if (item.Has("chunk")) run.item.chunk = item.Int("chunk", 1);
      if (item.Has("stride")) run.item.stride = item.Int("stride", 1);
      if (item.Has("tile_order")) run.item.tile_order = item.Str("tile_order");
      runs.push_back(std::move(run));
    }
  }
  return runs;
}

size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (std::tolower(a[i - 1]) != std::tolower(b[j - 1]));
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string DidYouMean(const std::string& word, const std::vector<std::string>& candidates) {
  const std::string* best = nullptr;
  size_t best_distance = word.size() / 2 + 2;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < best_distance) best = &candidate, best_distance = distance;
  }
  return best ? "; did you mean `" + *best + "`?" : "";
}

std::map<std::string, UserLayout> UserLayoutsOf(const PrimFunc& func, const std::vector<std::string>& tensors) {
  std::map<std::string, UserLayout> out;
  auto layouts = func->GetAttr<Map<String, Any>>(attr::kUserLayout);
  if (!layouts) return out;
  for (const auto& [key, value] : layouts.value()) {
    const std::string name = key;
    auto map = value.try_cast<Map<String, Any>>();
    if (!map)
      Refuse(func->span, "annotate_tt_layout of `" + name + "` is not a dictionary", "give it keys and values",
             Code::kLayout);
    const Span span = SpanOf(*map, func->span);
    if (std::find(tensors.begin(), tensors.end(), name) == tensors.end()) {
      Refuse(span, "annotate_tt_layout: the kernel has no tensor `" + name + "`" + DidYouMean(name, tensors),
             "its tensors are " + List(tensors), Code::kLayout);
    }
    out.emplace(name, ReadLayout(Fields(*map, "annotate_tt_layout of `" + name + "`", span), name));
  }
  return out;
}

UserSchedule UserScheduleOf(const PrimFunc& func) {
  UserSchedule schedule;
  auto map = func->GetAttr<Map<String, Any>>(attr::kUserSchedule);
  if (!map) return schedule;
  const Fields fields(map.value(), "annotate_tt_schedule", SpanOf(map.value(), func->span));
  fields.OnlyKeys({"partition_mode", "order", "policy", "chunk", "grid", "core_ranges", "work_partition", "grid_tiles",
                   "shard_grid", "local_shape_tiles"});
  schedule.span = fields.span();
  schedule.given = true;
  if (fields.Has("partition_mode")) schedule.mode = fields.Str("partition_mode");
  if (fields.Has("order")) schedule.order = fields.Str("order");
  if (fields.Has("policy")) schedule.policy = fields.Str("policy");
  if (fields.Has("chunk")) schedule.chunk = fields.Int("chunk", 1);
  if (fields.Has("grid")) schedule.grid = fields.Ints("grid", 1, 2);
  if (fields.Has("core_ranges")) schedule.ranges = ReadRanges(fields);
  if (fields.Has("work_partition")) schedule.custom = ReadCustom(fields);
  if (fields.Has("grid_tiles")) schedule.grid_tiles = fields.Ints("grid_tiles", 1, 2);
  if (fields.Has("shard_grid")) schedule.shard_grid = fields.Ints("shard_grid", 1, 2);
  if (fields.Has("local_shape_tiles")) schedule.local_shape_tiles = fields.Ints("local_shape_tiles", 1, 2);
  return schedule;
}

}  // namespace tltt::compiler

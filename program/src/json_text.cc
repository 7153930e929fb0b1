#include "json_text.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tltt {
namespace {

constexpr size_t kMaxDepth = 32;
constexpr size_t kLineWidth = 120;

// Looks at the text before anything is built from it: the parser itself keeps the last of equal keys silently.
class Checker : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return Open(); }
  bool start_array(std::size_t) override { return Open(); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    if (keys_.back().insert(name).second) return true;
    problem = fmt::format("duplicate key \"{}\"", name);
    return false;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    problem = fmt::format("not valid JSON: {}", error.what());
    return false;
  }

  std::string problem;

 private:
  bool Open() {
    keys_.emplace_back();
    if (keys_.size() <= kMaxDepth) return true;
    problem = fmt::format("nested deeper than {} levels", kMaxDepth);
    return false;
  }
  bool Close() {
    keys_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> keys_;
};

constexpr size_t kAnyLength = std::numeric_limits<size_t>::max();

// Text that JSON writes as it is.
bool IsPlain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

void AppendScalar(const Json& scalar, std::string& out) {
  if (scalar.is_number_unsigned()) {
    fmt::format_to(std::back_inserter(out), "{}", scalar.get<uint64_t>());
  } else if (scalar.is_number_integer()) {
    fmt::format_to(std::back_inserter(out), "{}", scalar.get<int64_t>());
  } else if (scalar.is_string() && IsPlain(scalar.get_ref<const std::string&>())) {
    out += '"';
    out += scalar.get_ref<const std::string&>();
    out += '"';
  } else {
    out += scalar.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

// The value without line breaks; false, with some of it appended, where `out` would grow beyond `limit`.
bool AppendLine(const Json& value, size_t limit, std::string& out) {
  if (!value.is_structured()) {
    AppendScalar(value, out);
    return out.size() <= limit;
  }
  out += value.is_array() ? "[" : "{";
  const char* separator = "";
  if (value.is_array()) {
    for (const Json& item : value) {
      out += std::exchange(separator, ", ");
      if (!AppendLine(item, limit, out)) return false;
    }
  } else {
    for (const auto& [key, item] : value.items()) {
      out += std::exchange(separator, ", ");
      AppendScalar(Json(key), out);
      out += ": ";
      if (!AppendLine(item, limit, out)) return false;
    }
  }
  out += value.is_array() ? "]" : "}";
  return out.size() <= limit;
}

bool AllScalars(const Json& array) {
  for (const Json& item : array) {
    if (item.is_structured()) return false;
  }
  return true;
}

void Append(const Json& value, size_t indent, size_t column, std::string& out) {
  const bool whole_line = !value.is_structured() || value.empty() || (value.is_array() && AllScalars(value));
  const size_t start = out.size();
  if (AppendLine(value, whole_line ? kAnyLength : start + kLineWidth - column - 1, out)) return;
  out.resize(start);
  const std::string margin = std::string(indent + 2, ' ');
  const char* separator = "\n";
  auto element = [&](const std::string& label, const Json& item) {
    out += std::exchange(separator, ",\n") + margin + label;
    Append(item, indent + 2, indent + 2 + label.size(), out);
  };
  out += value.is_array() ? "[" : "{";
  if (value.is_array()) {
    for (const Json& item : value) element("", item);
  } else {
    for (const auto& [key, item] : value.items()) element(Json(key).dump() + ": ", item);
  }
  out += "\n" + std::string(indent, ' ') + (value.is_array() ? "]" : "}");
}

}  // namespace

std::vector<std::string> Problems::Take() {
  if (dropped_ > 0) list_.push_back(fmt::format("and {} more", dropped_));
  dropped_ = 0;
  return std::move(list_);
}

std::optional<Json> ParseJson(const std::string& text, Problems& problems) {
  Checker checker;
  if (!Json::sax_parse(text, &checker)) {
    problems.Add("tt.plan.json: " + checker.problem);
    return std::nullopt;
  }
  return Json::parse(text);
}

std::string DumpJson(const Json& value) {
  std::string out;
  Append(value, 0, 0, out);
  return out + "\n";
}

}  // namespace tltt

#include "json_text.h"

#include <set>

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

std::string Compact(const Json& value) {
  const auto text = [](const Json& scalar) { return scalar.dump(-1, ' ', false, Json::error_handler_t::replace); };
  if (!value.is_structured()) return text(value);
  std::string out = value.is_array() ? "[" : "{";
  bool first = true;
  for (const auto& [key, item] : value.items()) {
    if (!first) out += ", ";
    first = false;
    if (value.is_object()) out += text(Json(key)) + ": ";
    out += Compact(item);
  }
  return out + (value.is_array() ? "]" : "}");
}

bool AllScalars(const Json& array) {
  for (const Json& item : array) {
    if (item.is_structured()) return false;
  }
  return true;
}

void Append(const Json& value, size_t indent, size_t column, std::string& out) {
  const std::string line = Compact(value);
  const bool whole_line = !value.is_structured() || value.empty() || (value.is_array() && AllScalars(value));
  if (whole_line || column + line.size() < kLineWidth) {
    out += line;
    return;
  }
  const std::string margin(indent + 2, ' ');
  out += value.is_array() ? "[" : "{";
  const char* separator = "\n";
  for (const auto& [key, item] : value.items()) {
    const std::string label = value.is_object() ? Compact(Json(key)) + ": " : "";
    out += separator + margin + label;
    Append(item, indent + 2, indent + 2 + label.size(), out);
    separator = ",\n";
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

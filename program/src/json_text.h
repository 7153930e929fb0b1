// JSON in and out: strict parsing of text that nobody vouches for, and a compact deterministic layout.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace tltt {

using Json = nlohmann::ordered_json;

// Problems found in a plan, with a cap so that a hostile file can't make a gigantic report.
class Problems {
 public:
  void Add(std::string text) {
    if (list_.size() < kLimit) {
      list_.push_back(std::move(text));
    } else {
      ++dropped_;
    }
  }
  bool empty() const { return list_.empty(); }
  std::vector<std::string> Take();

 private:
  static constexpr size_t kLimit = 100;
  std::vector<std::string> list_;
  size_t dropped_ = 0;
};

// The parsed text, or nullopt and a problem: text that is not JSON, nests deeper than 32 levels, or repeats a key.
std::optional<Json> ParseJson(const std::string& text, Problems& problems);

// Indent 2; whatever fits a line of 120 columns, and every array of plain values, stands on one line.
std::string DumpJson(const Json& value);

}  // namespace tltt

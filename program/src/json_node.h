// A view of a JSON value that knows where it stands and reports what is wrong with it instead of throwing.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>

#include "json_text.h"
#include "tltt/program.h"

namespace tltt {

// A missing value has reported itself already: reading it gives a default and adds no further problem.
class JsonNode {
 public:
  JsonNode(const Json* value, std::string path, Problems* problems)
      : value_(value), path_(std::move(path)), problems_(problems) {}

  const std::string& path() const { return path_; }
  void Fail(const std::string& what) const { problems_->Add(path_ + " " + what); }

  // Whether `key` is there, or is there as null; reports nothing.
  bool Has(const char* key) const { return value_ && value_->is_object() && value_->contains(key); }
  bool IsNull(const char* key) const { return Has(key) && value_->at(key).is_null(); }
  JsonNode operator[](const char* key) const;                    // reports a missing key
  void OnlyKeys(std::initializer_list<const char*> keys) const;  // reports others, and a value that is no object

  int64_t Integer(int64_t minimum, int64_t maximum) const;
  uint32_t Word() const { return static_cast<uint32_t>(Integer(0, UINT32_MAX)); }
  bool Boolean() const;
  std::string Text() const;
  void ForEach(const std::function<void(const JsonNode&)>& visit) const;
  void ForEachMember(const std::function<void(const std::string&, const JsonNode&)>& visit) const;
  std::vector<uint32_t> Words() const;

  template <typename Table>
  auto OneOf(const Table& table) const -> std::decay_t<decltype(table[0].first)> {
    const std::string text = Text();
    std::string known;
    for (const auto& [candidate, name] : table) {
      if (text == name) return candidate;
      known += (known.empty() ? "" : ", ") + std::string(name);
    }
    if (value_ && value_->is_string()) Fail("must be one of " + known);
    return table[0].first;
  }

 private:
  bool Is(bool matches, const char* what) const;

  const Json* value_;  // nullptr: missing
  std::string path_;
  Problems* problems_;
};

}  // namespace tltt

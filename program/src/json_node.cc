#include "json_node.h"

#include <algorithm>

#include <fmt/format.h>

namespace tltt {

bool JsonNode::Is(bool matches, const char* what) const {
  if (value_ && !matches) Fail(std::string("must be ") + what);
  return value_ && matches;
}

JsonNode JsonNode::operator[](const char* key) const {
  const Json* found = Has(key) ? &value_->at(key) : nullptr;
  const std::string path = path_ + "." + key;
  if (!found && value_ && value_->is_object()) problems_->Add(path + " is missing");
  return {found, path, problems_};
}

void JsonNode::OnlyKeys(std::initializer_list<const char*> keys) const {
  if (!Is(value_ && value_->is_object(), "an object")) return;
  for (const auto& [key, item] : value_->items()) {
    const bool known = std::any_of(keys.begin(), keys.end(), [&key = key](const char* name) { return key == name; });
    if (!known) Fail(fmt::format("has an unknown key \"{}\"", key));
  }
}

int64_t JsonNode::Integer(int64_t minimum, int64_t maximum) const {
  if (!value_) return minimum;
  if (value_->is_number_integer()) {
    const bool fits = !value_->is_number_unsigned() || value_->get<uint64_t>() <= INT64_MAX;
    const int64_t number = value_->get<int64_t>();
    if (fits && number >= minimum && number <= maximum) return number;
  }
  Fail(fmt::format("must be an integer from {} to {}", minimum, maximum));
  return minimum;
}

bool JsonNode::Boolean() const { return Is(value_ && value_->is_boolean(), "true or false") && value_->get<bool>(); }

std::string JsonNode::Text() const {
  return Is(value_ && value_->is_string(), "a string") ? value_->get<std::string>() : "";
}

void JsonNode::ForEach(const std::function<void(const JsonNode&)>& visit) const {
  if (!Is(value_ && value_->is_array(), "a list")) return;
  for (size_t i = 0; i < value_->size(); ++i) visit({&(*value_)[i], fmt::format("{}[{}]", path_, i), problems_});
}

void JsonNode::ForEachMember(const std::function<void(const std::string&, const JsonNode&)>& visit) const {
  if (!Is(value_ && value_->is_object(), "an object")) return;
  for (const auto& [key, item] : value_->items()) visit(key, {&item, path_ + "." + key, problems_});
}

std::vector<uint32_t> JsonNode::Words() const {
  std::vector<uint32_t> words;
  ForEach([&words](const JsonNode& item) { words.push_back(item.Word()); });
  return words;
}

}  // namespace tltt

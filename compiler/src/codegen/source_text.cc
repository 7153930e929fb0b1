#include "codegen/source_text.h"

#include <fstream>

namespace tltt::compiler {

std::string SourceText::Statement(const Span& span) {
  constexpr size_t kLongest = 100;
  const std::vector<std::string>& lines = Lines(span->source_name->name);
  if (span->line < 1 || static_cast<size_t>(span->line) > lines.size()) return "";
  std::string text = lines[span->line - 1];
  // A backslash at the end would take the next line of C++ into the comment.
  const size_t last = text.find_last_not_of(" \t\r\\");
  if (last == std::string::npos) return "";
  const size_t first = text.find_first_not_of(" \t");
  text = text.substr(first, last - first + 1);
  if (text.size() <= kLongest) return text;
  size_t end = kLongest - 3;
  while (end > 0 && (text[end] & 0xc0) == 0x80) --end;  // a character of UTF-8 stays whole
  return text.substr(0, end) + "...";
}

const std::vector<std::string>& SourceText::Lines(const std::string& file) {
  auto [at, missing] = files_.try_emplace(file);
  if (missing) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) at->second.push_back(line);
  }
  return at->second;
}

}  // namespace tltt::compiler

// Finding a kernel's file and making its text self-contained.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>

#include "state.h"

namespace tltt::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRoots[] = {"TT_METAL_KERNEL_PATH", "TT_METAL_RUNTIME_ROOT", "TT_METAL_HOME"};

std::string ReadText(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  TT_FATAL(!in.bad() && in.is_open(), "can't read {}", path.string());
  return text;
}

std::vector<fs::path> Candidates(const std::string& file) {
  std::vector<fs::path> candidates{file};
  if (fs::path(file).is_absolute()) return candidates;
  for (const char* name : kRoots) {
    if (const char* root = std::getenv(name)) candidates.push_back(fs::path(root) / file);
  }
  return candidates;
}

// The name in `#include "name"`, for a line that is such a directive.
std::optional<std::string> QuotedInclude(const std::string& line) {
  size_t at = line.find_first_not_of(" \t");
  if (at == std::string::npos || line[at] != '#') return std::nullopt;
  at = line.find_first_not_of(" \t", at + 1);
  if (at == std::string::npos || line.compare(at, 7, "include") != 0) return std::nullopt;
  const size_t open = line.find('"', at + 7), close = line.find('"', open + 1);
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  return line.substr(open + 1, close - open - 1);
}

// The emulator compiles a kernel away from its folder, and its cache knows kernels by their text. So what a kernel
// includes from beside it, or from a root of the sources, takes the directive's place.
class Expansion {
 public:
  std::string Text(const fs::path& path) {
    TT_FATAL(++depth_ < 50, "{} includes itself", path.string());
    std::istringstream in(ReadText(path));
    std::string text;
    for (std::string line; std::getline(in, line);) {
      const std::optional<std::string> name = QuotedInclude(line);
      const std::optional<fs::path> file = name ? Find(*name, path.parent_path()) : std::nullopt;
      if (!file) {
        text += line.find("#pragma once") == std::string::npos || depth_ == 1 ? line + "\n" : "\n";
      } else if (once_.insert(fs::canonical(*file)).second || !HasPragmaOnce(*file)) {
        text += Text(*file);
      } else {
        text += "\n";
      }
    }
    --depth_;
    return text;
  }

 private:
  static std::optional<fs::path> Find(const std::string& name, const fs::path& folder) {
    if (fs::is_regular_file(folder / name)) return folder / name;
    for (const char* root : kRoots) {
      const char* value = std::getenv(root);
      // What the device API has itself is taken from the emulator's headers.
      if (value && name.find("programming_examples/") != std::string::npos &&
          fs::is_regular_file(fs::path(value) / name))
        return fs::path(value) / name;
    }
    return std::nullopt;
  }
  static bool HasPragmaOnce(const fs::path& path) { return ReadText(path).find("#pragma once") != std::string::npos; }

  int depth_ = 0;
  std::set<fs::path> once_;
};

}  // namespace

std::string ReadKernel(const std::string& file) {
  std::string searched;
  for (const fs::path& candidate : Candidates(file)) {
    if (fs::is_regular_file(candidate)) return Expansion().Text(candidate);
    searched += "\n  " + fs::absolute(candidate).string();
  }
  TT_THROW("there is no kernel file {}; searched were{}", file, searched);
}

}  // namespace tltt::host

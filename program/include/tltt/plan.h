// tt.plan.json: the Program as data, beside the kernel sources. Canonical keys of the runtime plan, the legacy blocks,
// and the `program` block that suffices to launch.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "tltt/program.h"

namespace tltt {

using FileMap = std::map<std::string, std::string>;  // file name -> text

// A plan or folder that can't be used; what() lists every problem found.
class PlanError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::string WritePlan(const Program& program);                   // JSON text, deterministic
std::vector<std::string> ValidatePlan(const std::string& json);  // empty when valid; never throws
// Rebuilds the Program from the five files; throws PlanError.
Program ReadProgram(const FileMap& files);
// The TT-Metalium host program of `program`: main.cpp.
std::string WriteHostProgram(const Program& program);
// Of a function of several kernels: which folder holds which, and the tensors between them.
inline constexpr char kLaunchesFile[] = "tt.launches.json";

// All five files: each kernel's source under its path, main.cpp and tt.plan.json.
FileMap WriteArtifacts(const Program& program);

}  // namespace tltt

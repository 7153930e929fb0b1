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
// main.cpp and CMakeLists.txt that run `launches` in order, whose kernels lie in the folders "1/", "2/", ...;
// `arguments` names the tensors that come from outside.
FileMap WriteSequenceHost(const std::string& name, const std::vector<std::string>& arguments,
                          const std::vector<Program>& launches);
// How several launches as a whole use a tensor: what they read before they write it comes from the caller.
Access JoinAccess(const std::vector<Access>& uses);

// All five files: each kernel's source under its path, main.cpp and tt.plan.json.
FileMap WriteArtifacts(const Program& program);

}  // namespace tltt

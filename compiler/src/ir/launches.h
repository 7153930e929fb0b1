// Functions of several T.Kernel launches: one function for each, run one after the other.
#pragma once

#include <string>
#include <vector>

#include "ir/tvm.h"

namespace tltt::compiler {

struct Launches {
  std::vector<PrimFunc> functions;  // in order; each has the tensors that it touches as parameters
  std::vector<Buffer> arguments;    // the tensors of the whole, in the user's order
  std::vector<Buffer> temporaries;  // T.alloc_global: tensors of the chip that no caller sees
  // A plain kernel: one launch, which is `functions[0]` as it was given.
  bool Plain() const { return functions.size() == 1 && temporaries.empty(); }
};

// Refuses launches under control flow of the host.
Launches SplitLaunches(const PrimFunc& func);

// What the runtime has to know of several launches (runtime/src/sequence.h), as JSON text.
std::string LaunchesJson(const std::string& name, const Launches& launches);

}  // namespace tltt::compiler

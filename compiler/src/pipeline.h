// The compiler as a whole: the list of passes, and TileLang IR to the six files.
#pragma once

#include <string>
#include <vector>

#include "ir/tvm.h"
#include "tltt/plan.h"

namespace tltt::compiler {

struct PassEntry {
  const char* stage;  // "A1"
  const char* name;   // "InferTTLayout"
  tvm::transform::Pass (*make)();
};

const std::vector<PassEntry>& Pipeline();

// Called after each pass with its place, name, the module and whether the pass changed it.
using PassObserver = std::function<void(int index, const std::string& name, const IRModule& mod)>;

IRModule RunPipeline(IRModule mod, const Target& target, const PassObserver& observer = nullptr);
// reader.cpp, compute.cpp, writer.cpp, main.cpp, CMakeLists.txt, tt.plan.json; and remarks.txt where there is something
// to remark. Of several launches: those of each in a folder "1/", "2/", ..., and tt.launches.json, main.cpp and
// CMakeLists.txt of the whole.
FileMap Compile(const IRModule& mod, const Target& target, const PassObserver& observer = nullptr);
// The runtime module of the compiled kernel (runtime/src/kernel_module.cc).
ffi::Module CompileToModule(const IRModule& mod, const Target& target);

}  // namespace tltt::compiler

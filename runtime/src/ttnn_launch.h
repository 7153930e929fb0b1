// Launching through the genuine runtime: TT-Metalium in Python's hands, by way of the function tltt.ttnn.launch.
#pragma once

#include <span>
#include <string>

#include "tltt/plan.h"
#include "tltt/runtime.h"

namespace tltt {

// Runs `program`, whose files are `files`, on the device that ttnn opens, and returns its report as JSON text. Tensors
// are as in Launch, except that outputs are sent to the device too: elements that the kernel leaves alone keep the
// caller's values that way. Throws ArgumentError, and what the Python side raises.
std::string LaunchOnTtnn(const Program& program, const FileMap& files, std::span<const HostTensor> tensors);

}  // namespace tltt

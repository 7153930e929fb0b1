// Which slots of a protocol's kernel (protocol_run.h) its decisions depend on.
#pragma once

#include <optional>
#include <vector>

#include "analysis/protocol_run.h"

namespace tltt::compiler {

// The kernel without numbers that no decision depends on, such as the places of blocks in tensors.
ProtocolKernel Reduced(ProtocolKernel kernel);

// The loop over a core's blocks. Its body does the same wherever `inputs` hold the same.
struct BlockLoop {
  size_t head = 0, body = 0, next = 0;  // steps: the loop, the first one behind the head's assignments, its end
  std::vector<int> inputs;              // slots that the body reads before it assigns them
  std::vector<int> outputs;             // slots that it assigns
};

// Of a kernel with one outermost loop, whose body reads tables of arguments in its head alone.
std::optional<BlockLoop> BlockLoopOf(const ProtocolKernel& kernel);

}  // namespace tltt::compiler

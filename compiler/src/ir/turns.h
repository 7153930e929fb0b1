// Turns: how cores update tensors that all of them update (T.atomic_add and its like). One core at a time holds the
// turn, from its first update in a block to the end of that block; it goes from core to core, and over all cores once
// for each block, so that sums of floats come out the same in every run.
//
// The runtime arguments of the writer: whether its core has the first turn of all; where the core behind it is on the
// NoC and how many blocks that one has (0: this is the last core); the same of the first core.
#pragma once

#include <string>
#include <vector>

#include "ir/tvm.h"

namespace tltt::compiler {

inline const std::vector<std::string>& TurnArgs() {
  static const std::vector<std::string> args{"turn_begins",  "turn_next_x",  "turn_next_y",      "turn_next_blocks",
                                             "turn_first_x", "turn_first_y", "turn_first_blocks"};
  return args;
}
inline bool IsTurnArg(const std::string& name) { return name.rfind("turn_", 0) == 0; }

// Whether the statement updates elements of a tensor in a way that other blocks may do at the same time.
bool UpdatesTensors(const Stmt& stmt);
// Whether it has an atomic operation, be it on a tensor or on chip.
bool HasAtomics(const Stmt& stmt);

}  // namespace tltt::compiler

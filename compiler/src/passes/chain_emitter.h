// One expression over tiles as a chain of operations on DST slots.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "ir/records.h"
#include "ir/tvm.h"
#include "passes/value_graph.h"

namespace tltt::compiler {

// Slots that an operation needs whose operands need so many: the heaviest first, each result keeps one.
template <typename T>
T SlotsOf(std::vector<T> needs) {
  std::sort(needs.rbegin(), needs.rend());
  T slots = 1;
  for (size_t i = 0; i < needs.size(); ++i) slots = std::max(slots, needs[i] + static_cast<T>(i));
  return slots;
}

// The chain that stores `expr` to `dst`, or nothing where it needs more DST tiles at once than there are.
// A value that several operations read holds a slot until the last of them; those of at most `unshared` operations
// are computed again instead (-1: none).
std::optional<Stmt> EmitChain(const CbTable* cbs, IndexTiles* index_tiles, const ComputeRecord& compute,
                              const std::string& dst, const PrimExpr& expr, int unshared, const Span& span);

}  // namespace tltt::compiler

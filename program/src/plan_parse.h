// The parts of a plan's validation and reading. Each reports into `problems` and never throws on a plan's contents.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "json_text.h"
#include "tltt/program.h"

namespace tltt {

// What the canonical keys of a plan say; meaningful only where no problem was reported.
struct CanonicalPlan {
  Core grid;
  std::vector<CoreRange> core_ranges;
  WorkPartition work;
};

CanonicalPlan ParseCanonical(const Json& plan, Problems& problems);

// Every block of the grid exactly once. grid_blocks empty: the grid is unknown, and only repetition is looked for.
void CheckCoverage(const WorkPartition& work, Problems& problems);

// The Program of a whole plan, without the kernels' source text. Meaningful only where no problem was reported.
Program ParseProgram(const Json& plan, const CanonicalPlan& canonical, Problems& problems);

// A name that stays inside its folder: no separators, no "..", nothing hidden.
bool IsPlainFileName(const std::string& name);

}  // namespace tltt

// The files of a folder -> Program.
#include <fmt/format.h>

#include "plan_keys.h"
#include "plan_parse.h"
#include "tltt/plan.h"

namespace tltt {

Program ReadProgram(const FileMap& files) {
  Problems problems;
  Program program;
  const auto plan_file = files.find(kPlanFile);
  if (plan_file == files.end()) {
    problems.Add(fmt::format("{} is missing", kPlanFile));
  } else if (const auto plan = ParseJson(plan_file->second, problems)) {
    const CanonicalPlan canonical = ParseCanonical(*plan, problems);
    if (problems.empty() && !plan->contains("program")) problems.Add("Missing required field: program");
    if (problems.empty()) program = ParseProgram(*plan, canonical, problems);
  }
  for (Kernel& kernel : program.kernels) {
    const auto source = files.find(kernel.path);
    if (source == files.end()) {
      problems.Add(fmt::format("{} is missing, the source of kernel {}", kernel.path, kernel.name));
    } else {
      kernel.source = source->second;
    }
  }
  if (!problems.empty()) throw PlanError(fmt::format("{}", fmt::join(problems.Take(), "\n")));
  return program;
}

}  // namespace tltt

#include <nlohmann/json.hpp>

#include "tltt/runtime.h"

namespace tltt {

std::string ReportJson(const emu::RunReport& report, bool cores) {
  nlohmann::ordered_json json{
      {"cycles", report.cycles},
      {"microseconds", report.microseconds},
      {"compile_seconds", report.compile_seconds},
      {"run_seconds", report.run_seconds},
      {"dram_read_bytes", report.dram_read_bytes},
      {"dram_write_bytes", report.dram_write_bytes},
      {"noc_bytes", report.noc_bytes},
      {"matmul_tiles", report.matmul_tiles},
      {"core_count", report.cores.size()},
  };
  if (cores) {
    auto& list = json["cores"] = nlohmann::ordered_json::array();
    for (const emu::CoreReport& core : report.cores) {
      nlohmann::ordered_json entry{{"x", core.core.x}, {"y", core.core.y}};
      for (Role role : {Role::kReader, Role::kCompute, Role::kWriter}) {
        const auto index = static_cast<size_t>(role);
        entry[RoleName(role)] = {{"cycles", core.cycles[index]}, {"busy", core.busy[index]}};
      }
      list.push_back(std::move(entry));
    }
  }
  return json.dump();
}

}  // namespace tltt

#include <nlohmann/json.hpp>

#include "tltt/runtime.h"

namespace tltt {

namespace {

void AddCauses(const uint64_t (&cycles)[emu::kCauses], nlohmann::ordered_json* entry) {
  for (size_t cause = 0; cause < emu::kCauses; ++cause) {
    if (cycles[cause] > 0) (*entry)[emu::CauseName(static_cast<emu::Cause>(cause))] = cycles[cause];
  }
}

}  // namespace

std::string ReportJson(const emu::RunReport& report, bool cores) {
  nlohmann::ordered_json json{
      {"cycles", report.cycles},
      {"microseconds", report.microseconds},
      {"launch_microseconds", report.launch_microseconds},
      {"math_busy_share", report.math_busy_share},
      {"compile_seconds", report.compile_seconds},
      {"run_seconds", report.run_seconds},
      {"clock_seconds", report.clock_seconds},
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
      for (size_t unit = 0; unit < emu::kUnits; ++unit) {
        if (core.units[unit].end == 0) continue;
        auto& times = entry[emu::UnitName(static_cast<emu::Unit>(unit))];
        times = {{"end", core.units[unit].end}};
        AddCauses(core.units[unit].cycles, &times);
      }
      list.push_back(std::move(entry));
    }
    auto& lines = json["lines"] = nlohmann::ordered_json::array();
    for (const emu::LineReport& line : report.lines) {
      nlohmann::ordered_json entry{{"kernel", line.kernel}, {"unit", emu::UnitName(line.unit)}, {"line", line.line}};
      AddCauses(line.cycles, &entry);
      lines.push_back(std::move(entry));
    }
    if (!report.timeline.events.empty()) {
      auto& events = json["timeline"] = nlohmann::ordered_json::array();
      for (const emu::TimelineEvent& event : report.timeline.events) {
        events.push_back({event.core.x, event.core.y, emu::UnitName(event.unit), emu::CauseName(event.cause),
                          event.kernel, event.line, event.begin, event.end});
      }
    }
  }
  return json.dump();
}

}  // namespace tltt

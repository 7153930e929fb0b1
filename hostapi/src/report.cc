// The table of a run: what each core's roles took.
#include <fmt/format.h>

#include "state.h"

namespace tltt::host {

std::string ReportTable(const emu::RunReport& report) {
  std::string text =
      fmt::format("{} cores, {} cycles = {:.2f} us on the chip, {:.3f} s on the host\n", report.cores.size(),
                  report.cycles, report.microseconds, report.compile_seconds + report.run_seconds);
  text += fmt::format("DRAM read {} B, written {} B; NoC between cores {} B; {} tile products\n",
                      report.dram_read_bytes, report.dram_write_bytes, report.noc_bytes, report.matmul_tiles);
  text += fmt::format("{:>8}", "core");
  for (size_t unit = 0; unit < emu::kUnits; ++unit)
    text += fmt::format(" {:>12} {:>12}", emu::UnitName(static_cast<emu::Unit>(unit)), "busy");
  text += "\n";
  for (const emu::CoreReport& core : report.cores) {
    text += fmt::format("{:>8}", fmt::format("({},{})", core.core.x, core.core.y));
    for (const emu::UnitReport& unit : core.units) text += fmt::format(" {:>12} {:>12}", unit.end, unit.busy());
    text += "\n";
  }
  return text;
}

}  // namespace tltt::host

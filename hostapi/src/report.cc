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
  text += fmt::format("{:>8} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12}\n", "core", "reader", "busy", "compute", "busy",
                      "writer", "busy");
  for (const emu::CoreReport& core : report.cores) {
    text += fmt::format("{:>8}", fmt::format("({},{})", core.core.x, core.core.y));
    for (size_t role = 0; role < 3; ++role) text += fmt::format(" {:>12} {:>12}", core.cycles[role], core.busy[role]);
    text += "\n";
  }
  return text;
}

}  // namespace tltt::host

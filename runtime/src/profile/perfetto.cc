// The timeline as trace events (https://perfetto.dev reads them): a process for each core, a thread for each unit and
// each NoC, a counter for each circular buffer. One microsecond of the trace is one of the chip.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis.h"
#include "tltt/chip.h"
#include "tltt/profile.h"

namespace tltt {
namespace {

class TraceText {
 public:
  explicit TraceText(double clock_mhz) : clock_mhz_(clock_mhz) {}

  double Time(uint64_t cycle) const { return static_cast<double>(cycle) / clock_mhz_; }
  template <typename... Args>
  void Event(fmt::format_string<Args...> format, Args&&... args) {
    text_ += first_ ? "\n{" : ",\n{";
    first_ = false;
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '}';
  }
  std::string Finish(size_t cores, size_t left_out) {
    return fmt::format(R"({{"displayTimeUnit":"ns","otherData":{{"cores":{},"cores_left_out":{}}},"traceEvents":[{}
]}})",
                       cores, left_out, text_);
  }

 private:
  double clock_mhz_;
  bool first_ = true;
  std::string text_;
};

std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string PerfettoTrace(const Program& program, const emu::RunReport& report, size_t max_events) {
  const emu::Timeline& timeline = report.timeline;
  const Chip& chip = ChipByName(program.chip);
  std::map<Core, size_t> events;
  for (const auto& e : timeline.events) ++events[e.core];
  for (const auto& e : timeline.pages) ++events[e.core];
  for (const auto& e : timeline.transfers) ++events[e.core];
  // The cores that end last are those that the time is made of.
  std::vector<std::pair<uint64_t, Core>> order;
  for (const emu::CoreReport& core : report.cores) {
    uint64_t end = 0;
    for (const emu::UnitReport& unit : core.units) end = std::max(end, unit.end);
    order.emplace_back(end, core.core);
  }
  std::sort(order.begin(), order.end(), std::greater<>());
  std::set<Core> shown;
  size_t total = 0;
  for (const auto& [end, core] : order) {
    total += events[core];
    if (total > max_events && !shown.empty()) break;
    shown.insert(core);
  }

  TraceText out(chip.clock_mhz);
  const auto pid = [&](Core core) { return uint32_t{core.y} * chip.grid.x + core.x + 1; };
  for (const Core& core : shown) {
    out.Event(R"t("ph":"M","pid":{},"name":"process_name","args":{{"name":"core ({}, {})"}})t", pid(core), core.x,
              core.y);
    for (size_t u = 0; u < emu::kUnits; ++u) {
      out.Event(R"t("ph":"M","pid":{},"tid":{},"name":"thread_name","args":{{"name":"{}"}})t", pid(core), u + 1,
                emu::UnitName(static_cast<emu::Unit>(u)));
    }
    for (uint32_t noc : {0u, 1u}) {
      out.Event(R"t("ph":"M","pid":{},"tid":{},"name":"thread_name","args":{{"name":"NoC {}"}})t", pid(core), 11 + noc,
                noc);
    }
  }
  for (const emu::TimelineEvent& e : timeline.events) {
    if (!shown.contains(e.core)) continue;
    const Kernel& kernel = program.kernels[e.kernel];
    const LineOrigin* origin = OriginOf(kernel, e.line);
    const std::string user =
        origin ? fmt::format("{}:{}", program.source_files[origin->file], origin->origin) : std::string();
    const bool busy = e.cause == emu::Cause::kBusy;
    const std::string name = busy ? (origin ? user : fmt::format("{}:{}", kernel.path, e.line))
                                  : std::string("wait: ") + emu::CauseName(e.cause);
    out.Event(
        R"t("ph":"X","pid":{},"tid":{},"ts":{:.4f},"dur":{:.4f},"cat":"{}","name":{},"args":{{"emitted":{},"kernel":{}}})t",
        pid(e.core), static_cast<size_t>(e.unit) + 1, out.Time(e.begin), out.Time(e.end - e.begin),
        busy ? "busy" : "wait", Quoted(name), Quoted(fmt::format("{}:{}", kernel.path, e.line)), Quoted(user));
  }
  // Transfers overlap one another: asynchronous events.
  size_t id = 0;
  for (const emu::TransferEvent& e : timeline.transfers) {
    if (!shown.contains(e.core)) continue;
    ++id;
    const std::string other =
        e.dram ? fmt::format("DRAM bank {}", e.target.x) : fmt::format("core ({}, {})", e.target.x, e.target.y);
    const uint32_t tid = e.unit == emu::Unit::kWriter ? 12 : 11;
    const std::string name = fmt::format("{} {}", emu::TransferKindName(e.kind), other);
    out.Event(R"t("ph":"b","id":{},"pid":{},"tid":{},"ts":{:.4f},"cat":"noc","name":"{}","args":{{"bytes":{}}})t", id,
              pid(e.core), tid, out.Time(e.begin), name, e.bytes);
    out.Event(R"t("ph":"e","id":{},"pid":{},"tid":{},"ts":{:.4f},"cat":"noc","name":"{}")t", id, pid(e.core), tid,
              out.Time(e.end), name);
  }
  std::map<uint32_t, std::string> names;
  for (const CircularBuffer& buffer : program.circular_buffers) {
    for (const CircularBufferFormat& format : buffer.formats) names[format.index] = buffer.name;
  }
  for (const auto& [key, levels] : profile::LevelsOf(report)) {
    if (!shown.contains(key.first)) continue;
    for (const auto& [cycle, pages] : levels) {
      out.Event(R"t("ph":"C","pid":{},"ts":{:.4f},"name":{},"args":{{"pages":{}}})t", pid(key.first), out.Time(cycle),
                Quoted(names[key.second]), pages);
    }
  }
  return out.Finish(shown.size(), report.cores.size() - shown.size());
}

}  // namespace tltt

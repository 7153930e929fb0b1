// The profile as JSON: verdict, advice, lines, and the tables that a report draws.
#include "tltt/profile.h"

#include <algorithm>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <tuple>

#include "analysis.h"
#include "tltt/runtime.h"

namespace tltt {
namespace {

using emu::Cause;
using emu::Unit;
using Json = nlohmann::ordered_json;
using profile::Analysis;

constexpr uint64_t kBins = 240;  // of the time axis of drawn timelines

// What a unit does most in a bin: one letter for each Cause, '.' for nothing.
constexpr char kCauseLetters[emu::kCauses + 1] = "bspmrwqdo";

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

// By name, what each Cause has of cycles or of shares, where it has any.
template <typename Values>
Json CausesJson(const Values& of) {
  Json json = Json::object();
  for (size_t c = 0; c < emu::kCauses; ++c) {
    if (of[c] > 0) json[emu::CauseName(static_cast<Cause>(c))] = of[c];
  }
  return json;
}

struct Cycles {
  uint64_t of[emu::kCauses] = {};
};

// Lines of the user's files and, below each, those of the kernels that were made of it.
Json LinesJson(const Program& program, const emu::RunReport& report) {
  std::map<std::tuple<uint32_t, uint32_t>, std::map<Unit, Cycles>> user;
  std::map<std::pair<uint32_t, uint32_t>, std::map<Unit, Cycles>> emitted;
  for (const emu::LineReport& line : report.lines) {
    const LineOrigin* origin = OriginOf(program.kernels.at(line.kernel), line.line);
    for (size_t c = 0; c < emu::kCauses; ++c) {
      if (origin) user[{origin->file, origin->origin}][line.unit].of[c] += line.cycles[c];
      emitted[{line.kernel, line.line}][line.unit].of[c] += line.cycles[c];
    }
  }
  const auto units_json = [](const std::map<Unit, Cycles>& units) {
    Json json = Json::object();
    for (const auto& [unit, cycles] : units) json[emu::UnitName(unit)] = CausesJson(cycles.of);
    return json;
  };
  Json json{{"user", Json::array()}, {"kernels", Json::array()}};
  for (const auto& [place, units] : user) {
    json["user"].push_back({{"file", std::get<0>(place)}, {"line", std::get<1>(place)}, {"units", units_json(units)}});
  }
  for (uint32_t k = 0; k < program.kernels.size(); ++k) {
    const Kernel& kernel = program.kernels[k];
    Json lines = Json::array();
    uint32_t number = 0;
    for (const std::string_view text : LinesOf(kernel.source)) {
      ++number;
      Json line{{"text", text}};
      if (const LineOrigin* origin = OriginOf(kernel, number)) line["origin"] = {origin->file, origin->origin};
      if (auto found = emitted.find({k, number}); found != emitted.end()) line["units"] = units_json(found->second);
      lines.push_back(std::move(line));
    }
    json["kernels"].push_back({{"path", kernel.path}, {"role", RoleName(kernel.role)}, {"lines", std::move(lines)}});
  }
  return json;
}

// For every core and unit what it does most in each of kBins equal parts of the time.
Json TimelineJson(const emu::RunReport& report) {
  const uint64_t width = std::max<uint64_t>((report.cycles + kBins - 1) / kBins, 1);
  using Bins = std::vector<std::array<uint32_t, emu::kCauses>>;
  std::map<Core, std::array<Bins, emu::kUnits>> cores;
  for (const emu::TimelineEvent& event : report.timeline.events) {
    Bins& bins = cores[event.core][static_cast<size_t>(event.unit)];
    if (bins.empty()) bins.resize(kBins);
    for (uint64_t bin = event.begin / width; bin < kBins && bin * width < event.end; ++bin) {
      const uint64_t from = std::max(event.begin, bin * width), to = std::min(event.end, (bin + 1) * width);
      bins[bin][static_cast<size_t>(event.cause)] += static_cast<uint32_t>(to - from);
    }
  }
  Json list = Json::array();
  for (const auto& [core, units] : cores) {
    Json entry{{"x", core.x}, {"y", core.y}};
    for (size_t u = 0; u < emu::kUnits; ++u) {
      if (units[u].empty()) continue;
      std::string text;
      for (const auto& bin : units[u]) {
        const auto most = std::max_element(bin.begin(), bin.end());
        text += *most == 0 ? '.' : kCauseLetters[most - bin.begin()];
      }
      entry[emu::UnitName(static_cast<Unit>(u))] = text;
    }
    list.push_back(std::move(entry));
  }
  return {{"bins", kBins}, {"bin_cycles", width}, {"letters", kCauseLetters}, {"cores", std::move(list)}};
}

// The fill of each circular buffer over the time, per core: one digit a bin, 0 empty to 9 full.
Json FillJson(const Analysis& a) {
  const emu::RunReport& report = *a.report;
  const uint64_t width = std::max<uint64_t>((report.cycles + kBins - 1) / kBins, 1);
  std::map<uint32_t, uint32_t> pages;
  for (const profile::BufferUse& buffer : a.buffers) pages[buffer.index] = buffer.pages;
  Json list = Json::array();
  for (const auto& [key, levels] : profile::LevelsOf(report)) {
    std::vector<double> area(kBins);
    int64_t level = 0;
    uint64_t at = 0;
    const auto until = [&](uint64_t time) {
      for (uint64_t bin = at / width; bin < kBins && bin * width < time; ++bin) {
        const uint64_t from = std::max(at, bin * width), to = std::min(time, (bin + 1) * width);
        if (to > from) area[bin] += static_cast<double>(level) * static_cast<double>(to - from);
      }
      at = std::max(at, time);
    };
    for (const auto& [time, next] : levels) until(time), level = next;
    until(report.cycles);
    std::string text;
    for (double sum : area) {
      const double fill = sum / static_cast<double>(width) / std::max<double>(pages[key.second], 1);
      text += static_cast<char>('0' + std::clamp(static_cast<int>(fill * 9 + 0.5), 0, 9));
    }
    list.push_back({{"x", key.first.x}, {"y", key.first.y}, {"buffer", key.second}, {"fill", text}});
  }
  return list;
}

Json NocJson(const Analysis& a) {
  const Chip& chip = *a.chip;
  static constexpr const char* kParts[] = {"x", "y", "out", "in"};
  Json loads = Json::array();
  for (const emu::NocLoad& load : a.report->timeline.noc) {
    loads.push_back({load.noc, kParts[static_cast<size_t>(load.part)], load.place.x, load.place.y, load.busy});
  }
  Json banks = Json::array();
  for (size_t bank = 0; bank < a.report->timeline.dram_busy.size(); ++bank) {
    banks.push_back({{"x", chip.dram_endpoints[0][bank].x},
                     {"y", chip.dram_endpoints[0][bank].y},
                     {"busy", a.report->timeline.dram_busy[bank]}});
  }
  return {{"grid", chip.noc_grid},
          {"worker_columns", chip.worker_columns},
          {"worker_rows", chip.worker_rows},
          {"loads", std::move(loads)},
          {"banks", std::move(banks)}};
}

// Work is counted in cycles of math units, so that kernels without products have a roofline too.
Json RooflineJson(const Analysis& a) {
  const emu::RunReport& report = *a.report;
  const Chip& chip = *a.chip;
  double busy = 0;
  for (const emu::CoreReport& core : report.cores)
    busy += static_cast<double>(core.units[static_cast<size_t>(Unit::kMath)].busy());
  const double bytes = static_cast<double>(report.dram_read_bytes + report.dram_write_bytes);
  Json json{{"math_units", uint32_t{chip.grid.x} * chip.grid.y},
            {"dram_bytes_per_cycle", chip.dram_banks * chip.dram_bytes_per_cycle},
            {"math_cycles", busy},
            {"dram_bytes", bytes},
            {"busy_units", busy / static_cast<double>(std::max<uint64_t>(report.cycles, 1))}};
  if (bytes > 0) json["cycles_per_byte"] = busy / bytes;
  if (report.matmul_tiles > 0 && report.microseconds > 0)
    json["tflops"] = static_cast<double>(report.matmul_tiles) * 65536 / report.microseconds / 1e6;
  return json;
}

Json TensorsJson(const Program& program) {
  Json list = Json::array();
  for (const Tensor& tensor : program.tensors) {
    list.push_back({{"name", tensor.name},
                    {"dtype", tensor.dtype},
                    {"shape", tensor.shape},
                    {"format", DataFormatName(tensor.format)},
                    {"memory", tensor.memory == Memory::kDram ? "DRAM" : "L1"},
                    {"layout", tensor.layout == TensorLayout::kTile ? "TILE" : "ROW_MAJOR"},
                    {"sharded", tensor.shards.has_value()},
                    {"access", tensor.access == Access::kIn    ? "in"
                               : tensor.access == Access::kOut ? "out"
                                                               : "inout"}});
  }
  return list;
}

const char* FidelityName(const Program& program) {
  static constexpr const char* kNames[] = {"LoFi", "LoFi", "HiFi2", "HiFi3", "HiFi4"};
  for (const Kernel& kernel : program.kernels) {
    if (kernel.role == Role::kCompute) return kNames[static_cast<size_t>(kernel.compute.math_fidelity)];
  }
  return "HiFi4";
}

}  // namespace

WhatIf AskWhatIf(const Program& program) {
  static constexpr std::pair<const char*, double emu::Speedup::*> kParts[] = {
      {"math", &emu::Speedup::math},      {"unpack", &emu::Speedup::unpack}, {"pack", &emu::Speedup::pack},
      {"issue", &emu::Speedup::issue},    {"noc", &emu::Speedup::noc},       {"dram", &emu::Speedup::dram},
      {"latency", &emu::Speedup::latency}};
  std::vector<std::future<uint64_t>> asked;
  for (const auto& [name, part] : kParts) {
    emu::Speedup speedup;
    speedup.*part = 2;
    asked.push_back(std::async(std::launch::async, [&, speedup] { return PredictTime(program, speedup).cycles; }));
  }
  WhatIf answers;
  for (size_t i = 0; i < asked.size(); ++i) answers[kParts[i].first] = asked[i].get();
  return answers;
}

std::string ProfileJson(const Program& program, const emu::RunReport& report, const WhatIf& what_if) {
  const Analysis a = profile::Analyse(program, report, what_if);
  const profile::Bound bound = profile::FindBound(a);
  Json json{{"kernel", program.name},
            {"arch", program.arch},
            {"chip", program.chip},
            {"clock_mhz", a.chip->clock_mhz},
            {"grid", {a.chip->grid.x, a.chip->grid.y}},
            {"math_fidelity", FidelityName(program)},
            {"cycles", report.cycles},
            {"microseconds", report.microseconds},
            {"launch_microseconds", report.launch_microseconds},
            {"math_busy_share", report.math_busy_share},
            {"matmul_tiles", report.matmul_tiles},
            {"dram_read_bytes", report.dram_read_bytes},
            {"dram_write_bytes", report.dram_write_bytes},
            {"noc_bytes", report.noc_bytes},
            {"balance", a.balance},
            {"dram_busy", {{"mean", a.dram_mean}, {"max", a.dram_max}}},
            {"noc_busy_max", a.noc_max}};
  json["bound"] = {{"kind", bound.kind}, {"share", bound.share}, {"text", bound.text}, {"chain", bound.chain}};
  json["what_if"] = Json(what_if);
  json["advice"] = Json::array();
  for (const profile::Advice& advice : profile::Advise(a, bound))
    json["advice"].push_back({{"code", advice.code}, {"text", advice.text}, {"options", Json(advice.options)}});
  json["units"] = Json::object();
  for (size_t u = 0; u < emu::kUnits; ++u) {
    if (a.present[u]) json["units"][emu::UnitName(static_cast<Unit>(u))] = CausesJson(a.mean[u]);
  }
  json["cores"] = Json::array();
  for (const emu::CoreReport& core : report.cores) {
    Json entry{{"x", core.core.x}, {"y", core.core.y}};
    for (size_t u = 0; u < emu::kUnits; ++u) {
      if (core.units[u].end == 0) continue;
      entry[emu::UnitName(static_cast<Unit>(u))] = {{"end", core.units[u].end},
                                                    {"cycles", CausesJson(core.units[u].cycles)}};
    }
    json["cores"].push_back(std::move(entry));
  }
  const Core critical = report.cores[a.critical].core;
  json["critical_core"] = {critical.x, critical.y};
  json["tensors"] = TensorsJson(program);
  json["source_files"] = program.source_files;
  json["lines"] = LinesJson(program, report);
  json["timeline"] = TimelineJson(report);
  json["buffers"] = Json::array();
  for (const profile::BufferUse& b : a.buffers) {
    json["buffers"].push_back({{"name", b.name},
                               {"index", b.index},
                               {"pages", b.pages},
                               {"page_size", b.page_size},
                               {"producer", emu::UnitName(b.producer)},
                               {"consumer", emu::UnitName(b.consumer)},
                               {"mean_pages", b.mean_pages},
                               {"empty", b.empty},
                               {"full", b.full}});
  }
  json["fill"] = FillJson(a);
  json["l1"] = {{"bytes", a.chip->l1_bytes}, {"regions", Json::array()}};
  for (const emu::L1Use& use : report.timeline.l1)
    json["l1"]["regions"].push_back({{"name", use.name}, {"begin", use.begin}, {"end", use.end}});
  json["noc"] = NocJson(a);
  json["roofline"] = RooflineJson(a);
  // A kernel's text may hold any bytes.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tltt

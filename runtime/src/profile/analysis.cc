#include "analysis.h"

#include <algorithm>

namespace tltt::profile {
namespace {

using emu::Cause;
using emu::Unit;

// Levels of one buffer of one core -> its mean level, and how long it was empty and full.
void MeasureLevel(const std::vector<std::pair<uint64_t, int64_t>>& levels, uint64_t cycles, BufferUse* use) {
  int64_t level = 0;
  uint64_t at = 0;
  const auto until = [&](uint64_t time) {
    const auto span = static_cast<double>(time - at);
    use->mean_pages += static_cast<double>(level) * span;
    if (level <= 0) use->empty += span;
    if (level >= static_cast<int64_t>(use->pages)) use->full += span;
    at = time;
  };
  for (const auto& [time, next] : levels) {
    until(std::min(std::max(time, at), cycles));
    level = next;
  }
  until(std::max(at, cycles));
}

std::vector<BufferUse> MeasureBuffers(const Program& program, const emu::RunReport& report) {
  std::map<uint32_t, BufferUse> uses;
  for (const CircularBuffer& buffer : program.circular_buffers) {
    for (const CircularBufferFormat& format : buffer.formats) {
      BufferUse use;
      use.name = buffer.name, use.index = format.index, use.page_size = format.page_size;
      use.pages = buffer.total_size / format.page_size;
      uses.emplace(format.index, use);
    }
  }
  for (const emu::PageEvent& event : report.timeline.pages) {
    BufferUse& use = uses[event.buffer];
    (event.change > 0 ? use.producer : use.consumer) = event.unit;
  }
  std::map<uint32_t, double> cores;
  for (const auto& [place, levels] : LevelsOf(report)) {
    MeasureLevel(levels, report.cycles, &uses[place.second]);
    ++cores[place.second];
  }
  std::vector<BufferUse> result;
  for (auto& [index, use] : uses) {
    if (!cores.contains(index)) continue;
    const double time = cores[index] * static_cast<double>(std::max<uint64_t>(report.cycles, 1));
    use.mean_pages /= time, use.empty /= time, use.full /= time;
    result.push_back(use);
  }
  return result;
}

}  // namespace

Levels LevelsOf(const emu::RunReport& report) {
  Levels levels;
  for (const emu::PageEvent& event : report.timeline.pages)
    levels[{event.core, event.buffer}].emplace_back(event.cycle, event.change);
  for (auto& [place, list] : levels) {
    std::sort(list.begin(), list.end());
    int64_t level = 0;
    for (auto& [cycle, pages] : list) level = pages += level;
  }
  return levels;
}

Analysis Analyse(const Program& program, const emu::RunReport& report, const WhatIf& what_if) {
  Analysis a;
  a.what_if = what_if;
  a.program = &program, a.report = &report, a.chip = &ChipByName(program.chip);
  const auto time = static_cast<double>(std::max<uint64_t>(report.cycles, 1));
  std::array<double, emu::kUnits> cores{};
  double ends = 0;
  uint64_t last = 0;
  for (size_t i = 0; i < report.cores.size(); ++i) {
    uint64_t end = 0;
    for (size_t u = 0; u < emu::kUnits; ++u) {
      const emu::UnitReport& unit = report.cores[i].units[u];
      if (unit.end == 0) continue;
      a.present[u] = true;
      ++cores[u];
      end = std::max(end, unit.end);
      for (size_t c = 0; c < emu::kCauses; ++c) a.mean[u][c] += static_cast<double>(unit.cycles[c]) / time;
    }
    ends += static_cast<double>(end);
    if (end > last) last = end, a.critical = i;
  }
  for (size_t u = 0; u < emu::kUnits; ++u) {
    for (double& share : a.mean[u]) share /= std::max(cores[u], 1.0);
    for (size_t c = 0; c < emu::kCauses; ++c)
      a.of_critical[u][c] = static_cast<double>(report.cores.at(a.critical).units[u].cycles[c]) / time;
  }
  a.balance = ends / static_cast<double>(report.cores.size()) / time;
  for (uint64_t busy : report.timeline.dram_busy) {
    a.dram_mean += static_cast<double>(busy) / time / static_cast<double>(report.timeline.dram_busy.size());
    a.dram_max = std::max(a.dram_max, static_cast<double>(busy) / time);
  }
  for (const emu::NocLoad& load : report.timeline.noc)
    a.noc_max = std::max(a.noc_max, static_cast<double>(load.busy) / time);

  double math_busy = 0;
  for (const emu::CoreReport& core : report.cores)
    math_busy += static_cast<double>(core.units[static_cast<size_t>(Unit::kMath)].busy());
  for (const Kernel& kernel : program.kernels) {
    if (kernel.role != Role::kCompute || math_busy == 0) continue;
    const auto fidelity = static_cast<size_t>(kernel.compute.math_fidelity);
    a.matmul_share = std::min(
        1.0, static_cast<double>(report.matmul_tiles) * static_cast<double>(a.chip->matmul_tile[fidelity]) / math_busy);
  }
  for (const Tensor& tensor : program.tensors) {
    if (tensor.access == Access::kOut || tensor.memory != Memory::kDram) continue;
    double elements = 1;
    for (int64_t extent : tensor.shape) elements *= static_cast<double>(extent);
    a.input_bytes += elements * TileBytes(tensor.format) / (kTileHeight * kTileWidth);
  }
  a.buffers = MeasureBuffers(program, report);
  return a;
}

}  // namespace tltt::profile

// The figures that a profile argues with, and its verdict.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tltt/chip.h"
#include "tltt/emulator.h"
#include "tltt/profile.h"
#include "tltt/program.h"

namespace tltt::profile {

using Shares = std::array<double, emu::kCauses>;  // by Cause, of the kernel's time

// A circular buffer, as the mean over the cores that use it.
struct BufferUse {
  std::string name;
  uint32_t index = 0, pages = 0, page_size = 0;
  emu::Unit producer = emu::Unit::kReader, consumer = emu::Unit::kUnpack;
  double mean_pages = 0;
  double empty = 0, full = 0;  // shares of the kernel's time
};

struct Analysis {
  const Program* program = nullptr;
  const emu::RunReport* report = nullptr;
  const Chip* chip = nullptr;
  size_t critical = 0;                                    // index into report->cores: the core that ends last
  std::array<Shares, emu::kUnits> of_critical{}, mean{};  // of the critical core; of all cores that have the unit
  std::array<bool, emu::kUnits> present{};
  double dram_mean = 0, dram_max = 0;  // shares of the time that banks are at work
  double noc_max = 0;                  // of the busiest link or way in or out of a core
  double balance = 1;                  // mean end of the cores over the end of the last
  double matmul_share = 0;             // products' part of the math unit's work
  WhatIf what_if;
  std::vector<BufferUse> buffers;
  // Bytes of tensors that the kernel reads, each counted once.
  double input_bytes = 0;
  double Share(emu::Unit unit, emu::Cause cause) const {
    return of_critical[static_cast<size_t>(unit)][static_cast<size_t>(cause)];
  }
  // The share of the time that a part of twice the speed would save.
  double Gain(const std::string& part) const {
    const auto found = what_if.find(part);
    if (found == what_if.end() || report->cycles == 0) return 0;
    return 1 - static_cast<double>(found->second) / static_cast<double>(report->cycles);
  }
  double Busy(emu::Unit unit) const { return Share(unit, emu::Cause::kBusy); }
};

// The fill of every circular buffer of every core that has pages moved through it, by core and index: (cycle, pages
// from then on), in order of time; empty before the first.
using Levels = std::map<std::pair<Core, uint32_t>, std::vector<std::pair<uint64_t, int64_t>>>;
Levels LevelsOf(const emu::RunReport& report);

Analysis Analyse(const Program& program, const emu::RunReport& report, const WhatIf& what_if);

// What the kernel's time is bound by: "math", "unpack", "pack", "issue", "dram", "noc", "waiting" or "imbalance".
struct Bound {
  std::string kind;
  double share = 0;                // of the time that is lost to it: what twice the speed would save
  std::string text;                // one sentence
  std::vector<std::string> parts;  // of the chip that would save time if they were faster, the best first
  std::vector<std::string> chain;  // who waits for whom, from the math unit on
};

Bound FindBound(const Analysis& analysis);

struct Advice {
  std::string code;                            // "fidelity": stable
  std::string text;                            // what to change in the kernel, and why that helps
  std::map<std::string, std::string> options;  // target options that do it; empty: the kernel is to be changed
};

// What is worth trying, the best first.
std::vector<Advice> Advise(const Analysis& analysis, const Bound& bound);

}  // namespace tltt::profile

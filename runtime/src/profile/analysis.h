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
  std::vector<BufferUse> buffers;
  // Bytes of tensors that the kernel reads, each counted once.
  double input_bytes = 0;
  double Share(emu::Unit unit, emu::Cause cause) const {
    return of_critical[static_cast<size_t>(unit)][static_cast<size_t>(cause)];
  }
  double Busy(emu::Unit unit) const { return Share(unit, emu::Cause::kBusy); }
};

Analysis Analyse(const Program& program, const emu::RunReport& report);

// What the kernel's time is bound by: "math", "unpack", "pack", "issue", "dram", "noc", "waiting" or "imbalance".
struct Bound {
  std::string kind;
  double share = 0;                // how much of the time it is at work
  std::string text;                // one sentence
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

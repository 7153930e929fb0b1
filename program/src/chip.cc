#include "tltt/chip.h"

#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "chip_texts.h"

namespace tltt {
namespace {

using nlohmann::json;

Chip ParseChip(const char* text) {
  const json description = json::parse(text);
  const json& figures = description.at("figures");
  const auto figure = [&figures](const char* key) -> const json& { return figures.at(key).at("value"); };
  Chip chip;
  chip.name = description.at("name");
  chip.arch = description.at("arch");
  chip.grid = {figure("grid").at(0), figure("grid").at(1)};
  chip.clock_mhz = figure("clock_mhz");
  chip.l1_bytes = figure("l1_bytes");
  chip.l1_base = figure("l1_base");
  chip.num_circular_buffers = figure("num_circular_buffers");
  chip.dram_banks = figure("dram_banks");
  chip.dram_bank_bytes = figure("dram_bank_bytes");
  chip.dst_tiles_16b = figure("dst_tiles_16b");
  chip.noc_alignment_l1 = figure("noc_alignment_l1");
  chip.noc_alignment_dram = figure("noc_alignment_dram");
  chip.noc_grid = figure("noc_grid").get<std::vector<uint32_t>>();
  chip.noc_bytes_per_cycle = figure("noc_bytes_per_cycle");
  chip.dram_bytes_per_cycle = figure("dram_bytes_per_cycle");
  chip.noc_latency = figure("noc_latency");
  chip.riscv_cb_op = figure("riscv_cb_op");
  chip.riscv_noc_issue = figure("riscv_noc_issue");
  chip.riscv_block = figure("riscv_block");
  for (size_t fidelity = 0; fidelity < std::size(chip.matmul_tile); ++fidelity) {
    chip.matmul_tile[fidelity] = figure("matmul_tile").at(fidelity);
  }
  chip.unpack_bytes_per_cycle = figure("unpack_bytes_per_cycle");
  chip.pack_bytes_per_cycle = figure("pack_bytes_per_cycle");
  return chip;
}

const std::map<std::string, Chip>& Chips() {
  static const std::map<std::string, Chip> chips = [] {
    std::map<std::string, Chip> parsed;
    for (const char* text : ChipTexts()) {
      Chip chip = ParseChip(text);
      parsed.emplace(chip.name, chip);
    }
    return parsed;
  }();
  return chips;
}

}  // namespace

std::vector<std::string> ChipNames() {
  std::vector<std::string> names;
  for (const auto& [name, chip] : Chips()) names.push_back(name);
  return names;
}

const Chip& ChipByName(const std::string& name) {
  const auto found = Chips().find(name);
  if (found == Chips().end()) {
    throw std::invalid_argument(fmt::format("unknown chip \"{}\"; known: {}", name, fmt::join(ChipNames(), ", ")));
  }
  return found->second;
}

const Chip& DefaultChip(const std::string& arch) {
  if (arch == "wormhole_b0") return ChipByName("n150");
  if (arch == "blackhole") return ChipByName("p150");
  throw std::invalid_argument(fmt::format("unknown architecture \"{}\"; known: wormhole_b0, blackhole", arch));
}

}  // namespace tltt

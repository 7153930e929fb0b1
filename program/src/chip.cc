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
  chip.worker_columns = figure("worker_columns").get<std::vector<uint32_t>>();
  chip.worker_rows = figure("worker_rows").get<std::vector<uint32_t>>();
  for (size_t noc = 0; noc < std::size(chip.dram_endpoints); ++noc) {
    for (const json& place : figure("dram_endpoints").at(noc)) {
      chip.dram_endpoints[noc].push_back({place.at(0).get<uint16_t>(), place.at(1).get<uint16_t>()});
    }
  }
  const auto read = [&figure](const char* key, auto& value) { figure(key).get_to(value); };
  read("noc_hop", chip.noc_hop);
  read("noc_base_latency", chip.noc_base_latency);
  read("noc_bytes_per_cycle", chip.noc_bytes_per_cycle);
  read("noc_max_packet", chip.noc_max_packet);
  read("noc_l1_read_bytes_per_cycle", chip.noc_l1_read_bytes_per_cycle);
  read("noc_dram_read_bytes_per_cycle", chip.noc_dram_read_bytes_per_cycle);
  read("noc_dram_write_bytes_per_cycle", chip.noc_dram_write_bytes_per_cycle);
  read("noc_multicast_flit", chip.noc_multicast_flit);
  read("noc_multicast_packet", chip.noc_multicast_packet);
  read("noc_multicast_reserve", chip.noc_multicast_reserve);
  read("noc_multicast_ack", chip.noc_multicast_ack);
  read("dram_bytes_per_cycle", chip.dram_bytes_per_cycle);
  read("dram_row", chip.dram_row);
  read("dram_request", chip.dram_request);
  read("dram_latency", chip.dram_latency);
  read("dram_min_write", chip.dram_min_write);
  read("dram_small_write", chip.dram_small_write);
  read("riscv_block", chip.riscv_block);
  read("riscv_cb_op", chip.riscv_cb_op);
  read("riscv_cb_latency", chip.riscv_cb_latency);
  read("riscv_noc_read", chip.riscv_noc_read);
  read("riscv_noc_write", chip.riscv_noc_write);
  read("riscv_barrier", chip.riscv_barrier);
  read("riscv_semaphore", chip.riscv_semaphore);
  read("riscv_poll", chip.riscv_poll);
  read("riscv_tile_call", chip.riscv_tile_call);
  read("riscv_dst_op", chip.riscv_dst_op);
  read("riscv_configure", chip.riscv_configure);
  read("kernel_start", chip.kernel_start);
  read("launch_microseconds", chip.launch_microseconds);
  for (size_t fidelity = 0; fidelity < std::size(chip.matmul_tile); ++fidelity) {
    chip.matmul_tile[fidelity] = figure("matmul_tile").at(fidelity);
  }
  for (size_t i = 0; i < 2; ++i) chip.matmul_overhead[i] = figure("matmul_overhead").at(i);
  read("srca_bytes_per_cycle", chip.srca_bytes_per_cycle);
  read("srcb_bytes_per_cycle", chip.srcb_bytes_per_cycle);
  read("unpack_bytes_per_cycle", chip.unpack_bytes_per_cycle);
  read("pack_bytes_per_cycle", chip.pack_bytes_per_cycle);
  read("pack_overhead", chip.pack_overhead);
  read("pack_l1_accumulate", chip.pack_l1_accumulate);
  for (size_t i = 0; i < 2; ++i) {
    chip.tilize[i] = figure("tilize").at(i);
    chip.untilize[i] = figure("untilize").at(i);
  }
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

// Names that the original project had and TT-Metalium no longer knows.
static void RefuseGrayskull(const std::string& name) {
  if (name != "grayskull" && name != "e75" && name != "e150") return;
  throw std::invalid_argument(
      fmt::format("{}: TT-Metalium has dropped Grayskull, so that nothing could run the kernels; known chips: {}", name,
                  fmt::join(ChipNames(), ", ")));
}

const Chip& ChipByName(const std::string& name) {
  RefuseGrayskull(name);
  const auto found = Chips().find(name);
  if (found == Chips().end()) {
    throw std::invalid_argument(fmt::format("unknown chip \"{}\"; known: {}", name, fmt::join(ChipNames(), ", ")));
  }
  return found->second;
}

const Chip& DefaultChip(const std::string& arch) {
  RefuseGrayskull(arch);
  if (arch == "wormhole_b0") return ChipByName("n150");
  if (arch == "blackhole") return ChipByName("p150");
  throw std::invalid_argument(fmt::format("unknown architecture \"{}\"; known: wormhole_b0, blackhole", arch));
}

}  // namespace tltt

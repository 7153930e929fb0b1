// Chip descriptions: facts of a product as data (program/chips/*.json, each figure with its source there).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tltt/program.h"

namespace tltt {

struct Chip {
  std::string name;  // "n150", "p150", "p100"
  std::string arch;  // "wormhole_b0" or "blackhole"
  Core grid;         // worker grid left to programs: 8x8 on n150
  uint32_t clock_mhz = 1000;
  uint32_t l1_bytes = 0;  // of one core
  uint32_t l1_base = 0;   // first byte that programs may use
  uint32_t num_circular_buffers = 32;
  uint32_t dram_banks = 0;
  uint64_t dram_bank_bytes = 0;
  uint32_t dst_tiles_16b = 16;  // full sync; half of it in half sync, half again in 32-bit mode
  uint32_t noc_alignment_l1 = 16, noc_alignment_dram = 32;  // bytes
  std::vector<uint32_t> noc_grid;                           // [columns, rows] of the NoC
  // First-estimate costs in cycles; bandwidths in bytes per cycle.
  double noc_bytes_per_cycle = 30;   // of one link
  double dram_bytes_per_cycle = 24;  // of one bank
  double noc_latency = 200;          // of a read between rows and columns
  uint32_t riscv_cb_op = 12, riscv_noc_issue = 20, riscv_block = 4;
  uint32_t matmul_tile[5] = {16, 16, 32, 48, 64};  // by MathFidelity value
  uint32_t unpack_bytes_per_cycle = 64, pack_bytes_per_cycle = 64;
};

std::vector<std::string> ChipNames();  // sorted

// Descriptions that ship with the library; throws std::invalid_argument naming the known ones.
const Chip& ChipByName(const std::string& name);
const Chip& DefaultChip(const std::string& arch);  // "wormhole_b0" -> n150, "blackhole" -> p150

}  // namespace tltt

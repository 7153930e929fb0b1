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

  // Places on the NoC grid: workers by logical column and row, DRAM banks by bank, for each NoC.
  std::vector<uint32_t> worker_columns, worker_rows;
  std::vector<Core> dram_endpoints[2];

  // The clock's figures: cycles, and bytes per cycle.
  uint32_t noc_hop = 9;               // from router to router
  double noc_base_latency = 70;       // of a round trip without hops
  double noc_bytes_per_cycle = 31.4;  // of one link; a packet takes one more flit
  uint32_t noc_max_packet = 8192;     // bytes
  double noc_l1_read_bytes_per_cycle = 29, noc_dram_read_bytes_per_cycle = 22, noc_dram_write_bytes_per_cycle = 22;
  double noc_multicast_flit = 1.04, noc_multicast_packet = 16;  // cycles of the sender for each
  double noc_multicast_reserve = 0;                             // more of one that is not linked to the one before
  double noc_multicast_ack = 5;                                 // of one destination
  double dram_bytes_per_cycle = 22, dram_row = 0, dram_request = 7, dram_latency = 94;  // of one bank
  uint32_t dram_min_write = 128;                   // bytes; smaller ones are read and merged
  double dram_small_write = 62;                    // cycles of such a write
  double riscv_block = 4;                          // a basic block of a kernel
  double riscv_cb_op = 12, riscv_cb_latency = 10;  // a call; until the other side sees it
  double riscv_noc_read = 15, riscv_noc_write = 18, riscv_barrier = 10;
  double riscv_semaphore = 10, riscv_poll = 10;  // a call; the last look of one that waits
  double riscv_tile_call = 10, riscv_dst_op = 10, riscv_configure = 30;
  double kernel_start = 0;                         // from the launch to a kernel's first statement
  double launch_microseconds = 2;                  // between two programs of a queue
  uint32_t matmul_tile[5] = {16, 16, 32, 48, 64};  // by MathFidelity value
  double matmul_overhead[2] = {1.2, 0.5};          // cycles more of each tile: constant, for each phase
  double srca_bytes_per_cycle = 42, srcb_bytes_per_cycle = 48, unpack_bytes_per_cycle = 64;  // each unpacker; both
  double pack_bytes_per_cycle = 64, pack_overhead = 7, pack_l1_accumulate = 2;               // cycles of a tile; factor
  uint32_t tilize[2] = {52, 45}, untilize[2] = {38, 57};  // cycles of a tile: unpack, pack
};

std::vector<std::string> ChipNames();  // sorted

// Descriptions that ship with the library; throws std::invalid_argument naming the known ones.
const Chip& ChipByName(const std::string& name);
const Chip& DefaultChip(const std::string& arch);  // "wormhole_b0" -> n150, "blackhole" -> p150

}  // namespace tltt

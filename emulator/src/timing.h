// What the engine's operations cost, in cycles: the one place. A first estimate: each role has one clock, a role's NoC
// transfers share one port, DRAM bandwidth is shared evenly by the cores of the launch.
#pragma once

#include <algorithm>
#include <cstdint>

#include "tltt/chip.h"

namespace tltt::emu {

struct Timing {
  Timing() = default;
  Timing(const Chip& chip, uint32_t launched_cores)
      : cb_op(chip.riscv_cb_op),
        noc_issue(chip.riscv_noc_issue),
        block(chip.riscv_block),
        noc_latency(static_cast<uint64_t>(chip.noc_latency)),
        noc_cycles_per_byte(1.0 / chip.noc_bytes_per_cycle),
        dram_cycles_per_byte(
            1.0 / std::min(chip.noc_bytes_per_cycle,
                           chip.dram_bytes_per_cycle * std::max(1u, chip.dram_banks) / std::max(1u, launched_cores))) {}

  uint64_t Transfer(uint64_t bytes, bool dram) const {
    return static_cast<uint64_t>(static_cast<double>(bytes) * (dram ? dram_cycles_per_byte : noc_cycles_per_byte)) + 1;
  }

  uint32_t cb_op = 0, noc_issue = 0, block = 0;
  uint64_t noc_latency = 0;
  double noc_cycles_per_byte = 0, dram_cycles_per_byte = 0;
};

}  // namespace tltt::emu

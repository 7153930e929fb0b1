#include "analysis/costs.h"

#include <algorithm>

namespace tltt::compiler {

double MathCycles(const Chip& chip, const std::string& fidelity) {
  const int phases = fidelity == "LoFi" ? 1 : fidelity == "HiFi2" ? 2 : fidelity == "HiFi3" ? 3 : 4;
  return chip.matmul_tile[phases] + chip.matmul_overhead[0] + chip.matmul_overhead[1] * phases;
}

double ProductCycles(const Chip& chip, const std::string& fidelity, double tile_bytes) {
  return std::max(MathCycles(chip, fidelity),
                  tile_bytes / std::max(chip.srca_bytes_per_cycle, chip.srcb_bytes_per_cycle));
}

double UnpackCycles(const Chip& chip, int64_t rows, int64_t cols, double in0_bytes, double in1_bytes) {
  const auto tiles = static_cast<double>(rows * cols), kept = static_cast<double>(std::min(rows, cols));
  const double a = in1_bytes * (cols >= rows ? tiles : kept), b = in0_bytes * (cols >= rows ? kept : tiles);
  return std::max(
      {a / chip.srca_bytes_per_cycle, b / chip.srcb_bytes_per_cycle, (a + b) / chip.unpack_bytes_per_cycle});
}

double AccumulateCycles(const Chip& chip, double bytes) {
  return (bytes / chip.pack_bytes_per_cycle + chip.pack_overhead) * chip.pack_l1_accumulate;
}

double HandOverCycles(const Chip& chip, const std::string& fidelity) {
  constexpr double kBlocks = 10;  // of the RISC-V core's code, as the emulator counts those of compiled kernels
  return std::max(0.0, 2 * chip.riscv_dst_op + kBlocks * chip.riscv_block - MathCycles(chip, fidelity));
}

}  // namespace tltt::compiler

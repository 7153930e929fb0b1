// What operations take, for decisions of the compiler: cycles by the chip's description.
#pragma once

#include <cstdint>
#include <string>

#include "tltt/chip.h"

namespace tltt::compiler {

// The product of two tiles in the matrix unit.
double MathCycles(const Chip& chip, const std::string& fidelity);

// The product of two tiles: the slower of the matrix unit and of the unpackers, of which one has a new tile for every
// product. `tile_bytes`: of the operand whose tiles are larger.
double ProductCycles(const Chip& chip, const std::string& fidelity, double tile_bytes);

// The unpackers' share of a step of matmul_block with rows x cols products: the operand with fewer tiles, in0 (rows
// tiles through SrcB) or in1 (cols tiles through SrcA), stays in its source register while the other one's tiles pass.
double UnpackCycles(const Chip& chip, int64_t rows, int64_t cols, double in0_bytes, double in1_bytes);

// The packer's adding of a tile of `bytes` to a sum in L1.
double AccumulateCycles(const Chip& chip, double bytes);

// What the math unit waits for where DST changes hands in a row of products: its RISC-V core, which is one product
// ahead, makes two calls and goes through the ends of the loops around them.
double HandOverCycles(const Chip& chip, const std::string& fidelity);

}  // namespace tltt::compiler

// The example of vector code that the LLK carries: a face of one tile of DST and of another, added.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sfpi.h"

namespace ckernel::sfpu {

inline void my_add_tile_face(const std::uint32_t in0, const std::uint32_t in1, const std::uint32_t out) {
  constexpr std::uint32_t kTile = 32, kFace = 8;  // vectors
  for (std::size_t i = 0; i < kFace; ++i) {
    const sfpi::vFloat a = sfpi::dst_reg[in0 * kTile + i], b = sfpi::dst_reg[in1 * kTile + i];
    sfpi::dst_reg[out * kTile + i] = a + b;
  }
}

}  // namespace ckernel::sfpu

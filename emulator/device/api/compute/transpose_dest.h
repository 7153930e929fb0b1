// Transposition of a tile in DST.
#pragma once

#include <cstdint>

#include "api/compute/common.h"

namespace ckernel {

template <bool is_32bit = false, bool transpose_of_faces = true>
ALWI void transpose_dest_init(uint32_t = 0, uint32_t line = __builtin_LINE()) {
  static_assert(transpose_of_faces, "transposing inside faces alone is not supported");
  device::TransposeDestInit(line);
}

template <bool is_32bit = false, bool transpose_of_faces = true>
ALWI void transpose_dest(uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::TransposeDest(idst, line);
}

}  // namespace ckernel

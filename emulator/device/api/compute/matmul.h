// Matrix products of tiles. in0 goes to SrcB and in1 to SrcA; every call adds to DST.
#pragma once

#include <cstdint>

#include "api/compute/common.h"

namespace ckernel {

// transpose: in1 tiles are transposed as they are read.
ALWI void matmul_init(uint32_t in0_cb_id, uint32_t in1_cb_id, const uint32_t transpose = 0,
                      uint32_t call_line = __builtin_LINE()) {
  device::MatmulInit(in0_cb_id, in1_cb_id, transpose != 0, 1, 1, 1, false, call_line);
}

ALWI void mm_uninit(uint32_t, uint32_t) {}

ALWI void matmul_tiles(uint32_t in0_cb_id, uint32_t in1_cb_id, uint32_t in0_tile_index, uint32_t in1_tile_index,
                       uint32_t idst, uint32_t line = __builtin_LINE()) {
  device::MatmulTiles(in0_cb_id, in1_cb_id, in0_tile_index, in1_tile_index, idst, line);
}

ALWI void matmul_block_init(uint32_t in0_cb_id, uint32_t in1_cb_id, const uint32_t transpose = 0, uint32_t ct_dim = 1,
                            uint32_t rt_dim = 1, uint32_t kt_dim = 1, uint32_t call_line = __builtin_LINE()) {
  device::MatmulInit(in0_cb_id, in1_cb_id, transpose != 0, ct_dim, rt_dim, kt_dim, true, call_line);
}

// One step along k of a block of rt_dim x ct_dim output tiles: in0 tile of row r is in0_tile_index + r * kt_dim, in1
// tile of column c is in1_tile_index + c, the output tile is idst + r * ct_dim + c.
ALWI void matmul_block(uint32_t in0_cb_id, uint32_t in1_cb_id, uint32_t in0_tile_index, uint32_t in1_tile_index,
                       uint32_t idst, const uint32_t transpose, uint32_t ct_dim, uint32_t rt_dim, uint32_t kt_dim,
                       uint32_t call_line = __builtin_LINE()) {
  device::MatmulBlock(in0_cb_id, in1_cb_id, in0_tile_index, in1_tile_index, idst, transpose != 0, ct_dim, rt_dim,
                      kt_dim, call_line);
}

}  // namespace ckernel

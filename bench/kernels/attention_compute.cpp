// Flash attention of chunks of Q_TILES x D_TILES rows: for every step along K the scores, their running maximum, their
// exponentials and row sums, and the output so far, rescaled.
#include <cstdint>
#include <utility>
#include "api/compute/bcast.h"
#include "api/compute/binary_max_min.h"
#include "api/compute/cb_api.h"
#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/eltwise_unary/exp.h"
#include "api/compute/eltwise_unary/recip.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"
#include "api/compute/reconfig_data_format.h"
#include "api/compute/reduce.h"
#include "api/compute/reg_api.h"
#include "api/compute/tile_move_copy.h"

constexpr uint32_t kQ = 0, kK = 1, kV = 2, kMask = 3, kOnes = 4, kOut = 16, kScores = 24, kDiff = 31;

constexpr uint32_t Divisor(uint32_t n, uint32_t most) {
  for (uint32_t d = most; d > 1; --d) {
    if (n % d == 0) return d;
  }
  return 1;
}

// out = in0 (rows x inner) * in1 (inner x columns); in1 is taken.
void Product(uint32_t in0, uint32_t in1, uint32_t out, bool transpose, uint32_t rows, uint32_t inner,
             uint32_t columns) {
  const uint32_t width = Divisor(columns, 4), height = Divisor(rows, 8 / width);
  reconfig_data_format(in1, in0);
  pack_reconfig_data_format(out);
  matmul_block_init(in0, in1, transpose, width, height, inner);
  cb_wait_front(in0, rows * inner);
  cb_wait_front(in1, inner * columns);
  cb_reserve_back(out, rows * columns);
  for (uint32_t m = 0; m < rows; m += height) {
    for (uint32_t n = 0; n < columns; n += width) {
      tile_regs_acquire();
      for (uint32_t k = 0; k < inner; ++k) {
        matmul_block(in0, in1, m * inner + k, k * columns + n, 0, transpose, width, height, inner);
      }
      tile_regs_commit();
      tile_regs_wait();
      for (uint32_t i = 0; i < height * width; ++i) {
        pack_tile<true>(i, out, (m + i / width) * columns + n + i % width);
      }
      tile_regs_release();
    }
  }
  cb_push_back(out, rows * columns);
  cb_pop_front(in1, inner * columns);
}

void kernel_main() {
  constexpr uint32_t q = get_compile_time_arg_val(0), k = get_compile_time_arg_val(1), d = get_compile_time_arg_val(2);
  constexpr uint32_t k_chunks = get_compile_time_arg_val(3), scale = get_compile_time_arg_val(4);
  constexpr uint32_t q_chunks = get_compile_time_arg_val(5);
  const uint32_t begin = get_arg_val<uint32_t>(0), end = get_arg_val<uint32_t>(1);
  if (begin == end) return;
  constexpr uint32_t row = Divisor(k, 8);  // tiles of a row of scores in a section of DST
  compute_kernel_hw_startup<SrcOrder::Reverse>(kQ, kK, kScores);
  cb_wait_front(kOnes, 1);
#ifdef CAUSAL
  cb_wait_front(kMask, 3);
#endif
  for (uint32_t index = begin; index < end; ++index) {
    [[maybe_unused]] const uint32_t chunk = index % q_chunks;
    uint32_t out = 25, old_out = 26, most = 27, old_most = 28, sum = 29, old_sum = 30;
#ifdef CAUSAL
    const uint32_t steps = ((chunk + 1) * q + k - 1) / k;
#else
    const uint32_t steps = k_chunks;
#endif
    for (uint32_t step = 0; step < steps; ++step) {
      Product(kQ, kK, kScores, true, q, d, k);
      cb_wait_front(kScores, q * k);
#ifdef CAUSAL
      if ((step + 1) * k > chunk * q) {  // the diagonal lies here: add the tiles' masks, in place
        reconfig_data_format(kScores, kMask);
        add_init(kScores, kMask);
        for (uint32_t i = 0; i < q * k; i += row) {
          tile_regs_acquire();
          for (uint32_t j = 0; j < row; ++j) {
            const uint32_t at = chunk * q + i / k, column = step * k + (i + j) % k;
            add_tiles(kScores, kMask, j, column < at ? 0 : column == at ? 1 : 2, j);
          }
          tile_regs_commit();
          cb_pop_front(kScores, row);
          cb_reserve_back(kScores, row);
          tile_regs_wait();
          for (uint32_t j = 0; j < row; ++j) pack_tile(j, kScores);
          tile_regs_release();
          cb_push_back(kScores, row);
        }
        cb_wait_front(kScores, q * k);
      }
#endif
      // The rows' maxima.
      reconfig_data_format(kScores, kOnes);
      pack_reconfig_data_format(most);
      reduce_init<PoolType::MAX, ReduceDim::REDUCE_ROW>(kScores, kOnes, most);
      cb_reserve_back(most, q);
      for (uint32_t r = 0; r < q; ++r) {
        tile_regs_acquire();
        for (uint32_t c = 0; c < k; ++c) {
          reduce_tile<PoolType::MAX, ReduceDim::REDUCE_ROW>(kScores, kOnes, r * k + c, 0, 0);
        }
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, most);
        tile_regs_release();
      }
      reduce_uninit();
      cb_push_back(most, q);
      cb_wait_front(most, q);
      if (step > 0) {
        copy_init(most);
        binary_max_tile_init();
        for (uint32_t r = 0; r < q; ++r) {
          tile_regs_acquire();
          copy_tile(most, 0, 0);
          copy_tile(old_most, r, 1);
          binary_max_tile(0, 1, 0);
          tile_regs_commit();
          cb_pop_front(most, 1);
          cb_reserve_back(most, 1);
          tile_regs_wait();
          pack_tile(0, most);
          tile_regs_release();
          cb_push_back(most, 1);
        }
        cb_wait_front(most, q);
      }
      // Exponentials in place, and their sums by the packer.
      reconfig_data_format(kScores, most);
      sub_bcast_cols_init(kScores, most);
      exp_tile_init<true>();
      cb_reserve_back(sum, q);
      for (uint32_t r = 0; r < q; ++r) {
        for (uint32_t c = 0; c < k; c += row) {
          tile_regs_acquire();
          for (uint32_t j = 0; j < row; ++j) sub_tiles_bcast_cols(kScores, most, j, r, j);
          for (uint32_t j = 0; j < row; ++j) exp_tile<true>(j, VectorMode::RC, scale);
          tile_regs_commit();
          cb_pop_front(kScores, row);
          cb_reserve_back(kScores, row);
          tile_regs_wait();
          for (uint32_t j = 0; j < row; ++j) pack_tile(j, kScores);
          for (uint32_t j = 0; j < row; ++j) {
            if (j < 2 && c == 0) pack_reconfig_l1_acc(j);
            pack_tile<true>(j, sum, r);
          }
          pack_reconfig_l1_acc(0);
          tile_regs_release();
          cb_push_back(kScores, row);
        }
      }
      cb_push_back(sum, q);
      cb_wait_front(sum, q);
      Product(kScores, kV, out, false, q, k, d);
      cb_pop_front(kScores, q * k);
      cb_wait_front(out, q * d);
      if (step > 0) {
        // diff = exp(old_most - most)
        reconfig_data_format(old_most, most);
        sub_init(old_most, most);
        exp_tile_init<true>();
        cb_reserve_back(kDiff, q);
        for (uint32_t r = 0; r < q; ++r) {
          tile_regs_acquire();
          sub_tiles(old_most, most, r, r, 0);
          exp_tile<true>(0, VectorMode::C, scale);
          tile_regs_commit();
          tile_regs_wait();
          pack_tile(0, kDiff);
          tile_regs_release();
        }
        cb_push_back(kDiff, q);
        cb_wait_front(kDiff, q);
        cb_pop_front(old_most, q);
        // sum += old_sum * diff, out += old_out * diff: the packer adds to what is there.
        mul_bcast_cols_init(old_sum, kDiff);
        for (uint32_t r = 0; r < q; ++r) {
          tile_regs_acquire();
          mul_tiles_bcast_cols(old_sum, kDiff, r, r, 0);
          tile_regs_commit();
          cb_pop_front(sum, 1);
          cb_reserve_back(sum, 1);
          tile_regs_wait();
          if (r == 0) pack_reconfig_l1_acc(1);
          pack_tile(0, sum);
          tile_regs_release();
          cb_push_back(sum, 1);
        }
        for (uint32_t r = 0; r < q; ++r) {
          tile_regs_acquire();
          for (uint32_t c = 0; c < d; ++c) mul_tiles_bcast_cols(old_out, kDiff, r * d + c, r, c);
          tile_regs_commit();
          cb_pop_front(out, d);
          cb_reserve_back(out, d);
          tile_regs_wait();
          for (uint32_t c = 0; c < d; ++c) pack_tile(c, out);
          tile_regs_release();
          cb_push_back(out, d);
        }
        pack_reconfig_l1_acc(0);
        cb_wait_front(sum, q);
        cb_wait_front(out, q * d);
        cb_pop_front(old_sum, q);
        cb_pop_front(old_out, q * d);
        cb_pop_front(kDiff, q);
      }
      std::swap(out, old_out);
      std::swap(most, old_most);
      std::swap(sum, old_sum);
    }
    cb_pop_front(old_most, q);
    cb_pop_front(kQ, q * d);
    // out / sum, the sums of the tiles' columns being still to be added up
    reconfig_data_format(kOnes, old_sum);
    pack_reconfig_data_format(kDiff);
    reduce_init<PoolType::SUM, ReduceDim::REDUCE_ROW>(old_sum, kOnes, kDiff);
    cb_reserve_back(kDiff, q);
    for (uint32_t r = 0; r < q; ++r) {
      tile_regs_acquire();
      reduce_tile<PoolType::SUM, ReduceDim::REDUCE_ROW>(old_sum, kOnes, r, 0, 0);
      recip_tile_init();
      recip_tile(0, VectorMode::C);
      tile_regs_commit();
      tile_regs_wait();
      pack_tile(0, kDiff);
      tile_regs_release();
    }
    reduce_uninit();
    cb_push_back(kDiff, q);
    cb_wait_front(kDiff, q);
    cb_pop_front(old_sum, q);
    reconfig_data_format(old_out, kDiff);
    pack_reconfig_data_format(kOut);
    mul_bcast_cols_init(old_out, kDiff);
    cb_reserve_back(kOut, q * d);
    for (uint32_t r = 0; r < q; ++r) {
      tile_regs_acquire();
      for (uint32_t c = 0; c < d; ++c) mul_tiles_bcast_cols(old_out, kDiff, r * d + c, r, c);
      tile_regs_commit();
      tile_regs_wait();
      for (uint32_t c = 0; c < d; ++c) pack_tile(c, kOut);
      tile_regs_release();
    }
    cb_push_back(kOut, q * d);
    cb_pop_front(kDiff, q);
    cb_pop_front(old_out, q * d);
  }
}

// Flash attention of chunks of Q_TILES x D_TILES rows, in groups of the rows' tiles, in the order of ttnn's kernel
// (compute_streaming.hpp): scores of a group beside exponentials of the one before, then its maxima; the last group's
// exponentials beside the first products with V; then products of a group, behind them the correction of the one
// before.
#include <cstdint>
#include <utility>
#include "api/compute/bcast.h"
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
#include "api/compute/reduce_custom.h"
#include "api/compute/reg_api.h"
#include "api/compute/tile_move_copy.h"

constexpr uint32_t kQ = 0, kK = 1, kV = 2, kMask = 3, kOnes = 4, kScores = 5, kOut = 16, kWeights = 24, kDiff = 31;

constexpr uint32_t Divisor(uint32_t n, uint32_t most) {
  for (uint32_t d = most; d > 1; --d) {
    if (n % d == 0) return d;
  }
  return 1;
}

constexpr uint32_t q = get_compile_time_arg_val(0), k = get_compile_time_arg_val(1), d = get_compile_time_arg_val(2);
constexpr uint32_t k_chunks = get_compile_time_arg_val(3), scale = get_compile_time_arg_val(4);
constexpr uint32_t q_chunks = get_compile_time_arg_val(5);
constexpr uint32_t kDstTiles = get_compile_time_arg_val(6);  // of a section
// Tiles of a group's rows, and of the columns that a section of DST takes with them; of products with V likewise.
constexpr uint32_t height = Divisor(q, k < 8 ? 2 : 1), width = Divisor(k, kDstTiles / height),
                   out_width = Divisor(d, kDstTiles / height);
constexpr uint32_t out_height = height == 1 && q % 2 == 0 && 2 * out_width <= kDstTiles ? 2 : height;

// Where the online softmax of a chunk stands: buffers of before the step and after it.
struct State {
  uint32_t out = 25, old_out = 26, most = 27, old_most = 28, sum = 29, old_sum = 30;
};

// A section of DST of a group's scores.
FORCE_INLINE void Scores(uint32_t row, uint32_t n) {
  reconfig_data_format(kK, kQ);
  matmul_block_init(kQ, kK, 1, width, height, d);
  tile_regs_acquire();
  for (uint32_t i = 0; i < d; ++i) {
    matmul_block(kQ, kK, row * d + i, i * k + n, 0, 1, width, height, d);
  }
  tile_regs_commit();
  tile_regs_wait();
  for (uint32_t i = 0; i < height * width; ++i) pack_tile<true>(i, kScores, i / width * k + n + i % width);
  tile_regs_release();
}

// Adds the mask to a group's scores in L1, a tile at a time; `diagonal`: the tile column that the first row's diagonal
// crosses, counted from this step on.
FORCE_INLINE void Mask(int32_t diagonal) {
  reconfig_data_format_srca(kMask);
  copy_init(kMask);
  pack_reconfig_l1_acc(1);
  for (uint32_t r = 0; r < height; ++r) {
    const int32_t at = diagonal + static_cast<int32_t>(r);
    for (uint32_t c = at < 0 ? 0 : static_cast<uint32_t>(at); c < k; ++c) {
      tile_regs_acquire();
      copy_tile(kMask, static_cast<int32_t>(c) == at ? 0 : 1, 0);
      tile_regs_commit();
      tile_regs_wait();
      pack_tile<true>(0, kScores, r * k + c);
      tile_regs_release();
    }
  }
  pack_reconfig_l1_acc(0);
}

// The largest score of every row of a group, of this step and those before.
FORCE_INLINE void Largest(const State& state, uint32_t row, bool first) {
  tile_regs_acquire();
  if (!first) {
    reconfig_data_format_srca(state.old_most);
    copy_init(state.old_most);
    for (uint32_t r = 0; r < height; ++r) copy_tile(state.old_most, row + r, r);
  }
  cb_wait_front(kScores, height * k);
  reconfig_data_format(kScores, kOnes);
  reduce_block_max_row_init<k>(state.most);
  for (uint32_t r = 0; r < height; ++r) reduce_block_max_row<k>(kScores, kOnes, r * k, r);
  reduce_block_max_row_uninit(kScores);
  tile_regs_commit();
  cb_reserve_back(state.most, height);
  tile_regs_wait();
  for (uint32_t r = 0; r < height; ++r) pack_tile(r, state.most);
  tile_regs_release();
  cb_push_back(state.most, height);
}

// A section of DST of a group's exponentials, and their sums by the packer.
FORCE_INLINE void Weights(const State& state, uint32_t row, uint32_t n) {
  if (n == 0) {
    cb_reserve_back(kWeights, height * k);
    cb_wait_front(state.most, row + height);
  }
  reconfig_data_format(kScores, state.most);
  sub_bcast_cols_init(kScores, state.most);
  tile_regs_acquire();
  for (uint32_t i = 0; i < height * width; ++i) {
    sub_tiles_bcast_cols(kScores, state.most, i / width * k + n + i % width, row + i / width, i);
  }
  tile_regs_commit();
  tile_regs_wait();
  for (uint32_t i = 0; i < height * width; ++i) exp_packthread_tile<true>(i, VectorMode::RC);
  for (uint32_t i = 0; i < height * width; ++i) pack_tile<true>(i, kWeights, i / width * k + n + i % width);
  for (uint32_t c = 0; c < width; ++c) {  // of all rows, so that accumulating is switched on once
    if (n == 0 && c < 2) pack_reconfig_l1_acc(c);
    if (n > 0 && c == 0) pack_reconfig_l1_acc(1);
    for (uint32_t r = 0; r < height; ++r) pack_tile<true>(r * width + c, state.sum, row + r);
  }
  pack_reconfig_l1_acc(0);
  tile_regs_release();
  if (n + width == k) {
    cb_push_back(kWeights, height * k);
    cb_pop_front(kScores, height * k);
  }
}

// A group's rows of the product of the columns [begin, end) with V, onto those before.
FORCE_INLINE void Product(const State& state, uint32_t row, uint32_t begin, uint32_t end) {
  cb_wait_front(kWeights, (row + out_height) * k);
  reconfig_data_format(kV, kWeights);
  matmul_block_init(kWeights, kV, 0, out_width, out_height, k);
  if (begin > 0) pack_reconfig_l1_acc(1);
  for (uint32_t n = 0; n < d; n += out_width) {
    tile_regs_acquire();
    for (uint32_t i = begin; i < end; ++i) {
      matmul_block(kWeights, kV, row * k + i, i * d + n, 0, 0, out_width, out_height, k);
    }
    tile_regs_commit();
    tile_regs_wait();
    for (uint32_t i = 0; i < out_height * out_width; ++i) {
      pack_tile<true>(i, state.out, (row + i / out_width) * d + n + i % out_width);
    }
    tile_regs_release();
  }
  if (begin > 0) pack_reconfig_l1_acc(0);
}

// diff = exp(old maximum - maximum) of a group.
FORCE_INLINE void Rescale(const State& state, uint32_t row) {
  reconfig_data_format(state.old_most, state.most);
  sub_init(state.old_most, state.most);
  cb_reserve_back(kDiff, out_height);
  tile_regs_acquire();
  for (uint32_t r = 0; r < out_height; ++r) sub_tiles(state.old_most, state.most, row + r, row + r, r);
  tile_regs_commit();
  tile_regs_wait();
  for (uint32_t r = 0; r < out_height; ++r) exp_packthread_tile<true>(r, VectorMode::C);
  for (uint32_t r = 0; r < out_height; ++r) pack_tile(r, kDiff);
  tile_regs_release();
  cb_push_back(kDiff, out_height);
}

// sum += old sum * diff, out += old out * diff for a group: the packer adds to what is there.
FORCE_INLINE void Correct(const State& state, uint32_t row) {
  cb_wait_front(kDiff, out_height);
  cb_wait_front(state.old_sum, q);
  cb_wait_front(state.old_out, q * d);
  reconfig_data_format(state.old_out, kDiff);
  mul_bcast_cols_init(state.old_out, kDiff);
  pack_reconfig_l1_acc(1);
  for (uint32_t n = 0; n < d; n += out_width) {
    tile_regs_acquire();
    for (uint32_t i = 0; i < out_height * out_width; ++i) {
      mul_tiles_bcast_cols(state.old_out, kDiff, (row + i / out_width) * d + n + i % out_width, i / out_width, i);
    }
    tile_regs_commit();
    tile_regs_wait();
    for (uint32_t i = 0; i < out_height * out_width; ++i) {
      pack_tile<true>(i, state.out, (row + i / out_width) * d + n + i % out_width);
    }
    tile_regs_release();
  }
  tile_regs_acquire();
  for (uint32_t r = 0; r < out_height; ++r) mul_tiles_bcast_cols(state.old_sum, kDiff, row + r, r, r);
  tile_regs_commit();
  tile_regs_wait();
  for (uint32_t r = 0; r < out_height; ++r) pack_tile<true>(r, state.sum, row + r);
  tile_regs_release();
  pack_reconfig_l1_acc(0);
  cb_pop_front(kDiff, out_height);
}

// out / sum, the sums of the tiles' columns being still to be added up.
FORCE_INLINE void Finish(const State& state) {
  cb_wait_front(state.old_sum, q);
  cb_wait_front(state.old_out, q * d);
  reconfig_data_format(kOnes, state.old_sum);
  pack_reconfig_data_format(kDiff);
  for (uint32_t row = 0; row < q; row += height) {
    reduce_init<PoolType::SUM, ReduceDim::REDUCE_ROW>(state.old_sum, kOnes, kDiff);
    cb_reserve_back(kDiff, height);
    tile_regs_acquire();
    for (uint32_t r = 0; r < height; ++r) {
      reduce_tile<PoolType::SUM, ReduceDim::REDUCE_ROW>(state.old_sum, kOnes, row + r, 0, r);
    }
    recip_tile_init();
    for (uint32_t r = 0; r < height; ++r) recip_tile(r, VectorMode::C);
    tile_regs_commit();
    tile_regs_wait();
    for (uint32_t r = 0; r < height; ++r) pack_tile(r, kDiff);
    tile_regs_release();
    reduce_uninit();
    cb_push_back(kDiff, height);
    cb_wait_front(kDiff, height);
    reconfig_data_format(state.old_out, kDiff);
    pack_reconfig_data_format(kOut);
    mul_bcast_cols_init(state.old_out, kDiff);
    cb_reserve_back(kOut, height * d);
    for (uint32_t n = 0; n < d; n += out_width) {
      tile_regs_acquire();
      for (uint32_t i = 0; i < height * out_width; ++i) {
        mul_tiles_bcast_cols(state.old_out, kDiff, (row + i / out_width) * d + n + i % out_width, i / out_width, i);
      }
      tile_regs_commit();
      tile_regs_wait();
      for (uint32_t i = 0; i < height * out_width; ++i) {
        pack_tile<true>(i, kOut, i / out_width * d + n + i % out_width);
      }
      tile_regs_release();
    }
    cb_push_back(kOut, height * d);
    cb_pop_front(kDiff, height);
    reconfig_data_format(kOnes, state.old_sum);
    pack_reconfig_data_format(kDiff);
  }
  cb_pop_front(state.old_sum, q);
  cb_pop_front(state.old_out, q * d);
}

void kernel_main() {
  const uint32_t count = get_arg_val<uint32_t>(0);
  if (count == 0) return;
  compute_kernel_hw_startup<SrcOrder::Reverse>(kQ, kK, kScores);
  cb_wait_front(kOnes, 1);
#ifdef CAUSAL
  cb_wait_front(kMask, 2);
#endif
  for (uint32_t n = 0; n < count; ++n) {
    [[maybe_unused]] const uint32_t chunk = get_arg_val<uint32_t>(1 + n) % q_chunks;
    State state;
#ifdef CAUSAL
    const uint32_t steps = ((chunk + 1) * q + k - 1) / k;
#else
    const uint32_t steps = k_chunks;
#endif
    cb_wait_front(kQ, q * d);
    for (uint32_t step = 0; step < steps; ++step) {
      bool masked = false;
      int32_t diagonal = 0;
#ifdef CAUSAL
      masked = (step + 1) * k > chunk * q;
      diagonal = static_cast<int32_t>(chunk * q) - static_cast<int32_t>(step * k);
#endif
      cb_reserve_back(state.sum, q);
      cb_reserve_back(state.out, q * d);
      cb_wait_front(kK, d * k);
      pack_reconfig_data_format(kScores);
      exp_packthread_tile_init<true, scale>();
      for (uint32_t row = 0; row < q; row += height) {
        // The math unit has products of this group while the packer's thread has exponentials of the one before.
        cb_reserve_back(kScores, height * k);
        for (uint32_t n = 0; n < k; n += width) {
          if (row > 0) Weights(state, row - height, n);
          Scores(row, n);
        }
        if (masked) Mask(diagonal + static_cast<int32_t>(row));
        cb_push_back(kScores, height * k);
        Largest(state, row, step == 0);
      }
      cb_pop_front(kK, d * k);
      for (uint32_t n = 0; n < k; n += width) {
        Weights(state, q - height, n);
        if (n == 0) cb_wait_front(kV, k * d);
        if (q > out_height) Product(state, 0, n, n + width);
      }
      if (q == out_height) Product(state, 0, 0, k);
      for (uint32_t row = out_height; row < q; row += out_height) {
        if (step > 0) Rescale(state, row - out_height);
        Product(state, row, 0, k);
        if (step > 0) Correct(state, row - out_height);
      }
      if (step > 0) {
        Rescale(state, q - out_height);
        Correct(state, q - out_height);
        cb_pop_front(state.old_most, q);
        cb_pop_front(state.old_sum, q);
        cb_pop_front(state.old_out, q * d);
      }
      cb_pop_front(kWeights, q * k);
      cb_pop_front(kV, k * d);
      cb_push_back(state.sum, q);
      cb_push_back(state.out, q * d);
      std::swap(state.out, state.old_out);
      std::swap(state.most, state.old_most);
      std::swap(state.sum, state.old_sum);
    }
    cb_pop_front(state.old_most, q);
    cb_pop_front(kQ, q * d);
    Finish(state);
  }
}

// The matrix unit: inits and operations of the FPU.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "compute_unit.h"
#include "costs.h"
#include "faithful.h"
#include "matmul_kernel.h"
#include "vector_ops.h"

namespace tltt::emu {
namespace {

using ckernel::BroadcastType;
using ckernel::EltwiseBinaryReuseDestType;
using ckernel::EltwiseBinaryType;
using ckernel::PoolType;
using ckernel::ReduceDim;

const char* EltwiseWord(EltwiseBinaryType op) {
  return op == EltwiseBinaryType::ELWADD ? "add" : op == EltwiseBinaryType::ELWSUB ? "sub" : "mul";
}

const char* BcastWord(BroadcastType bcast) {
  switch (bcast) {
    case BroadcastType::COL:
      return "cols";
    case BroadcastType::ROW:
      return "rows";
    case BroadcastType::SCALAR:
      return "scalar";
    case BroadcastType::NONE:
      break;
  }
  return "";
}

const char* BinaryName(EltwiseBinaryType op, BroadcastType bcast) {
  static constexpr const char* kNames[3][4] = {
      {"add_tiles", "add_tiles_bcast_cols", "add_tiles_bcast_rows", "add_tiles_bcast_scalar"},
      {"sub_tiles", "sub_tiles_bcast_cols", "sub_tiles_bcast_rows", "sub_tiles_bcast_scalar"},
      {"mul_tiles", "mul_tiles_bcast_cols", "mul_tiles_bcast_rows", "mul_tiles_bcast_scalar"}};
  const int row = op == EltwiseBinaryType::ELWADD ? 0 : op == EltwiseBinaryType::ELWSUB ? 1 : 2;
  return kNames[row][static_cast<int>(bcast)];
}

const char* ReuseName(EltwiseBinaryType op) {
  return op == EltwiseBinaryType::ELWADD   ? "add_reuse_dest_tiles"
         : op == EltwiseBinaryType::ELWSUB ? "sub_reuse_dest_tiles"
                                           : "mul_reuse_dest_tiles";
}

const char* PoolName(PoolType pool) {
  return pool == PoolType::SUM ? "SUM" : pool == PoolType::AVG ? "AVG" : pool == PoolType::MAX ? "MAX" : "MIN";
}

// Sums in the order of LLK's reduction. Row sums are a matrix product with the weights in SrcA, all of a phase before
// the next one; the others pool face by face, a face's phases one after another.
void ReduceFaithfully(ReduceDim dim, const float* x, const float* weights, float* out, const MatrixUnitMode& mode) {
  constexpr uint32_t kFace = 16;
  if (dim == ReduceDim::REDUCE_ROW) {
    for (uint32_t phase = 0; phase < mode.phases; ++phase) {
      for (uint32_t col = 0; col < kTileCols; col += kFace) {
        for (uint32_t row = 0; row < kTileRows; ++row) {
          float& sum = out[row * kTileCols];
          sum = FaithfulDot(weights + col, 1, x + row * kTileCols + col, sum, phase, mode);
        }
      }
    }
    return;
  }
  const auto pool = [&](const float* values, const float* scale, float& sum) {
    for (uint32_t phase = 0; phase < mode.phases; ++phase) {
      sum = FaithfulDot(values, kTileCols, scale, sum, phase, mode);
    }
  };
  float pooled[kFace] = {};  // of a scalar reduction: the columns of all faces
  for (uint32_t row = 0; row < kTileRows; row += kFace) {
    for (uint32_t col = 0; col < kTileCols; ++col) {
      const float* scale = weights + row * kTileCols + col / kFace * kFace;
      pool(x + row * kTileCols + col, scale, dim == ReduceDim::REDUCE_COL ? out[col] : pooled[col % kFace]);
    }
  }
  if (dim == ReduceDim::REDUCE_COL) return;
  // Back through a source register, which holds 10 bits of fraction, into a column.
  float column[kFace];
  for (uint32_t k = 0; k < kFace; ++k) column[k] = std::bit_cast<float>(std::bit_cast<uint32_t>(pooled[k]) & ~0x1fffu);
  for (uint32_t phase = 0; phase < mode.phases; ++phase) out[0] = FaithfulDot(column, 1, weights, out[0], phase, mode);
}

// Maxima of x merged into `out`. The pool takes the scaler for 1; a fresh DST counts as -infinity.
void PoolMaxima(ReduceDim dim, const float* x, bool fresh, float* out) {
  const auto merge = [&](float& into, float value) {
    if (std::isnan(value) || value > into) into = value;
  };
  const uint32_t results = dim == ReduceDim::REDUCE_SCALAR ? 1 : 32;
  const uint32_t stride = dim == ReduceDim::REDUCE_ROW ? kTileCols : 1;
  if (fresh) {
    for (uint32_t r = 0; r < results; ++r) out[r * stride] = -std::numeric_limits<float>::infinity();
  }
  for (uint32_t row = 0; row < kTileRows; ++row) {
    for (uint32_t col = 0; col < kTileCols; ++col) {
      const uint32_t at = dim == ReduceDim::REDUCE_ROW ? row * kTileCols : dim == ReduceDim::REDUCE_COL ? col : 0;
      merge(out[at], x[row * kTileCols + col]);
    }
  }
}

const char* DimName(ReduceDim dim) {
  return dim == ReduceDim::REDUCE_ROW ? "REDUCE_ROW" : dim == ReduceDim::REDUCE_COL ? "REDUCE_COL" : "REDUCE_SCALAR";
}

std::string Cb(uint32_t cb) { return fmt::format("tt::CBIndex::c_{}", cb); }

std::string MatmulInitCall(uint32_t in0, uint32_t in1, bool transpose) {
  return fmt::format("matmul_init({}, {}{})", Cb(in0), Cb(in1), transpose ? ", 1" : "");
}

std::string MatmulBlockInitCall(uint32_t in0, uint32_t in1, bool transpose, uint32_t ct, uint32_t rt, uint32_t kt) {
  return fmt::format("matmul_block_init({}, {}, {}, {}, {}, {})", Cb(in0), Cb(in1), transpose ? 1 : 0, ct, rt, kt);
}

std::string BinaryInitCall(EltwiseBinaryType op, BroadcastType bcast, uint32_t in0, uint32_t in1) {
  const std::string middle = bcast == BroadcastType::NONE ? "" : fmt::format("_bcast_{}", BcastWord(bcast));
  return fmt::format("{}{}_init({}, {})", EltwiseWord(op), middle, Cb(in0), Cb(in1));
}

std::string ReuseInitCall(EltwiseBinaryType op, EltwiseBinaryReuseDestType reuse, uint32_t in) {
  return fmt::format("{}_reuse_dest_init<EltwiseBinaryReuseDestType::{}>({})", EltwiseWord(op),
                     reuse == EltwiseBinaryReuseDestType::DEST_TO_SRCA ? "DEST_TO_SRCA" : "DEST_TO_SRCB", Cb(in));
}

// Spreads what `bcast` repeats over the whole tile.
void Broadcast(BroadcastType bcast, uint32_t bcast_row, float* rows) {
  switch (bcast) {
    case BroadcastType::NONE:
      return;
    case BroadcastType::ROW:
      for (uint32_t row = 0; row < kTileRows; ++row) {
        if (row != bcast_row) std::copy_n(rows + bcast_row * kTileCols, kTileCols, rows + row * kTileCols);
      }
      return;
    case BroadcastType::COL:
      for (uint32_t row = 0; row < kTileRows; ++row)
        std::fill_n(rows + row * kTileCols, kTileCols, rows[row * kTileCols]);
      return;
    case BroadcastType::SCALAR:
      std::fill_n(rows, kTileElements, rows[0]);
      return;
  }
}

}  // namespace

// --- matmul ---

void ComputeUnit::MatmulInit(uint32_t in0, uint32_t in1, bool transpose, uint32_t ct, uint32_t rt, uint32_t kt,
                             bool block, uint32_t line) {
  FpuInit init;
  init.kind = FpuInit::Kind::kMatmul;
  init.transpose = transpose;
  init.ct = ct;
  init.rt = rt;
  init.kt = kt;
  init.call = [=] {
    return block ? MatmulBlockInitCall(in0, in1, transpose, ct, rt, kt) : MatmulInitCall(in0, in1, transpose);
  };
  SetFpuInit(std::move(init), line);
}

const float* ComputeUnit::MatmulOperand(uint32_t cb, const std::byte* page, bool transpose) {
  const UnpackedTiles::Found found = port_.Unpacked().Take({page, cb, transpose}, TileBytes(port_.Format(cb)));
  if (found.current) return found.tile;
  if (!transpose) {
    LoadSource(cb, page, found.tile);
  } else {
    alignas(64) float rows[kTileElements];
    LoadSource(cb, page, rows);
    TransposeRows(rows, found.tile);
  }
  return found.tile;
}

void ComputeUnit::MatmulTiles(uint32_t in0, uint32_t in1, uint32_t i0, uint32_t i1, uint32_t dst, uint32_t line) {
  const FpuInit& init = fpu_init_;
  RequireInit(
      "matmul_tiles", init.kind == FpuInit::Kind::kMatmul && init.ct == 1 && init.rt == 1,
      [&] { return MatmulInitCall(in0, in1, false); }, line);
  MatmulBlockStep(in0, in1, i0, i1, dst, init.transpose, 1, 1, 1, line);
}

void ComputeUnit::MatmulBlockStep(uint32_t in0, uint32_t in1, uint32_t i0, uint32_t i1, uint32_t dst, bool transpose,
                                  uint32_t ct, uint32_t rt, uint32_t kt, uint32_t line) {
  const bool single = ct == 1 && rt == 1;
  const char* call = single ? "matmul_tiles" : "matmul_block";
  const FpuInit& init = fpu_init_;
  RequireInit(
      call, init.kind == FpuInit::Kind::kMatmul && init.ct == ct && init.rt == rt && init.transpose == transpose,
      [&] {
        return single ? MatmulInitCall(in0, in1, transpose) : MatmulBlockInitCall(in0, in1, transpose, ct, rt, kt);
      },
      line);
  RequirePhase(call, Unit::kMath, line);
  if (ct == 0 || rt == 0 || ct > kMaxDstTiles || rt > kMaxDstTiles) {
    Fail(ErrorCategory::kBadProgram,
         fmt::format("matmul_block with ct_dim={} and rt_dim={}.\nBoth are 1 or more.", ct, rt), line);
  }
  RequireSlot(call, dst + rt * ct - 1, line);
  RequireSources(call, in1, in0, line);
  const DataFormat format0 = port_.Format(in0), format1 = port_.Format(in1);
  if (IsIntegerFormat(format0) || IsIntegerFormat(format1)) {
    Fail(ErrorCategory::kUnsupported,
         fmt::format("{} of {} and {} is not supported.\nUse float operands.", call, DataFormatName(format0),
                     DataFormatName(format1)),
         line);
  }

  const std::byte* pages0[kMaxDstTiles];
  const std::byte* pages1[kMaxDstTiles];
  for (uint32_t r = 0; r < rt; ++r) pages0[r] = port_.FrontPage(in0, i0 + r * kt);
  for (uint32_t c = 0; c < ct; ++c) pages1[c] = port_.FrontPage(in1, i1 + c);
  port_.Math(CostTicks(MatmulUnpackCycles(chip_, TileBytes(format0), TileBytes(format1), ct, rt)),
             CostTicks(MatmulCycles(chip_, config_.compute.math_fidelity)), rt * ct);
  port_.CountMatmulTiles(rt * ct);
  const Rounding rounding = DstRounding(format0, format1);
  sfpu_fp16_ = rounding == Rounding::kFp16;
  if (!config_.data) {
    for (uint32_t i = 0; i < rt * ct; ++i) dst_.MarkWritten(dst + i);
    return;
  }

  const float* a[kMaxDstTiles];
  const float* b[kMaxDstTiles];
  port_.Unpacked().Reserve(rt + ct);
  for (uint32_t r = 0; r < rt; ++r) a[r] = MatmulOperand(in0, pages0[r], false);
  for (uint32_t c = 0; c < ct; ++c) b[c] = MatmulOperand(in1, pages1[c], transpose);
  if (config_.numerics == Numerics::kFaithful) {
    for (uint32_t i = 0; i < rt * ct; ++i) {
      float* out = OpenSlot(dst + i, true);
      FaithfulMatmul(a[i / ct], b[i % ct], out, MatrixMode(format1, rounding));
    }
    return;
  }
  float* out[kMaxDstTiles];
  bool accumulate[kMaxDstTiles];
  for (uint32_t i = 0; i < rt * ct; ++i) {
    accumulate[i] = dst_.written(dst + i);
    out[i] = dst_.tile(dst + i);
    dst_.MarkWritten(dst + i);
  }
  MatmulBlock({a, b, out, accumulate, rt, ct, rounding});
}

// --- elementwise ---

void ComputeUnit::BinaryInit(EltwiseBinaryType op, BroadcastType bcast, uint32_t in0, uint32_t in1, bool accumulate,
                             uint32_t line) {
  FpuInit init;
  init.kind = FpuInit::Kind::kBinary;
  init.eltwise = op;
  init.bcast = bcast;
  init.accumulate = accumulate;
  init.call = [=] { return BinaryInitCall(op, bcast, in0, in1); };
  SetFpuInit(std::move(init), line);
}

void ComputeUnit::BinaryTiles(EltwiseBinaryType op, BroadcastType bcast, uint32_t in0, uint32_t in1, uint32_t i0,
                              uint32_t i1, uint32_t dst, uint32_t bcast_row, uint32_t line) {
  const char* call = BinaryName(op, bcast);
  RequireInit(
      call, fpu_init_.kind == FpuInit::Kind::kBinary && fpu_init_.eltwise == op && fpu_init_.bcast == bcast,
      [&] { return BinaryInitCall(op, bcast, in0, in1); }, line);
  RequirePhase(call, Unit::kMath, line);
  RequireSlot(call, dst, line);
  RequireSources(call, in0, in1, line);
  if (bcast_row >= kTileRows) {
    Fail(ErrorCategory::kOutOfRange, fmt::format("{} with bcast_row_idx={}: a tile has 32 rows.", call, bcast_row),
         line);
  }
  const DataFormat format0 = port_.Format(in0), format1 = port_.Format(in1);
  if (IsIntegerFormat(format0) || IsIntegerFormat(format1)) {
    Fail(ErrorCategory::kUnsupported,
         fmt::format(
             "{} on {} and {}: the matrix unit's integer mode is not supported.\nUse copy_tile and the vector unit "
             "(add_int_tile and its like).",
             call, DataFormatName(format0), DataFormatName(format1)),
         line);
  }
  const std::byte* page0 = port_.FrontPage(in0, i0);
  const std::byte* page1 = port_.FrontPage(in1, i1);
  const bool multiply = op == EltwiseBinaryType::ELWMUL;
  const uint32_t phases = multiply ? FidelityPhases(config_.compute.math_fidelity) : 1;
  ChargeMath(TileBytes(format0), TileBytes(format1), phases * kEltwiseTileCycles);
  // The unit's multiply always adds to DST; add and subtract do when the init asked for it.
  const bool accumulate = (multiply || fpu_init_.accumulate) && dst_.written(dst);
  const Rounding rounding = DstRounding(format0, format1);
  sfpu_fp16_ = rounding == Rounding::kFp16;
  float* out = OpenSlot(dst, false);
  if (!config_.data) return;
  alignas(64) float a[kTileElements], b[kTileElements];
  LoadSource(in0, page0, a);
  LoadSource(in1, page1, b);
  Broadcast(bcast, bcast_row, b);
  if (config_.numerics == Numerics::kFaithful) {
    FaithfulEltwise(op, a, b, out, accumulate, MatrixMode(format0, rounding));
  } else {
    EltwiseBinary(op, a, b, out, accumulate, rounding);
  }
}

void ComputeUnit::ReuseDestInit(EltwiseBinaryType op, EltwiseBinaryReuseDestType reuse, uint32_t in, uint32_t line) {
  FpuInit init;
  init.kind = FpuInit::Kind::kReuseDest;
  init.eltwise = op;
  init.reuse = reuse;
  init.call = [=] { return ReuseInitCall(op, reuse, in); };
  SetFpuInit(std::move(init), line);
}

void ComputeUnit::ReuseDestTiles(EltwiseBinaryType op, EltwiseBinaryReuseDestType reuse, uint32_t in, uint32_t i,
                                 uint32_t dst, uint32_t line) {
  const char* call = ReuseName(op);
  RequireInit(
      call, fpu_init_.kind == FpuInit::Kind::kReuseDest && fpu_init_.eltwise == op && fpu_init_.reuse == reuse,
      [&] { return ReuseInitCall(op, reuse, in); }, line);
  RequirePhase(call, Unit::kMath, line);
  RequireWritten(call, dst, line);
  dst_.MarkWritten(dst);
  // DST takes one source register, the circular buffer the other.
  if (reuse == EltwiseBinaryReuseDestType::DEST_TO_SRCA) {
    RequireSrcB(call, in, line);
  } else {
    RequireSrcA(call, in, line);
  }
  const DataFormat format = port_.Format(in);
  const std::byte* page = port_.FrontPage(in, i);
  const bool multiply = op == EltwiseBinaryType::ELWMUL;
  const uint32_t phases = multiply ? FidelityPhases(config_.compute.math_fidelity) : 1;
  ChargeMath(TileBytes(format), (phases + 2) * kEltwiseTileCycles);  // and DST back to a source register
  if (!config_.data) return;
  const Rounding rounding = config_.compute.fp32_dest_acc_en               ? Rounding::kFp32
                            : sfpu_fp16_ && format == DataFormat::kFloat16 ? Rounding::kFp16
                                                                           : Rounding::kBf16;
  alignas(64) float operand[kTileElements];
  LoadSource(in, page, operand);
  float* out = dst_.tile(dst);
  const bool dst_first = reuse == EltwiseBinaryReuseDestType::DEST_TO_SRCA;
  if (config_.numerics == Numerics::kFaithful) {
    FaithfulEltwise(op, dst_first ? out : operand, dst_first ? operand : out, out, false, MatrixMode(format, rounding));
  } else {
    EltwiseBinary(op, dst_first ? out : operand, dst_first ? operand : out, out, false, rounding);
  }
}

// --- copies ---

void ComputeUnit::CopyInit(uint32_t in, bool transpose, uint32_t line) {
  FpuInit init;
  init.kind = FpuInit::Kind::kCopy;
  init.transpose = transpose;
  init.call = [=] { return fmt::format("copy_init({})", Cb(in)); };
  SetFpuInit(std::move(init), line);
}

void ComputeUnit::CopyTile(uint32_t in, uint32_t i, uint32_t dst, uint32_t line) {
  const char* call = "copy_tile";
  RequireInit(call, fpu_init_.kind == FpuInit::Kind::kCopy, [&] { return fmt::format("copy_init({})", Cb(in)); }, line);
  RequirePhase(call, Unit::kMath, line);
  RequireSlot(call, dst, line);
  RequireSrcA(call, in, line);
  const DataFormat format = port_.Format(in);
  RequireDstHolds(call, format, line);
  const std::byte* page = port_.FrontPage(in, i);
  ChargeMath(TileBytes(format), kEltwiseTileCycles);
  const Rounding rounding = DstRounding(format, format);
  sfpu_fp16_ = rounding == Rounding::kFp16;
  float* out = OpenSlot(dst, false);
  if (!config_.data) return;
  const bool unpack_to_dest = UnpacksToDest(in);
  if (unpack_to_dest || !fpu_init_.transpose) {
    if (unpack_to_dest)
      UnpackTile(format, page, out);
    else
      LoadSource(in, page, out);
  } else {
    alignas(64) float rows[kTileElements];
    LoadSource(in, page, rows);
    TransposeRows(rows, out);
  }
  // Same-width formats need no rounding: they hold 16-bit values already.
  if (format == DataFormat::kFloat32 || (format == DataFormat::kFloat16 && rounding == Rounding::kBf16)) {
    RoundValues(rounding, out, kTileElements);
  }
}

void ComputeUnit::UnaryBcastInit(BroadcastType bcast, uint32_t in, uint32_t line) {
  FpuInit init;
  init.kind = FpuInit::Kind::kUnaryBcast;
  init.bcast = bcast;
  init.call = [=] { return fmt::format("unary_bcast_init({})", Cb(in)); };
  SetFpuInit(std::move(init), line);
}

void ComputeUnit::UnaryBcast(BroadcastType bcast, uint32_t in, uint32_t i, uint32_t dst, uint32_t line) {
  const char* call = "unary_bcast";
  static constexpr const char* kNames[] = {"NONE", "COL", "ROW", "SCALAR"};
  RequireInit(
      call, fpu_init_.kind == FpuInit::Kind::kUnaryBcast && fpu_init_.bcast == bcast,
      [&] { return fmt::format("unary_bcast_init<BroadcastType::{}>({})", kNames[static_cast<int>(bcast)], Cb(in)); },
      line);
  RequirePhase(call, Unit::kMath, line);
  RequireSlot(call, dst, line);
  const DataFormat format = port_.Format(in);
  // Broadcasts read through SrcB, except where the operand goes straight to DST.
  if (UnpacksToDest(in) || format == DataFormat::kInt32 || format == DataFormat::kUInt32) {
    RequireSrcA(call, in, line);
  } else {
    RequireSrcB(call, in, line);
  }
  RequireDstHolds(call, format, line);
  const std::byte* page = port_.FrontPage(in, i);
  ChargeMath(TileBytes(format), 2 * kEltwiseTileCycles);
  const Rounding rounding = DstRounding(format, format);
  sfpu_fp16_ = rounding == Rounding::kFp16;
  float* out = OpenSlot(dst, false);
  if (!config_.data) return;
  LoadSource(in, page, out);
  Broadcast(bcast, 0, out);
  if (!IsIntegerFormat(format)) RoundValues(rounding, out, kTileElements);
}

void ComputeUnit::TransposeInit(uint32_t in, uint32_t line) {
  FpuInit init;
  init.kind = FpuInit::Kind::kTranspose;
  init.call = [=] { return fmt::format("transpose_init({})", Cb(in)); };
  SetFpuInit(std::move(init), line);
}

void ComputeUnit::TransposeTile(uint32_t in, uint32_t i, uint32_t dst, uint32_t line) {
  const char* call = "transpose_tile";
  RequireInit(
      call, fpu_init_.kind == FpuInit::Kind::kTranspose, [&] { return fmt::format("transpose_init({})", Cb(in)); },
      line);
  RequirePhase(call, Unit::kMath, line);
  RequireSlot(call, dst, line);
  RequireSrcA(call, in, line);
  const DataFormat format = port_.Format(in);
  RequireDstHolds(call, format, line);
  const std::byte* page = port_.FrontPage(in, i);
  ChargeMath(TileBytes(format), kTransposeTileCycles);
  const Rounding rounding = DstRounding(format, format);
  sfpu_fp16_ = rounding == Rounding::kFp16;
  float* out = OpenSlot(dst, false);
  if (!config_.data) return;
  alignas(64) float rows[kTileElements];
  UnpackTile(format, page, rows);
  TransposeRows(rows, out);
  if (!IsIntegerFormat(format)) RoundValues(rounding, out, kTileElements);
}

void ComputeUnit::TransposeDestInit(uint32_t line) {
  FpuInit init;
  init.kind = FpuInit::Kind::kTransposeDest;
  init.call = [=] { return std::string("transpose_dest_init()"); };
  SetFpuInit(std::move(init), line);
}

void ComputeUnit::TransposeDest(uint32_t dst, uint32_t line) {
  const char* call = "transpose_dest";
  RequireInit(call, fpu_init_.kind == FpuInit::Kind::kTransposeDest, [&] { return "transpose_dest_init()"; }, line);
  RequirePhase(call, Unit::kMath, line);
  RequireWritten(call, dst, line);
  dst_.MarkWritten(dst);
  ChargeMath(0, kTransposeTileCycles);
  if (!config_.data) return;
  alignas(64) float rows[kTileElements];
  std::copy_n(dst_.tile(dst), kTileElements, rows);
  TransposeRows(rows, dst_.tile(dst));
}

// --- reductions ---

void ComputeUnit::ReduceInit(PoolType pool, ReduceDim dim, uint32_t in, uint32_t scaler, uint32_t out, uint32_t line) {
  FpuInit init;
  init.kind = FpuInit::Kind::kReduce;
  init.pool = pool;
  init.dim = dim;
  init.call = [=] {
    return fmt::format("reduce_init<PoolType::{}, ReduceDim::{}>({}, {}, {})", PoolName(pool), DimName(dim), Cb(in),
                       Cb(scaler), Cb(out));
  };
  SetFpuInit(std::move(init), line);
  RequirePackFormat("reduce_init", out, line);
  reduce_mask_ = true;
  reduce_mask_dim_ = dim;
  reduce_mask_line_ = line;
}

void ComputeUnit::ReduceBlockMaxInit(uint32_t ct, uint32_t out, uint32_t line) {
  FpuInit init;
  init.kind = FpuInit::Kind::kReduceBlock;
  init.ct = ct;
  init.call = [=] { return fmt::format("reduce_block_max_row_init<{}>({})", ct, Cb(out)); };
  SetFpuInit(std::move(init), line);
  RequirePackFormat("reduce_block_max_row_init", out, line);
  reduce_mask_ = true;
  reduce_mask_dim_ = ReduceDim::REDUCE_ROW;
  reduce_mask_line_ = line;
}

void ComputeUnit::ReduceUninit(uint32_t line) {
  RequireStarted("reduce_uninit", line);
  reduce_mask_ = false;
  ChargeInit();
}

void ComputeUnit::ReduceTile(PoolType pool, ReduceDim dim, uint32_t in, uint32_t scaler, uint32_t i, uint32_t i_scaler,
                             uint32_t dst, uint32_t line) {
  const char* call = "reduce_tile";
  RequireInit(
      call, fpu_init_.kind == FpuInit::Kind::kReduce && fpu_init_.pool == pool && fpu_init_.dim == dim,
      [&] {
        return fmt::format("reduce_init<PoolType::{}, ReduceDim::{}>({}, {}, out)", PoolName(pool), DimName(dim),
                           Cb(in), Cb(scaler));
      },
      line);
  RequirePhase(call, Unit::kMath, line);
  RequireSlot(call, dst, line);
  // Row sums run as a matrix product with the operands swapped.
  const bool swapped = dim == ReduceDim::REDUCE_ROW && pool != PoolType::MAX;
  RequireSources(call, swapped ? scaler : in, swapped ? in : scaler, line);
  const DataFormat format = port_.Format(in);
  if (IsIntegerFormat(format) || pool == PoolType::MIN) {
    Fail(ErrorCategory::kUnsupported,
         fmt::format("reduce_tile<{}> of {} is not supported.\nUse sfpu_reduce for minima and integers.",
                     PoolName(pool), DataFormatName(format)),
         line);
  }
  const std::byte* page = port_.FrontPage(in, i);
  const std::byte* scaler_page = port_.FrontPage(scaler, i_scaler);
  ChargeMath(TileBytes(format), kReduceTileCycles);
  const Rounding rounding = DstRounding(format, format);
  sfpu_fp16_ = rounding == Rounding::kFp16;
  const bool fresh = !dst_.written(dst);
  float* out = OpenSlot(dst, true);
  if (!config_.data) return;
  alignas(64) float x[kTileElements], weights[kTileElements];
  LoadSource(in, page, x);
  LoadSource(scaler, scaler_page, weights);
  if (pool == PoolType::MAX) return PoolMaxima(dim, x, fresh, out);
  if (config_.numerics == Numerics::kFaithful)
    return ReduceFaithfully(dim, x, weights, out, MatrixMode(format, rounding));
  // Sums weigh datum k of a face with element k of row 0 of the scaler's face; SCALAR pools twice and so applies it
  // twice.
  if (dim == ReduceDim::REDUCE_ROW) {
    for (uint32_t row = 0; row < kTileRows; ++row) {
      float sum = out[row * kTileCols];
      for (uint32_t col = 0; col < kTileCols; ++col) sum = std::fma(x[row * kTileCols + col], weights[col], sum);
      out[row * kTileCols] = sum;
    }
  } else {
    float sums[kTileCols] = {};
    if (dim == ReduceDim::REDUCE_COL) std::copy_n(out, kTileCols, sums);
    for (uint32_t row = 0; row < kTileRows; ++row) {
      const float* face_rows = weights + (row / 16) * 16 * kTileCols;
      for (uint32_t col = 0; col < kTileCols; ++col) {
        sums[col] = std::fma(x[row * kTileCols + col], face_rows[(col / 16) * 16 + row % 16], sums[col]);
      }
    }
    if (dim == ReduceDim::REDUCE_COL) {
      std::copy_n(sums, kTileCols, out);
    } else {
      for (uint32_t col = 0; col < kTileCols; ++col) out[0] = std::fma(sums[col], weights[col], out[0]);
    }
  }
  RoundValues(rounding, out, kTileElements);
}

void ComputeUnit::ReduceBlockMax(uint32_t in, uint32_t scaler, uint32_t i, uint32_t ct, uint32_t dst, uint32_t line) {
  const char* call = "reduce_block_max_row";
  RequireInit(
      call, fpu_init_.kind == FpuInit::Kind::kReduceBlock && fpu_init_.ct == ct,
      [&] { return fmt::format("reduce_block_max_row_init<{}>(out)", ct); }, line);
  RequirePhase(call, Unit::kMath, line);
  RequireSlot(call, dst, line);
  RequireSources(call, in, scaler, line);
  for (uint32_t cb : {in, scaler}) {
    if (port_.Format(cb) == DataFormat::kFloat16_b) continue;
    Fail(
        ErrorCategory::kUnsupported,
        fmt::format("{} of {} (c_{}).\nIt takes bfloat16 alone; use reduce_tile<PoolType::MAX, ReduceDim::REDUCE_ROW>.",
                    call, DataFormatName(port_.Format(cb)), cb),
        line);
  }
  port_.FrontPage(scaler, 0);
  const bool fresh = !dst_.written(dst);
  float* out = OpenSlot(dst, true);
  for (uint32_t c = 0; c < ct; ++c) {
    const std::byte* page = port_.FrontPage(in, i + c);
    ChargeMath(TileBytes(DataFormat::kFloat16_b), kPoolTileCycles);
    if (!config_.data) continue;
    alignas(64) float x[kTileElements];
    LoadSource(in, page, x);
    PoolMaxima(ReduceDim::REDUCE_ROW, x, fresh && c == 0, out);
  }
  ChargeMath(0, kReduceTileCycles - kPoolTileCycles);
}

}  // namespace tltt::emu

// The vector unit: inits and operations on DST.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "compute_unit.h"
#include "costs.h"
#include "vector_ops.h"

namespace tltt::emu {
namespace {

using ckernel::BroadcastType;
using ckernel::EltwiseBinaryType;
using ckernel::PoolType;
using ckernel::ReduceDim;
using ckernel::VectorMode;

// Calls body(first element, count) over the faces that `mode` covers; row-major tiles.
template <class Body>
void ForFaces(VectorMode mode, Body body) {
  switch (mode) {
    case VectorMode::RC:
    case VectorMode::RC_custom:
      return body(0, kTileElements);
    case VectorMode::R:
      return body(0, kTileElements / 2);
    case VectorMode::C:
    case VectorMode::None: {
      const uint32_t rows = mode == VectorMode::C ? kTileRows : 16;
      for (uint32_t row = 0; row < rows; ++row) body(row * kTileCols, 16u);
      return;
    }
    case VectorMode::Invalid:
      return;
  }
}

uint32_t ModeCycles(uint32_t tile_cycles, VectorMode mode) {
  return mode == VectorMode::None                         ? tile_cycles / 4
         : mode == VectorMode::R || mode == VectorMode::C ? tile_cycles / 2
                                                          : tile_cycles;
}

// Sums of 32 floats in the order in which the vector unit adds them (its registers hold four rows of every second
// column of a face). Rows: even and odd columns of both faces, then halves of what is left.
float SumOfRow(const float* x) {
  float sums[8];
  for (int j = 0; j < 8; ++j) sums[j] = x[2 * j] + (x[2 * j + 1] + (x[16 + 2 * j] + x[17 + 2 * j]));
  for (const int step : {4, 2, 1}) {
    for (int j = 0; j < step; ++j) sums[j] = sums[j] + sums[j + step];
  }
  return sums[0];
}
// Columns: every fourth row of each face, both faces, then the four that are left.
float SumOfColumn(const float* x, uint32_t stride) {
  const auto at = [&](uint32_t row) { return x[row * stride]; };
  float sums[4];
  for (uint32_t r = 0; r < 4; ++r) {
    const float upper = at(r) + (at(4 + r) + (at(8 + r) + at(12 + r)));
    const float lower = at(16 + r) + (at(20 + r) + (at(24 + r) + at(28 + r)));
    sums[r] = upper + lower;
  }
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// The larger of both, or the smaller; of NaN and anything NaN.
template <bool kMax>
float Extreme(float acc, float v) {
  return (kMax ? v > acc : v < acc) || v != v ? v : acc;
}
// Of 32 floats, by halves: a fixed order, because which of two zeros of different sign is kept depends on it.
template <bool kMax>
float ExtremeOfRow(const float* x) {
  float m[16];
  for (int j = 0; j < 16; ++j) m[j] = Extreme<kMax>(x[j], x[16 + j]);
  for (const int step : {8, 4, 2, 1}) {
    for (int j = 0; j < step; ++j) m[j] = Extreme<kMax>(m[j], m[j + step]);
  }
  return m[0];
}
template <bool kMax>
float ExtremeOfColumn(const float* x, uint32_t stride) {
  float acc = x[0];
  for (uint32_t k = 1; k < kTileRows; ++k) acc = Extreme<kMax>(acc, x[k * stride]);
  return acc;
}

// The vector unit computes in fp32, and its store into a 16-bit DST drops the bits that do not fit. The LLK's functions
// round before it, except these.
bool StoresTruncated(SfpuOp op) {
  return op == SfpuOp::kAddUnary || op == SfpuOp::kSubUnary || op == SfpuOp::kMulUnary || op == SfpuOp::kDivUnary ||
         op == SfpuOp::kFillBits || op == SfpuOp::kExpApproximate;
}

}  // namespace

// What becomes of an operation's values in DST.
void ComputeUnit::StoreSfpu(SfpuOp op, float* values, uint32_t count) const {
  const Rounding rounding = SfpuRounding();
  if (config_.numerics == Numerics::kFaithful && rounding == Rounding::kBf16 && StoresTruncated(op)) {
    TruncateToBf16(values, count);
  } else {
    RoundValues(rounding, values, count);
  }
}

void ComputeUnit::InitSfpu(SfpuInit init, uint32_t p0, uint32_t p1, uint32_t line) {
  RequireStarted(SfpuInitCall(init), line);
  sfpu_inits_.set(static_cast<size_t>(init));
  if (SfpuInitPrograms(init)) {
    sfpu_program_ = init;
    sfpu_program_line_ = line;
    sfpu_p0_ = p0;
    sfpu_p1_ = p1;
  }
  ChargeInit();
}

void ComputeUnit::RequireSfpuInit(SfpuOp op, uint32_t line) {
  const SfpuInit init = SfpuInitOf(op);
  RequireStarted(SfpuOpName(op), line);
  if (!sfpu_inits_.test(static_cast<size_t>(init))) {
    Fail(ErrorCategory::kMissingInit,
         fmt::format("{} without its init.\nInsert {} before it.", SfpuOpName(op), SfpuInitCall(init)), line);
  }
  if (SfpuInitPrograms(init) && sfpu_program_ != init) {
    Fail(
        ErrorCategory::kMissingInit,
        fmt::format("{} after {} at line {} replaced the constants that its own init sets.\nInsert {} again before it.",
                    SfpuOpName(op), SfpuInitCall(sfpu_program_), sfpu_program_line_, SfpuInitCall(init)),
        line);
  }
}

void ComputeUnit::SfpuUnary(SfpuOp op, uint32_t dst, VectorMode mode, uint32_t p0, uint32_t p1, uint32_t p2,
                            uint32_t line, bool on_packer) {
  RequireSfpuInit(op, line);
  RequirePhase(SfpuOpName(op), on_packer ? Unit::kPack : Unit::kMath, line);
  RequireWritten(SfpuOpName(op), dst, line);
  dst_.MarkWritten(dst);
  if (op == SfpuOp::kRemainder || op == SfpuOp::kFmod || op == SfpuOp::kExpApproximate) {
    p0 = sfpu_p0_;  // the divisor, or the scale and the clamping, come with the init
    p1 = sfpu_p1_;
  }
  const uint32_t cycles = ModeCycles(SfpuTileCycles(op, config_.compute.math_approx_mode), mode);
  if (on_packer) {
    port_.Pack(CostTicks(cycles));
  } else {
    ChargeMath(0, cycles);
  }
  if (!config_.data) return;
  float* tile = dst_.tile(dst);
  ForFaces(mode, [&](uint32_t first, uint32_t count) {
    SfpuUnaryValues(op, tile + first, count, p0, p1, p2);
    if (!SfpuGivesIntegers(op, p1)) StoreSfpu(op, tile + first, count);
  });
}

void ComputeUnit::SfpuFill(uint32_t dst, uint32_t bits, bool integer, uint32_t line) {
  const SfpuOp op = SfpuOp::kFillBits;
  RequireSfpuInit(op, line);
  RequirePhase(SfpuOpName(op), Unit::kMath, line);
  RequireSlot(SfpuOpName(op), dst, line);
  ChargeMath(0, SfpuTileCycles(op, false));
  float* tile = OpenSlot(dst, false);
  if (!config_.data) return;
  std::fill_n(tile, kTileElements, std::bit_cast<float>(bits));
  if (!integer) StoreSfpu(op, tile, kTileElements);
}

void ComputeUnit::SfpuBinary(SfpuOp op, uint32_t in0, uint32_t in1, uint32_t out, VectorMode mode, uint32_t line) {
  const char* call = SfpuOpName(op);
  RequireSfpuInit(op, line);
  RequirePhase(call, Unit::kMath, line);
  RequireWritten(call, in0, line);
  RequireWritten(call, in1, line);
  RequireSlot(call, out, line);
  ChargeMath(0, ModeCycles(SfpuTileCycles(op, config_.compute.math_approx_mode), mode));
  float* result = OpenSlot(out, mode != VectorMode::RC && mode != VectorMode::RC_custom);
  if (!config_.data) return;
  const Rounding rounding = SfpuGivesIntegers(op, 0) ? Rounding::kFp32 : SfpuRounding();
  ForFaces(mode, [&](uint32_t first, uint32_t count) {
    SfpuBinaryValues(op, dst_.tile(in0) + first, dst_.tile(in1) + first, result + first, count);
    RoundValues(rounding, result + first, count);
  });
}

void ComputeUnit::SfpuTernary(SfpuOp op, uint32_t in0, uint32_t in1, uint32_t in2, uint32_t out, uint32_t p0,
                              uint32_t line) {
  const char* call = SfpuOpName(op);
  RequireSfpuInit(op, line);
  RequirePhase(call, Unit::kMath, line);
  for (uint32_t in : {in0, in1, in2}) RequireWritten(call, in, line);
  RequireSlot(call, out, line);
  ChargeMath(0, SfpuTileCycles(op, config_.compute.math_approx_mode));
  float* result = OpenSlot(out, false);
  if (!config_.data) return;
  SfpuTernaryValues(op, dst_.tile(in0), dst_.tile(in1), dst_.tile(in2), result, kTileElements, p0);
  if (!SfpuGivesIntegers(op, 0)) RoundValues(SfpuRounding(), result, kTileElements);
}

void ComputeUnit::SfpuReduce(PoolType pool, ReduceDim dim, bool integer, uint32_t dst, uint32_t ct, uint32_t rt,
                             uint32_t line) {
  const char* call = "sfpu_reduce";
  RequireStarted(call, line);
  if (sfpu_program_ != SfpuInit::kReduce) {
    Fail(ErrorCategory::kMissingInit,
         fmt::format("{} without its init.\nInsert {} before it.", call, SfpuInitCall(SfpuInit::kReduce)), line);
  }
  RequirePhase(call, Unit::kMath, line);
  const bool rows = dim == ReduceDim::REDUCE_ROW;
  for (uint32_t i = 0; i < ct * rt; ++i) RequireWritten(call, dst + i, line);
  dst_.MarkWritten(dst);
  ChargeMath(0, ct * rt * 600);
  if (!config_.data) return;
  const uint32_t stride = rows ? kTileCols : 1;  // from one result to the next
  const uint32_t step = rows ? 1 : kTileCols;    // along the reduced axis
  for (uint32_t tile = 0; tile < ct * rt; ++tile) {
    float* x = dst_.tile(dst + tile);
    for (uint32_t r = 0; r < 32; ++r) {
      float* first = x + r * stride;
      if (integer) {
        int64_t acc = std::bit_cast<int32_t>(first[0]);
        for (uint32_t k = 1; k < 32; ++k) {
          const int64_t v = std::bit_cast<int32_t>(first[k * step]);
          acc = pool == PoolType::MAX ? std::max(acc, v) : pool == PoolType::MIN ? std::min(acc, v) : acc + v;
        }
        if (pool == PoolType::AVG) acc /= 32;
        first[0] = std::bit_cast<float>(static_cast<int32_t>(acc));
      } else {
        float acc = first[0];
        if (pool == PoolType::SUM || pool == PoolType::AVG) {
          acc = rows ? SumOfRow(first) : SumOfColumn(first, step);
        } else if (pool == PoolType::MAX) {
          acc = rows ? ExtremeOfRow<true>(first) : ExtremeOfColumn<true>(first, step);
        } else {
          acc = rows ? ExtremeOfRow<false>(first) : ExtremeOfColumn<false>(first, step);
        }
        if (pool == PoolType::AVG) acc *= 1.0f / 32;
        first[0] = acc;
      }
    }
    StoreReduced(integer, x);
  }
  if (!rows || ct == 1) return;
  // The first tile of each row of tiles takes the others' results.
  for (uint32_t i = 0; i < rt; ++i) {
    float* whole = dst_.tile(dst + i * ct);
    for (uint32_t r = 0; r < kTileRows; ++r) {
      float& acc = whole[r * kTileCols];
      for (uint32_t j = 1; j < ct; ++j) {
        const float v = dst_.tile(dst + i * ct + j)[r * kTileCols];
        if (integer) {
          const int32_t a = std::bit_cast<int32_t>(acc), b = std::bit_cast<int32_t>(v);
          acc = std::bit_cast<float>(pool == PoolType::MAX   ? std::max(a, b)
                                     : pool == PoolType::MIN ? std::min(a, b)
                                                             : static_cast<int32_t>(uint32_t(a) + uint32_t(b)));
        } else if (pool == PoolType::MAX || pool == PoolType::MIN) {
          acc = pool == PoolType::MAX ? Extreme<true>(acc, v) : Extreme<false>(acc, v);
        } else {
          acc += v;
        }
      }
      if (pool == PoolType::AVG && !integer) acc *= 1.0f / static_cast<float>(ct);
    }
    StoreReduced(integer, whole);
  }
}

// A 16-bit DST drops the bits that do not fit; `fast` numerics round to the nearest.
void ComputeUnit::StoreReduced(bool integer, float* tile) const {
  if (integer) return;
  const Rounding rounding = SfpuRounding();
  if (rounding == Rounding::kBf16 && config_.numerics == Numerics::kFaithful) {
    TruncateToBf16(tile, kTileElements);
  } else {
    RoundValues(rounding, tile, kTileElements);
  }
}

void ComputeUnit::SfpuBcast(BroadcastType bcast, EltwiseBinaryType op, uint32_t dst, uint32_t vec, uint32_t line) {
  const bool col = bcast == BroadcastType::COL;
  const char* call = col ? "sfpu_bcast_col" : "sfpu_bcast_row";
  const SfpuInit init = col ? SfpuInit::kBcastCol : SfpuInit::kBcastRow;
  RequireStarted(call, line);
  if (!sfpu_inits_.test(static_cast<size_t>(init))) {
    Fail(ErrorCategory::kMissingInit,
         fmt::format("{} without its init.\nInsert {} before it.", call, SfpuInitCall(init)), line);
  }
  RequirePhase(call, Unit::kMath, line);
  RequireWritten(call, dst, line);
  RequireWritten(call, vec, line);
  dst_.MarkWritten(dst);
  ChargeMath(0, 160);
  if (!config_.data) return;
  alignas(64) float spread[kTileElements];
  const float* source = dst_.tile(vec);
  for (uint32_t row = 0; row < kTileRows; ++row) {
    for (uint32_t c = 0; c < kTileCols; ++c) spread[row * kTileCols + c] = source[col ? row * kTileCols : c];
  }
  float* tile = dst_.tile(dst);
  EltwiseBinary(op, tile, spread, tile, false, SfpuRounding());
}

// --- vector code of the kernel's own ---

namespace {

constexpr uint32_t kTileVectors = kTileElements / kVectorLanes;
constexpr char kVectorCode[] = "vector code (dst_reg)";

// Where lane 0 of a vector lies in a row-major tile: four rows of the even or of the odd columns of a face.
uint32_t FirstElement(uint32_t vector) {
  const uint32_t face = vector / 8, part = vector % 8;
  return (face / 2 * 16 + part / 2 * 4) * kTileCols + face % 2 * 16 + part % 2;
}
uint32_t LaneOffset(uint32_t lane) { return lane / 8 * kTileCols + lane % 8 * 2; }

}  // namespace

void ComputeUnit::VectorCodeBegins(uint32_t line) {
  RequireStarted(kVectorCode, line);
  RequirePhase(kVectorCode, Unit::kMath, line);
  vectors_.enabled = ~0u;
}

void ComputeUnit::VectorLoad(uint32_t index, uint32_t* lanes, uint32_t line) {
  const uint32_t vector = vectors_.base + index, slot = vector / kTileVectors;
  RequirePhase(kVectorCode, Unit::kMath, line);
  RequireWritten(kVectorCode, slot, line);
  ++vectors_.instructions;
  if (!config_.data) return;
  const float* first = dst_.tile(slot) + FirstElement(vector % kTileVectors);
  for (uint32_t lane = 0; lane < kVectorLanes; ++lane) lanes[lane] = std::bit_cast<uint32_t>(first[LaneOffset(lane)]);
}

// A 16-bit DST drops the bits of a float that do not fit; `fast` numerics round to the nearest.
void ComputeUnit::VectorStore(uint32_t index, const uint32_t* lanes, bool integer, uint32_t line) {
  const uint32_t vector = vectors_.base + index, slot = vector / kTileVectors;
  RequirePhase(kVectorCode, Unit::kMath, line);
  RequireSlot(kVectorCode, slot, line);
  ChargeMath(0, vectors_.instructions + 1);
  vectors_.instructions = 0;
  float* first = OpenSlot(slot, true) + FirstElement(vector % kTileVectors);
  if (!config_.data) return;
  alignas(64) float values[kVectorLanes];
  std::copy_n(reinterpret_cast<const float*>(lanes), kVectorLanes, values);
  const Rounding rounding = SfpuRounding();
  if (!integer && rounding == Rounding::kBf16 && config_.numerics == Numerics::kFaithful) {
    TruncateToBf16(values, kVectorLanes);
  } else if (!integer) {
    RoundValues(rounding, values, kVectorLanes);
  }
  for (uint32_t lane = 0; lane < kVectorLanes; ++lane) {
    if (vectors_.enabled >> lane & 1) first[LaneOffset(lane)] = values[lane];
  }
}

}  // namespace tltt::emu

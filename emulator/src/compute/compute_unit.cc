// Configuration, the DST hand-over and the packer. The operations are in compute_fpu.cc, compute_sfpu.cc and
// compute_tilize.cc.
#include "compute_unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "costs.h"

namespace tltt::emu {
namespace {

uint32_t DstCapacity(const Chip& chip, const ComputeConfig& config) {
  uint32_t tiles = config.dst_full_sync_en ? chip.dst_tiles_16b : chip.dst_tiles_16b / 2;
  if (config.fp32_dest_acc_en) tiles /= 2;
  return std::min(tiles, kMaxDstTiles);
}

// Int32 and UInt32 lie in L1 and DST as the same words.
bool SameUnpackFormat(DataFormat a, DataFormat b) {
  const auto canonical = [](DataFormat f) { return f == DataFormat::kUInt32 ? DataFormat::kInt32 : f; };
  return canonical(a) == canonical(b);
}

}  // namespace

ComputeUnit::ComputeUnit(const Chip& chip, const ComputeUnitConfig& config, std::unique_ptr<ComputePort> port)
    : chip_(chip),
      config_(config),
      owned_port_(std::move(port)),
      port_(*owned_port_),
      dst_(DstCapacity(chip, config.compute)) {}

void ComputeUnit::Fail(ErrorCategory category, const std::string& text, uint32_t line) {
  port_.Fail(category, text, line);
  std::abort();  // a port's Fail does not return
}

// --- checks ---

void ComputeUnit::RequireStarted(const char* call, uint32_t line) {
  if (started_) return;
  Fail(
      ErrorCategory::kMissingInit,
      fmt::format(
          "{} before the unpackers and the packer are configured.\nCall compute_kernel_hw_startup(in0, in1, out) once, "
          "first of all (for matmul: compute_kernel_hw_startup<SrcOrder::Reverse>(in0, in1, out)).",
          call),
      line);
}

void ComputeUnit::RequireStarted(const FpuInit& init, uint32_t line) {
  if (!started_) RequireStarted(init.call().c_str(), line);
}

void ComputeUnit::RequireSrcA(const char* call, uint32_t cb, uint32_t line) {
  const DataFormat format = port_.Format(cb);
  if (SameUnpackFormat(format, srca_)) return;
  Fail(ErrorCategory::kMissingInit,
       fmt::format("{} reads c_{}, which holds {}, but the unpacker of SrcA is configured for {}.\n"
                   "Insert reconfig_data_format_srca(tt::CBIndex::c_{}) before it.",
                   call, cb, DataFormatName(format), DataFormatName(srca_), cb),
       line);
}

void ComputeUnit::RequireSrcB(const char* call, uint32_t cb, uint32_t line) {
  const DataFormat format = port_.Format(cb);
  if (SameUnpackFormat(format, srcb_)) return;
  Fail(ErrorCategory::kMissingInit,
       fmt::format("{} reads c_{}, which holds {}, but the unpacker of SrcB is configured for {}.\n"
                   "Insert reconfig_data_format_srcb(tt::CBIndex::c_{}) before it.",
                   call, cb, DataFormatName(format), DataFormatName(srcb_), cb),
       line);
}

void ComputeUnit::RequireSources(const char* call, uint32_t srca_cb, uint32_t srcb_cb, uint32_t line) {
  RequireSrcA(call, srca_cb, line);
  RequireSrcB(call, srcb_cb, line);
  // The table of supported data types of ELWADD, ELWMUL and MVMUL (ISA documentation).
  const DataFormat a = port_.Format(srca_cb), b = port_.Format(srcb_cb);
  if (IsIntegerFormat(a) || IsIntegerFormat(b) || (a == DataFormat::kFloat16) == (b == DataFormat::kFloat16)) return;
  Fail(
      ErrorCategory::kUnsupported,
      fmt::format("{} of {} (c_{}) and {} (c_{}): the matrix unit takes both operands with exponents of 5 bits or both "
                  "with 8.\nUnpack them to DST with copy_tile and use the vector unit.",
                  call, DataFormatName(a), srca_cb, DataFormatName(b), srcb_cb),
      line);
}

void ComputeUnit::RequirePackFormat(const char* call, uint32_t cb, uint32_t line) {
  const DataFormat format = port_.Format(cb);
  if (SameUnpackFormat(format, pack_)) return;
  Fail(ErrorCategory::kMissingInit,
       fmt::format("{} writes c_{}, which holds {}, but the packer is configured for {}.\n"
                   "Insert pack_reconfig_data_format(tt::CBIndex::c_{}) before it.",
                   call, cb, DataFormatName(format), DataFormatName(pack_), cb),
       line);
}

void ComputeUnit::FailInit(const char* call, const std::string& init_call, uint32_t line) {
  const std::string last = fpu_init_.kind == FpuInit::Kind::kNone
                               ? std::string("nothing was initialised so far")
                               : fmt::format("the last init was {} at line {}", fpu_init_.call(), fpu_init_.line);
  Fail(ErrorCategory::kMissingInit,
       fmt::format("{} without its init: {}.\nInsert {} before it.", call, last, init_call), line);
}

void ComputeUnit::RequirePhase(const char* call, Unit unit, uint32_t line) {
  if (dst_.phase == DstPhase::kShared || (unit == Unit::kMath && dst_.phase == DstPhase::kMath) ||
      (unit == Unit::kPack && dst_.phase == DstPhase::kPack)) {
    return;
  }
  const char* way_out = nullptr;
  if (unit == Unit::kMath) {
    way_out = dst_.phase == DstPhase::kIdle
                  ? "DST is not acquired: call tile_regs_acquire() first."
                  : "DST was handed to the packer by tile_regs_commit(): do all math before it.";
  } else if (dst_.phase == DstPhase::kIdle) {
    way_out =
        "nothing was computed: call tile_regs_acquire(), the math, tile_regs_commit() and tile_regs_wait() first.";
  } else if (dst_.phase == DstPhase::kMath) {
    way_out = "the math unit still owns DST: call tile_regs_commit() and tile_regs_wait() first.";
  } else {
    way_out = "the packer has not taken DST over: call tile_regs_wait() first.";
  }
  Fail(ErrorCategory::kDstMisuse, fmt::format("{} out of turn.\n{}", call, way_out), line);
}

void ComputeUnit::RequireSlot(const char* call, uint32_t dst, uint32_t line) {
  if (dst < dst_.capacity()) return;
  Fail(ErrorCategory::kDstMisuse,
       fmt::format(
           "{} uses DST tile {}, but DST holds {} tiles (0..{}) with fp32_dest_acc_en={} and dst_full_sync_en={}.\n"
           "Work in smaller sub-blocks, or change the compute config.",
           call, dst, dst_.capacity(), dst_.capacity() - 1, config_.compute.fp32_dest_acc_en,
           config_.compute.dst_full_sync_en),
       line);
}

void ComputeUnit::RequireWritten(const char* call, uint32_t dst, uint32_t line) {
  RequireSlot(call, dst, line);
  if (dst_.written(dst)) return dst_.MarkUsed(dst);
  Fail(ErrorCategory::kDstMisuse,
       fmt::format("{} reads DST tile {}, which nothing has written since tile_regs_acquire() at line {}.\n"
                   "Put a tile there first (copy_tile, matmul_tiles, fill_tile, ...), or correct the index.",
                   call, dst, dst_.acquired_line),
       line);
}

void ComputeUnit::RequireAllUsed(uint32_t line) {
  if (!config_.check) return;
  for (uint32_t i = 0; i < dst_.capacity(); ++i) {
    if (!dst_.written(i) || dst_.used(i)) continue;
    Fail(ErrorCategory::kUnused,
         fmt::format("DST tile {} is released, but what was computed in it since tile_regs_acquire() at line {} is "
                     "neither packed nor read.\nPack it, leave its computation out, or correct the index of the tile "
                     "that is packed.",
                     i, dst_.acquired_line),
         line);
  }
}

void ComputeUnit::RequireDstHolds(const char* call, DataFormat format, uint32_t line) {
  const bool wide = format == DataFormat::kInt32 || format == DataFormat::kUInt32;
  if (!wide || config_.compute.fp32_dest_acc_en) return;
  Fail(ErrorCategory::kBadProgram,
       fmt::format("{} of {} into a DST of 16-bit values.\nSet fp32_dest_acc_en in the compute config.", call,
                   DataFormatName(format)),
       line);
}

// --- configuration ---

void ComputeUnit::HwStartup(uint32_t srca, uint32_t srcb, uint32_t out, uint32_t line) {
  if (dst_.phase != DstPhase::kIdle) {
    Fail(ErrorCategory::kDstMisuse,
         "compute_kernel_hw_startup while DST is acquired.\nCall it once, at the kernel's start.", line);
  }
  srca_ = port_.Format(srca);
  srcb_ = port_.Format(srcb);
  pack_ = port_.Format(out);
  started_ = true;
  reduce_mask_ = false;
  for (int unit = 0; unit < 2; ++unit) ChargeInit(unit != 0);
}

void ComputeUnit::ReconfigSrc(bool a, uint32_t cb, uint32_t line) {
  RequireStarted(a ? "reconfig_data_format_srca" : "reconfig_data_format_srcb", line);
  (a ? srca_ : srcb_) = port_.Format(cb);
  ChargeInit();
}

void ComputeUnit::ReconfigPack(uint32_t cb, uint32_t line) {
  RequireStarted("pack_reconfig_data_format", line);
  pack_ = port_.Format(cb);
  ChargeInit(true);
}

void ComputeUnit::PackInit(uint32_t cb, uint32_t line) {
  RequireStarted("pack_init", line);
  RequirePackFormat("pack_init", cb, line);
  ChargeInit(true);
}

void ComputeUnit::PackL1Acc(bool enable, uint32_t line) {
  RequireStarted("pack_reconfig_l1_acc", line);
  l1_accumulate_ = enable;
  ChargeInit(true);
}

void ComputeUnit::PackRelu(ckernel::ReluConfig config, uint32_t line) {
  RequireStarted("pack_relu_config", line);
  relu_ = config;
  ChargeInit(true);
}

void ComputeUnit::SetFpuInit(FpuInit init, uint32_t line) {
  RequireStarted(init, line);
  init.line = line;
  fpu_init_ = std::move(init);
  ChargeInit();
}

// --- DST hand-over ---

void ComputeUnit::Acquire(uint32_t line) {
  RequireStarted("tile_regs_acquire()", line);
  if (dst_.phase != DstPhase::kIdle) {
    Fail(ErrorCategory::kDstMisuse,
         fmt::format(
             "tile_regs_acquire() while DST is still held since line {}.\n"
             "Finish that section first: tile_regs_commit(), tile_regs_wait(), pack_tile(...), tile_regs_release().",
             dst_.acquired_line),
         line);
  }
  dst_.Clear();
  dst_.phase = DstPhase::kMath;
  dst_.acquired_line = line;
  port_.HandOver(TraceKind::kAcquire);
}

void ComputeUnit::Commit(uint32_t line) {
  if (dst_.phase != DstPhase::kMath) {
    Fail(ErrorCategory::kDstMisuse,
         "tile_regs_commit() without tile_regs_acquire().\n"
         "The order is tile_regs_acquire(), math, tile_regs_commit(), tile_regs_wait(), pack_tile(...), "
         "tile_regs_release().",
         line);
  }
  dst_.phase = DstPhase::kCommitted;
  port_.HandOver(TraceKind::kCommit);
}

void ComputeUnit::Wait(uint32_t line) {
  if (dst_.phase != DstPhase::kCommitted) {
    Fail(ErrorCategory::kDstMisuse,
         "tile_regs_wait() without tile_regs_commit(): the packer would wait forever.\n"
         "The order is tile_regs_acquire(), math, tile_regs_commit(), tile_regs_wait(), pack_tile(...), "
         "tile_regs_release().",
         line);
  }
  dst_.phase = DstPhase::kPack;
  port_.HandOver(TraceKind::kDstWait);
}

void ComputeUnit::Release(uint32_t line) {
  if (dst_.phase != DstPhase::kPack) {
    Fail(ErrorCategory::kDstMisuse,
         "tile_regs_release() without tile_regs_wait().\n"
         "The order is tile_regs_acquire(), math, tile_regs_commit(), tile_regs_wait(), pack_tile(...), "
         "tile_regs_release().",
         line);
  }
  RequireAllUsed(line);
  dst_.phase = DstPhase::kIdle;
  port_.HandOver(TraceKind::kRelease);
}

void ComputeUnit::AcquireShared(uint32_t line) {
  Acquire(line);
  dst_.phase = DstPhase::kShared;
  shared_packed_ = false;
}

void ComputeUnit::ReleaseShared(uint32_t line) {
  const std::string unacquired = "release_dst() without acquire_dst().";
  if (dst_.phase == DstPhase::kIdle) return port_.Object(ErrorCategory::kDstMisuse, unacquired, line);
  if (dst_.phase != DstPhase::kShared) Fail(ErrorCategory::kDstMisuse, unacquired, line);
  RequireAllUsed(line);
  dst_.phase = DstPhase::kIdle;
  if (!shared_packed_) {
    port_.HandOver(TraceKind::kCommit);
    port_.HandOver(TraceKind::kDstWait);
  }
  port_.HandOver(TraceKind::kRelease);
}

void ComputeUnit::Finish() {
  if (dst_.phase != DstPhase::kIdle) {
    Fail(ErrorCategory::kDstMisuse,
         fmt::format("the kernel returned while it holds DST, acquired at line {}.\n{}", dst_.acquired_line,
                     dst_.phase == DstPhase::kShared
                         ? "Call release_dst()."
                         : "Call tile_regs_commit(), tile_regs_wait() and tile_regs_release()."),
         dst_.acquired_line);
  }
}

// --- helpers of the operations ---

Rounding ComputeUnit::DstRounding(DataFormat a, DataFormat b) const {
  if (config_.compute.fp32_dest_acc_en) return Rounding::kFp32;
  return a == DataFormat::kFloat16 && b == DataFormat::kFloat16 ? Rounding::kFp16 : Rounding::kBf16;
}

Rounding ComputeUnit::SfpuRounding() const {
  if (config_.compute.fp32_dest_acc_en) return Rounding::kFp32;
  return sfpu_fp16_ ? Rounding::kFp16 : Rounding::kBf16;
}

bool ComputeUnit::UnpacksToDest(uint32_t cb) const {
  const auto& direct = config_.compute.unpack_to_dest_fp32;
  return std::find(direct.begin(), direct.end(), cb) != direct.end();
}

void ComputeUnit::LoadSource(uint32_t cb, const std::byte* page, float* rows) const {
  const DataFormat format = port_.Format(cb);
  UnpackTile(format, page, rows);
  if (config_.numerics == Numerics::kFaithful && format == DataFormat::kFloat32) {
    const uint32_t mask = config_.compute.fp32_dest_acc_en ? ~0x1fffu : ~0xffffu;
    for (uint32_t i = 0; i < kTileElements; ++i) {
      rows[i] = std::bit_cast<float>(std::bit_cast<uint32_t>(rows[i]) & mask);
    }
  }
}

MatrixUnitMode ComputeUnit::MatrixMode(DataFormat format, Rounding rounding) const {
  return {.phases = FidelityPhases(config_.compute.math_fidelity),
          .dst = rounding,
          .wormhole = chip_.arch == "wormhole_b0",
          .float16 = format == DataFormat::kFloat16};
}

void ComputeUnit::ChargeMath(uint32_t srca_bytes, uint32_t srcb_bytes, uint32_t math_cycles) {
  port_.Math(CostTicks(UnpackCycles(chip_, srca_bytes, srcb_bytes)), CostTicks(math_cycles), 1);
}

void ComputeUnit::ChargePack(uint32_t bytes) {
  if (dst_.phase == DstPhase::kShared && !shared_packed_) {
    shared_packed_ = true;  // acquire_dst gives both units the section; the packer follows the math
    port_.HandOver(TraceKind::kCommit);
    port_.HandOver(TraceKind::kDstWait);
  }
  port_.Pack(CostTicks(PackCycles(chip_, bytes, l1_accumulate_)));
}

void ComputeUnit::ChargePass(const uint32_t (&unpack_pack)[2]) {
  port_.HandOver(TraceKind::kAcquire);
  port_.Math(CostTicks(unpack_pack[0]), CostTicks(kEltwiseTileCycles), 1);
  port_.HandOver(TraceKind::kCommit);
  port_.HandOver(TraceKind::kDstWait);
  port_.Pack(CostTicks(unpack_pack[1]));
  port_.HandOver(TraceKind::kRelease);
}

float* ComputeUnit::OpenSlot(uint32_t dst, bool zero_if_unwritten) {
  float* tile = dst_.tile(dst);
  if (zero_if_unwritten && !dst_.written(dst) && config_.data) std::fill(tile, tile + kTileElements, 0.0f);
  dst_.MarkWritten(dst);
  return tile;
}

// --- packer ---

void ComputeUnit::PackRows(float* rows, uint32_t out, std::byte* page) {
  using ckernel::ReduceDim;
  using ckernel::ReluType;
  if (reduce_mask_) {
    for (uint32_t row = 0; row < kTileRows; ++row) {
      for (uint32_t col = 0; col < kTileCols; ++col) {
        const bool kept = (reduce_mask_dim_ == ReduceDim::REDUCE_COL || col == 0) &&
                          (reduce_mask_dim_ == ReduceDim::REDUCE_ROW || row == 0);
        if (!kept) rows[row * kTileCols + col] = 0.0f;
      }
    }
  }
  if (relu_.get_mode() != ReluType::NO_RELU) {
    const float threshold = std::bit_cast<float>(relu_.get_threshold() << 16);
    for (uint32_t i = 0; i < kTileElements; ++i) {
      const float x = rows[i];
      switch (relu_.get_mode()) {
        case ReluType::ZERO_RELU:
          rows[i] = x < 0 ? 0.0f : x;
          break;
        case ReluType::MIN_THRESHOLD_RELU:
          rows[i] = x <= threshold ? 0.0f : x;
          break;
        case ReluType::MAX_THRESHOLD_RELU:
          rows[i] = x < 0 ? 0.0f : std::min(x, threshold);
          break;
        case ReluType::NO_RELU:
          break;
      }
    }
  }
  const DataFormat format = port_.Format(out);
  if (config_.numerics == Numerics::kFaithful && format == DataFormat::kFloat16_b) RoundHalfAway(rows, kTileElements);
  if (l1_accumulate_)
    AccumulateTile(format, rows, page);
  else
    emu::PackTile(format, rows, page);
}

void ComputeUnit::PackTile(uint32_t dst, uint32_t out, bool out_of_order, uint32_t index, uint32_t line) {
  const char* call = "pack_tile";
  RequireStarted(call, line);
  RequirePhase(call, Unit::kPack, line);
  RequireWritten(call, dst, line);
  RequirePackFormat(call, out, line);
  if (reduce_mask_ && fpu_init_.kind != FpuInit::Kind::kReduce && fpu_init_.kind != FpuInit::Kind::kReduceBlock) {
    Fail(
        ErrorCategory::kMissingInit,
        fmt::format("pack_tile still masks what reduce_init at line {} does not reduce to, though {} came at line {}.\n"
                    "Insert reduce_uninit() after the last reduce_tile.",
                    reduce_mask_line_, fpu_init_.call(), fpu_init_.line),
        line);
  }
  const DataFormat format = port_.Format(out);
  if (l1_accumulate_ && IsIntegerFormat(format)) {
    Fail(ErrorCategory::kUnsupported,
         fmt::format("packer L1 accumulation into {} (c_{}) is not supported.\nAccumulate in a float format.",
                     DataFormatName(format), out),
         line);
  }
  std::byte* page = port_.BackPage(out, out_of_order ? index : pack_offset_[out]++, l1_accumulate_);
  ChargePack(TileBytes(format));
  if (!config_.data) return;
  const bool changes = reduce_mask_ || relu_.get_mode() != ckernel::ReluType::NO_RELU ||
                       (config_.numerics == Numerics::kFaithful && format == DataFormat::kFloat16_b);
  if (!changes) return PackRows(dst_.tile(dst), out, page);
  alignas(64) float rows[kTileElements];  // DST itself keeps its values
  std::copy_n(dst_.tile(dst), kTileElements, rows);
  PackRows(rows, out, page);
}

}  // namespace tltt::emu

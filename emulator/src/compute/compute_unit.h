// The compute side of one Tensix core: unpackers, matrix unit, vector unit, DST and packer, as one kernel drives them.
//
// Methods carry the names of the kernel API (api/compute/*.h) and its arguments; `line` is the kernel's source line for
// messages. Wrong use (no init, wrong format, DST out of turn) ends the run through ComputePort::Fail with the call to
// insert.
#pragma once

#include <bitset>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "compute_port.h"
#include "dst.h"
#include "faithful.h"
#include "internal/compute_defs.h"
#include "internal/sfpu_ops.h"
#include "internal/vector_state.h"
#include "tltt/chip.h"
#include "tltt/emulator.h"
#include "tltt/program.h"

namespace tltt::emu {

struct ComputeUnitConfig {
  ComputeConfig compute;
  Numerics numerics = Numerics::kFast;
  bool data = true;    // false: checks and time alone
  bool check = false;  // also find tiles of DST that are computed for nothing
};

// What the unpackers and the matrix unit were last initialised for.
struct FpuInit {
  enum class Kind : uint8_t {
    kNone,
    kMatmul,
    kBinary,
    kReuseDest,
    kCopy,
    kUnaryBcast,
    kTranspose,
    kReduce,
    kReduceBlock,
    kTilize,
    kUntilize,
    kTransposeDest
  };
  Kind kind = Kind::kNone;
  ckernel::EltwiseBinaryType eltwise = ckernel::EltwiseBinaryType::ELWADD;
  ckernel::BroadcastType bcast = ckernel::BroadcastType::NONE;
  ckernel::EltwiseBinaryReuseDestType reuse = ckernel::EltwiseBinaryReuseDestType::NONE;
  ckernel::PoolType pool = ckernel::PoolType::SUM;
  ckernel::ReduceDim dim = ckernel::ReduceDim::REDUCE_ROW;
  bool accumulate = false, transpose = false;
  uint32_t ct = 1, rt = 1, kt = 1;
  std::function<std::string()> call;  // as the kernel could have written it
  uint32_t line = 0;
};

class ComputeUnit {
 public:
  ComputeUnit(const Chip& chip, const ComputeUnitConfig& config, std::unique_ptr<ComputePort> port);

  // --- configuration ---
  // srca, srcb: circular buffers behind the two source registers (for matmul SrcA is in1 and SrcB is in0).
  void HwStartup(uint32_t srca, uint32_t srcb, uint32_t out, uint32_t line);
  void ReconfigSrc(bool a, uint32_t cb, uint32_t line);
  void ReconfigPack(uint32_t cb, uint32_t line);
  void PackInit(uint32_t cb, uint32_t line);
  void PackL1Acc(bool enable, uint32_t line);
  void PackRelu(ckernel::ReluConfig config, uint32_t line);

  void MatmulInit(uint32_t in0, uint32_t in1, bool transpose, uint32_t ct, uint32_t rt, uint32_t kt, bool block,
                  uint32_t line);
  void BinaryInit(ckernel::EltwiseBinaryType op, ckernel::BroadcastType bcast, uint32_t in0, uint32_t in1,
                  bool accumulate, uint32_t line);
  void ReuseDestInit(ckernel::EltwiseBinaryType op, ckernel::EltwiseBinaryReuseDestType reuse, uint32_t in,
                     uint32_t line);
  void CopyInit(uint32_t in, bool transpose, uint32_t line);
  void UnaryBcastInit(ckernel::BroadcastType bcast, uint32_t in, uint32_t line);
  void TransposeInit(uint32_t in, uint32_t line);
  void TransposeDestInit(uint32_t line);
  void ReduceInit(ckernel::PoolType pool, ckernel::ReduceDim dim, uint32_t in, uint32_t scaler, uint32_t out,
                  uint32_t line);
  void ReduceBlockMaxInit(uint32_t ct, uint32_t out, uint32_t line);
  void ReduceUninit(uint32_t line);
  void TilizeInit(uint32_t in, uint32_t block, uint32_t out, uint32_t line);
  void TilizeUninit(uint32_t in, uint32_t out, uint32_t line);
  // Untilizing of block_ct tiles at a time out of rows of full_ct tiles; in == kNoCb for pack_untilize_dest_init.
  void UntilizeInit(uint32_t in, uint32_t out, uint32_t block_ct, uint32_t full_ct, uint32_t line);
  void UntilizeUninit(uint32_t out, uint32_t line);
  static constexpr uint32_t kNoCb = ~0u;

  // --- DST hand-over ---
  void Acquire(uint32_t line);
  void Commit(uint32_t line);
  void Wait(uint32_t line);
  void Release(uint32_t line);
  void AcquireShared(uint32_t line);  // acquire_dst
  void ReleaseShared(uint32_t line);  // release_dst
  // The kernel returned: fails when it still holds DST.
  void Finish();

  // --- matrix unit ---
  void MatmulTiles(uint32_t in0, uint32_t in1, uint32_t i0, uint32_t i1, uint32_t dst, uint32_t line);
  void MatmulBlockStep(uint32_t in0, uint32_t in1, uint32_t i0, uint32_t i1, uint32_t dst, bool transpose, uint32_t ct,
                       uint32_t rt, uint32_t kt, uint32_t line);
  // bcast_row: the row of operand B that BroadcastType::ROW repeats.
  void BinaryTiles(ckernel::EltwiseBinaryType op, ckernel::BroadcastType bcast, uint32_t in0, uint32_t in1, uint32_t i0,
                   uint32_t i1, uint32_t dst, uint32_t bcast_row, uint32_t line);
  void ReuseDestTiles(ckernel::EltwiseBinaryType op, ckernel::EltwiseBinaryReuseDestType reuse, uint32_t in, uint32_t i,
                      uint32_t dst, uint32_t line);
  void CopyTile(uint32_t in, uint32_t i, uint32_t dst, uint32_t line);
  void UnaryBcast(ckernel::BroadcastType bcast, uint32_t in, uint32_t i, uint32_t dst, uint32_t line);
  void TransposeTile(uint32_t in, uint32_t i, uint32_t dst, uint32_t line);
  void TransposeDest(uint32_t dst, uint32_t line);
  void ReduceBlockMax(uint32_t in, uint32_t scaler, uint32_t i, uint32_t ct, uint32_t dst, uint32_t line);
  void ReduceTile(ckernel::PoolType pool, ckernel::ReduceDim dim, uint32_t in, uint32_t scaler, uint32_t i,
                  uint32_t i_scaler, uint32_t dst, uint32_t line);

  // --- packer ---
  void PackTile(uint32_t dst, uint32_t out, bool out_of_order, uint32_t index, uint32_t line);
  void OnPushBack(uint32_t out) {
    pack_offset_[out] = 0;
  }  // cb_push_back: the next pack starts at the new write pointer
  // Whole-block conversions; they take and give DST themselves.
  void TilizeBlock(uint32_t in, uint32_t block, uint32_t out, uint32_t in_index, uint32_t out_index, uint32_t line);
  void UntilizeBlock(uint32_t in, uint32_t block_rt, uint32_t out, uint32_t block_c_index, uint32_t block_ct,
                     uint32_t full_ct, uint32_t line);
  // DST slots of block_rt x block_ct tiles from dst_offset on to rows of full_ct tiles.
  void PackUntilizeDest(uint32_t out, uint32_t block_rt, uint32_t block_c_index, uint32_t block_ct, uint32_t full_ct,
                        uint32_t dst_offset, uint32_t line);

  // --- vector unit ---
  void InitSfpu(SfpuInit init, uint32_t p0, uint32_t p1, uint32_t line);
  // p0..p2: the bits of the parameters that the kernel call takes.
  // `on_packer`: the packer's thread drives the vector unit, between tile_regs_wait and tile_regs_release.
  void SfpuUnary(SfpuOp op, uint32_t dst, ckernel::VectorMode mode, uint32_t p0, uint32_t p1, uint32_t p2,
                 uint32_t line, bool on_packer = false);
  void SfpuBinary(SfpuOp op, uint32_t in0, uint32_t in1, uint32_t out, ckernel::VectorMode mode, uint32_t line);
  void SfpuTernary(SfpuOp op, uint32_t in0, uint32_t in1, uint32_t in2, uint32_t out, uint32_t p0, uint32_t line);
  void SfpuFill(uint32_t dst, uint32_t bits, bool integer, uint32_t line);
  void SfpuReduce(ckernel::PoolType pool, ckernel::ReduceDim dim, bool integer, uint32_t dst, uint32_t ct, uint32_t rt,
                  uint32_t line);
  void SfpuBcast(ckernel::BroadcastType bcast, ckernel::EltwiseBinaryType op, uint32_t dst, uint32_t vec,
                 uint32_t line);

  // Vector code of the kernel's own (sfpi.h). Lanes that are not enabled keep what DST has.
  VectorState& vectors() { return vectors_; }
  void VectorCodeBegins(uint32_t line);
  void VectorLoad(uint32_t index, uint32_t* lanes, uint32_t line);
  void VectorStore(uint32_t index, const uint32_t* lanes, bool integer, uint32_t line);

  bool fp32_dest() const { return config_.compute.fp32_dest_acc_en; }
  bool data() const { return config_.data; }
  const Dst& dst() const { return dst_; }

 private:
  enum class Unit : uint8_t { kMath, kPack };

  [[noreturn]] void Fail(ErrorCategory category, const std::string& text, uint32_t line);
  void RequireStarted(const char* call, uint32_t line);
  void RequireStarted(const FpuInit& init, uint32_t line);
  // Formats configured for the source registers must be those of the operands: else names the reconfig call.
  void RequireSrcA(const char* call, uint32_t cb, uint32_t line);
  void RequireSrcB(const char* call, uint32_t cb, uint32_t line);
  void RequireSources(const char* call, uint32_t srca_cb, uint32_t srcb_cb, uint32_t line);  // of one operation
  void RequirePackFormat(const char* call, uint32_t cb, uint32_t line);
  // init_call(): the call to insert, made up only when it is missing.
  template <class InitCall>
  void RequireInit(const char* call, bool matches, InitCall init_call, uint32_t line) {
    RequireStarted(call, line);
    if (!matches) FailInit(call, init_call(), line);
  }
  [[noreturn]] void FailInit(const char* call, const std::string& init_call, uint32_t line);
  void RequireSfpuInit(SfpuOp op, uint32_t line);
  void RequirePhase(const char* call, Unit unit, uint32_t line);
  void RequireSlot(const char* call, uint32_t dst, uint32_t line);
  // 32-bit integers need a 32-bit DST.
  void RequireDstHolds(const char* call, DataFormat format, uint32_t line);
  void RequireWritten(const char* call, uint32_t dst, uint32_t line);
  void RequireAllUsed(uint32_t line);  // at the release of DST
  void SetFpuInit(FpuInit init, uint32_t line);

  // 16-bit DST keeps fp16 when both operands have its 5-bit exponent, else bf16.
  Rounding DstRounding(DataFormat a, DataFormat b) const;
  void StoreSfpu(SfpuOp op, float* values, uint32_t count) const;
  void StoreReduced(bool integer, float* tile) const;
  Rounding SfpuRounding() const;
  bool UnpacksToDest(uint32_t cb) const;  // past the source registers, in full fp32
  // `faithful` numerics: the matrix unit on an operand of `format` in SrcA.
  MatrixUnitMode MatrixMode(DataFormat format, Rounding rounding) const;
  // The operand as the source register sees it: in `faithful` numerics fp32 loses its low 13 bits (tf32), or its low 16
  // (bf16) where DST has 16 bits.
  void LoadSource(uint32_t cb, const std::byte* page, float* rows) const;
  // For the clock: a step of the unpackers and the math unit, a tile of the packer.
  void ChargeMath(uint32_t unpack_bytes, uint32_t math_cycles) { ChargeMath(unpack_bytes, 0, math_cycles); }
  void ChargeMath(uint32_t srca_bytes, uint32_t srcb_bytes, uint32_t math_cycles);
  void ChargePack(uint32_t bytes);
  // An init or reconfiguration of the unpackers and the math unit, or of the packer.
  void ChargeInit(bool pack = false) { port_.Configure(pack, static_cast<uint32_t>(chip_.riscv_configure)); }
  // A tile that goes through all of the units in a section of DST of its own.
  void ChargePass(const uint32_t (&unpack_pack)[2]);
  // Starts writing a slot: zeroes it when it holds nothing and `accumulate` asks for what is there. Returns its words.
  float* OpenSlot(uint32_t dst, bool zero_if_unwritten);
  void PackRows(float* rows, uint32_t out, std::byte* page);
  // The first `pages` pages as one contiguous region.
  const std::byte* FrontRegion(const char* call, uint32_t cb, uint32_t pages, uint32_t line);
  // An operand of a matmul, unpacked.
  const float* MatmulOperand(uint32_t cb, const std::byte* page, bool transpose);
  std::byte* BackRegion(const char* call, uint32_t cb, uint32_t pages, uint32_t line);
  void RequireIdle(const char* call, uint32_t line);
  void RequireRowMajorFormat(const char* call, uint32_t cb, uint32_t line);
  void WriteRows(const float* rows, DataFormat format, std::byte* to, uint64_t row_bytes);

  const Chip& chip_;
  ComputeUnitConfig config_;
  const std::unique_ptr<ComputePort> owned_port_;
  ComputePort& port_;
  Dst dst_;

  bool started_ = false;
  DataFormat srca_ = DataFormat::kFloat16_b, srcb_ = DataFormat::kFloat16_b, pack_ = DataFormat::kFloat16_b;
  FpuInit fpu_init_, pack_untilize_;
  std::bitset<static_cast<size_t>(SfpuInit::kCount)> sfpu_inits_;
  SfpuInit sfpu_program_ = SfpuInit::kCount;  // the programming init that counts; kCount: none yet
  uint32_t sfpu_program_line_ = 0, sfpu_p0_ = 0, sfpu_p1_ = 0;
  VectorState vectors_;
  bool sfpu_fp16_ = false;  // DST holds fp16 since the last FPU write
  bool l1_accumulate_ = false;
  ckernel::ReluConfig relu_ = ckernel::ReluConfig::none();
  bool reduce_mask_ = false;
  ckernel::ReduceDim reduce_mask_dim_ = ckernel::ReduceDim::REDUCE_ROW;
  uint32_t reduce_mask_line_ = 0;
  uint32_t pack_offset_[32] = {};
  bool shared_packed_ = false;  // the packer has taken the section of acquire_dst over
};

}  // namespace tltt::emu

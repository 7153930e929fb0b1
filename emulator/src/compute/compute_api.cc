// The functions that kernels call (internal/compute_runtime.h): each acts on the compute unit of the core whose role
// runs.
#include "internal/compute_runtime.h"

#include <cstring>

#include "../check/checker.h"
#include "../core.h"
#include "compute_unit.h"
#include "tltt_device.h"

namespace tltt::emu::device {
namespace {

// The compute unit of the running role; messages name `line`, or the last known one where the call has none (0).
ComputeUnit& Unit(uint32_t line) {
  RoleContext& role = CurrentRole();
  if (line != 0) role.SetLine(line);
  return role.core().compute();
}

}  // namespace

void HwStartup(uint32_t srca, uint32_t srcb, uint32_t out, uint32_t line) {
  Unit(line).HwStartup(srca, srcb, out, line);
}
void ReconfigSrcA(uint32_t cb, uint32_t line) { Unit(line).ReconfigSrc(true, cb, line); }
void ReconfigSrcB(uint32_t cb, uint32_t line) { Unit(line).ReconfigSrc(false, cb, line); }
void ReconfigPack(uint32_t cb, uint32_t line) { Unit(line).ReconfigPack(cb, line); }
void PackInit(uint32_t cb, uint32_t line) { Unit(line).PackInit(cb, line); }
void PackL1Acc(bool enable, uint32_t line) { Unit(line).PackL1Acc(enable, line); }
void PackRelu(const ckernel::ReluConfig& config, uint32_t line) { Unit(line).PackRelu(config, line); }
void MatmulInit(uint32_t in0, uint32_t in1, bool transpose, uint32_t ct, uint32_t rt, uint32_t kt, bool block,
                uint32_t line) {
  Unit(line).MatmulInit(in0, in1, transpose, ct, rt, kt, block, line);
}
void BinaryInit(EltwiseBinaryType op, BroadcastType bcast, uint32_t in0, uint32_t in1, bool accumulate, uint32_t line) {
  Unit(line).BinaryInit(op, bcast, in0, in1, accumulate, line);
}
void ReuseDestInit(EltwiseBinaryType op, EltwiseBinaryReuseDestType reuse, uint32_t in, uint32_t line) {
  Unit(line).ReuseDestInit(op, reuse, in, line);
}
void CopyInit(uint32_t in, bool transpose, uint32_t line) { Unit(line).CopyInit(in, transpose, line); }
void UnaryBcastInit(BroadcastType bcast, uint32_t in, uint32_t line) { Unit(line).UnaryBcastInit(bcast, in, line); }
void TransposeInit(uint32_t in, uint32_t line) { Unit(line).TransposeInit(in, line); }
void TransposeDestInit(uint32_t line) { Unit(line).TransposeDestInit(line); }
void ReduceInit(PoolType pool, ReduceDim dim, uint32_t in, uint32_t scaler, uint32_t out, uint32_t line) {
  Unit(line).ReduceInit(pool, dim, in, scaler, out, line);
}
void ReduceBlockMaxInit(uint32_t ct, uint32_t out, uint32_t line) { Unit(line).ReduceBlockMaxInit(ct, out, line); }
void ReduceUninit(uint32_t line) { Unit(line).ReduceUninit(line); }
void TilizeInit(uint32_t in, uint32_t block, uint32_t out, uint32_t line) {
  Unit(line).TilizeInit(in, block, out, line);
}
void TilizeUninit(uint32_t in, uint32_t out, uint32_t line) { Unit(line).TilizeUninit(in, out, line); }
void UntilizeInit(uint32_t in, uint32_t out, uint32_t block_ct, uint32_t full_ct, uint32_t line) {
  Unit(line).UntilizeInit(in, out, block_ct, full_ct, line);
}
void UntilizeUninit(uint32_t out, uint32_t line) { Unit(line).UntilizeUninit(out, line); }
void Acquire(uint32_t line) { Unit(line).Acquire(line); }
void Commit(uint32_t line) { Unit(line).Commit(line); }
void Wait(uint32_t line) { Unit(line).Wait(line); }
void Release(uint32_t line) { Unit(line).Release(line); }
void AcquireShared(uint32_t line) { Unit(line).AcquireShared(line); }
void ReleaseShared(uint32_t line) { Unit(line).ReleaseShared(line); }
void MatmulTiles(uint32_t in0, uint32_t in1, uint32_t i0, uint32_t i1, uint32_t dst, uint32_t line) {
  Unit(line).MatmulTiles(in0, in1, i0, i1, dst, line);
}
void MatmulBlock(uint32_t in0, uint32_t in1, uint32_t i0, uint32_t i1, uint32_t dst, bool transpose, uint32_t ct,
                 uint32_t rt, uint32_t kt, uint32_t line) {
  Unit(line).MatmulBlockStep(in0, in1, i0, i1, dst, transpose, ct, rt, kt, line);
}
void BinaryTiles(EltwiseBinaryType op, BroadcastType bcast, uint32_t in0, uint32_t in1, uint32_t i0, uint32_t i1,
                 uint32_t dst, uint32_t bcast_row, uint32_t line) {
  Unit(line).BinaryTiles(op, bcast, in0, in1, i0, i1, dst, bcast_row, line);
}
void ReuseDestTiles(EltwiseBinaryType op, EltwiseBinaryReuseDestType reuse, uint32_t in, uint32_t i, uint32_t dst,
                    uint32_t line) {
  Unit(line).ReuseDestTiles(op, reuse, in, i, dst, line);
}
void CopyTile(uint32_t in, uint32_t i, uint32_t dst, uint32_t line) { Unit(line).CopyTile(in, i, dst, line); }
void UnaryBcast(BroadcastType bcast, uint32_t in, uint32_t i, uint32_t dst, uint32_t line) {
  Unit(line).UnaryBcast(bcast, in, i, dst, line);
}
void TransposeTile(uint32_t in, uint32_t i, uint32_t dst, uint32_t line) { Unit(line).TransposeTile(in, i, dst, line); }
void TransposeDest(uint32_t dst, uint32_t line) { Unit(line).TransposeDest(dst, line); }
void ReduceTile(PoolType pool, ReduceDim dim, uint32_t in, uint32_t scaler, uint32_t i, uint32_t i_scaler, uint32_t dst,
                uint32_t line) {
  Unit(line).ReduceTile(pool, dim, in, scaler, i, i_scaler, dst, line);
}
void ReduceBlockMax(uint32_t in, uint32_t scaler, uint32_t i, uint32_t ct, uint32_t dst, uint32_t line) {
  Unit(line).ReduceBlockMax(in, scaler, i, ct, dst, line);
}
void PackTile(uint32_t dst, uint32_t out, bool out_of_order, uint32_t index, uint32_t line) {
  Unit(line).PackTile(dst, out, out_of_order, index, line);
}
void TilizeBlock(uint32_t in, uint32_t block, uint32_t out, uint32_t in_index, uint32_t out_index, uint32_t line) {
  Unit(line).TilizeBlock(in, block, out, in_index, out_index, line);
}
void UntilizeBlock(uint32_t in, uint32_t block_rt, uint32_t out, uint32_t block_c_index, uint32_t block_ct,
                   uint32_t full_ct, uint32_t line) {
  Unit(line).UntilizeBlock(in, block_rt, out, block_c_index, block_ct, full_ct, line);
}
void PackUntilizeDest(uint32_t out, uint32_t block_rt, uint32_t block_c_index, uint32_t block_ct, uint32_t full_ct,
                      uint32_t dst_offset, uint32_t line) {
  Unit(line).PackUntilizeDest(out, block_rt, block_c_index, block_ct, full_ct, dst_offset, line);
}
void InitSfpu(SfpuInit init, uint32_t p0, uint32_t p1, uint32_t line) { Unit(line).InitSfpu(init, p0, p1, line); }
void SfpuUnary(SfpuOp op, uint32_t dst, VectorMode mode, uint32_t p0, uint32_t p1, uint32_t p2, uint32_t line) {
  Unit(line).SfpuUnary(op, dst, mode, p0, p1, p2, line);
}
void SfpuUnaryOnPacker(SfpuOp op, uint32_t dst, VectorMode mode, uint32_t p0, uint32_t p1, uint32_t p2, uint32_t line) {
  Unit(line).SfpuUnary(op, dst, mode, p0, p1, p2, line, true);
}
void SfpuBinary(SfpuOp op, uint32_t in0, uint32_t in1, uint32_t out, VectorMode mode, uint32_t line) {
  Unit(line).SfpuBinary(op, in0, in1, out, mode, line);
}
void SfpuTernary(SfpuOp op, uint32_t in0, uint32_t in1, uint32_t in2, uint32_t out, uint32_t p0, uint32_t line) {
  Unit(line).SfpuTernary(op, in0, in1, in2, out, p0, line);
}
VectorState& Vectors() { return CurrentRole().core().compute().vectors(); }
void VectorCodeBegins(uint32_t line) { Unit(line).VectorCodeBegins(CurrentRole().line()); }
void VectorLoad(uint32_t index, uint32_t* lanes) { Unit(0).VectorLoad(index, lanes, CurrentRole().line()); }
void VectorStore(uint32_t index, const uint32_t* lanes, bool integer) {
  Unit(0).VectorStore(index, lanes, integer, CurrentRole().line());
}
void SfpuFill(uint32_t dst, uint32_t bits, bool integer, uint32_t line) {
  Unit(line).SfpuFill(dst, bits, integer, line);
}
void SfpuReduce(PoolType pool, ReduceDim dim, bool integer, uint32_t dst, uint32_t ct, uint32_t rt, uint32_t line) {
  Unit(line).SfpuReduce(pool, dim, integer, dst, ct, rt, line);
}
void SfpuBcast(BroadcastType bcast, EltwiseBinaryType op, uint32_t dst, uint32_t vec, uint32_t line) {
  Unit(line).SfpuBcast(bcast, op, dst, vec, line);
}

void ComputePushBack(uint32_t cb, uint32_t pages, uint32_t line) {
  Unit(line).OnPushBack(cb);
  CbPushBack(cb, static_cast<int32_t>(pages), line);
}

uint32_t TileAddress(uint32_t cb, uint32_t index, uint32_t line) {
  RoleContext& role = CurrentRole();
  role.SetLine(line);
  // The L1 image lies in the low 4 GiB (core.h), so the address fits.
  return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(role.core().cb(cb).FrontPage(index)));
}

uint32_t TileWord(uint32_t cb, uint32_t index, uint32_t word, uint32_t line) {
  RoleContext& role = CurrentRole();
  role.SetLine(line);
  const uint64_t at = uint64_t{word} * sizeof(uint32_t);
  uint32_t value = 0;
  const std::byte* place = role.core().cb(cb).FrontPage(index, at, sizeof value) + at;
  if (Checker* checker = role.checker()) checker->OnUnpack(role, place, sizeof value);
  std::memcpy(&value, place, sizeof value);
  return value;
}

}  // namespace tltt::emu::device

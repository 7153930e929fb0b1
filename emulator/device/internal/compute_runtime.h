// The compute unit of the core that runs this kernel, as functions of the library that kernels link against. The
// headers under api/compute wrap these under TT-Metalium's names. `line`: the kernel's source line.
#pragma once

#include <cstdint>

#include "internal/compute_defs.h"
#include "internal/sfpu_ops.h"
#include "internal/vector_state.h"

namespace tltt::emu::device {

using ckernel::BroadcastType;
using ckernel::EltwiseBinaryReuseDestType;
using ckernel::EltwiseBinaryType;
using ckernel::PoolType;
using ckernel::ReduceDim;
using ckernel::VectorMode;

inline constexpr uint32_t kNoCb = ~0u;

void HwStartup(uint32_t srca, uint32_t srcb, uint32_t out, uint32_t line);
void ReconfigSrcA(uint32_t cb, uint32_t line);
void ReconfigSrcB(uint32_t cb, uint32_t line);
void ReconfigPack(uint32_t cb, uint32_t line);
void PackInit(uint32_t cb, uint32_t line);
void PackL1Acc(bool enable, uint32_t line);
void PackRelu(const ckernel::ReluConfig& config, uint32_t line);

void MatmulInit(uint32_t in0, uint32_t in1, bool transpose, uint32_t ct, uint32_t rt, uint32_t kt, bool block,
                uint32_t line);
void BinaryInit(EltwiseBinaryType op, BroadcastType bcast, uint32_t in0, uint32_t in1, bool accumulate, uint32_t line);
void ReuseDestInit(EltwiseBinaryType op, EltwiseBinaryReuseDestType reuse, uint32_t in, uint32_t line);
void CopyInit(uint32_t in, bool transpose, uint32_t line);
void UnaryBcastInit(BroadcastType bcast, uint32_t in, uint32_t line);
void TransposeInit(uint32_t in, uint32_t line);
void TransposeDestInit(uint32_t line);
void ReduceInit(PoolType pool, ReduceDim dim, uint32_t in, uint32_t scaler, uint32_t out, uint32_t line);
void ReduceBlockMaxInit(uint32_t ct, uint32_t out, uint32_t line);
void ReduceUninit(uint32_t line);
void TilizeInit(uint32_t in, uint32_t block, uint32_t out, uint32_t line);
void TilizeUninit(uint32_t in, uint32_t out, uint32_t line);
void UntilizeInit(uint32_t in, uint32_t out, uint32_t block_ct, uint32_t full_ct, uint32_t line);
void UntilizeUninit(uint32_t out, uint32_t line);

void Acquire(uint32_t line);
void Commit(uint32_t line);
void Wait(uint32_t line);
void Release(uint32_t line);
void AcquireShared(uint32_t line);
void ReleaseShared(uint32_t line);

void MatmulTiles(uint32_t in0, uint32_t in1, uint32_t i0, uint32_t i1, uint32_t dst, uint32_t line);
void MatmulBlock(uint32_t in0, uint32_t in1, uint32_t i0, uint32_t i1, uint32_t dst, bool transpose, uint32_t ct,
                 uint32_t rt, uint32_t kt, uint32_t line);
void BinaryTiles(EltwiseBinaryType op, BroadcastType bcast, uint32_t in0, uint32_t in1, uint32_t i0, uint32_t i1,
                 uint32_t dst, uint32_t bcast_row, uint32_t line);
void ReuseDestTiles(EltwiseBinaryType op, EltwiseBinaryReuseDestType reuse, uint32_t in, uint32_t i, uint32_t dst,
                    uint32_t line);
void CopyTile(uint32_t in, uint32_t i, uint32_t dst, uint32_t line);
void UnaryBcast(BroadcastType bcast, uint32_t in, uint32_t i, uint32_t dst, uint32_t line);
void TransposeTile(uint32_t in, uint32_t i, uint32_t dst, uint32_t line);
void TransposeDest(uint32_t dst, uint32_t line);
void ReduceTile(PoolType pool, ReduceDim dim, uint32_t in, uint32_t scaler, uint32_t i, uint32_t i_scaler, uint32_t dst,
                uint32_t line);

void ReduceBlockMax(uint32_t in, uint32_t scaler, uint32_t i, uint32_t ct, uint32_t dst, uint32_t line);

void PackTile(uint32_t dst, uint32_t out, bool out_of_order, uint32_t index, uint32_t line);
void TilizeBlock(uint32_t in, uint32_t block, uint32_t out, uint32_t in_index, uint32_t out_index, uint32_t line);
void UntilizeBlock(uint32_t in, uint32_t block_rt, uint32_t out, uint32_t block_c_index, uint32_t block_ct,
                   uint32_t full_ct, uint32_t line);
void PackUntilizeDest(uint32_t out, uint32_t block_rt, uint32_t block_c_index, uint32_t block_ct, uint32_t full_ct,
                      uint32_t dst_offset, uint32_t line);

void InitSfpu(SfpuInit init, uint32_t p0, uint32_t p1, uint32_t line);
void SfpuUnary(SfpuOp op, uint32_t dst, VectorMode mode, uint32_t p0, uint32_t p1, uint32_t p2, uint32_t line);
void SfpuUnaryOnPacker(SfpuOp op, uint32_t dst, VectorMode mode, uint32_t p0, uint32_t p1, uint32_t p2, uint32_t line);
void SfpuBinary(SfpuOp op, uint32_t in0, uint32_t in1, uint32_t out, VectorMode mode, uint32_t line);
void SfpuTernary(SfpuOp op, uint32_t in0, uint32_t in1, uint32_t in2, uint32_t out, uint32_t p0, uint32_t line);
void SfpuFill(uint32_t dst, uint32_t bits, bool integer, uint32_t line);
void SfpuReduce(PoolType pool, ReduceDim dim, bool integer, uint32_t dst, uint32_t ct, uint32_t rt, uint32_t line);
void SfpuBcast(BroadcastType bcast, EltwiseBinaryType op, uint32_t dst, uint32_t vec, uint32_t line);

// Vector code of the kernel's own: `index` counts vectors of DST from VectorState::base on, `lanes` are 32 words.
VectorState& Vectors();
void VectorCodeBegins(uint32_t line);
void VectorLoad(uint32_t index, uint32_t* lanes);
void VectorStore(uint32_t index, const uint32_t* lanes, bool integer);

// cb_push_back of a compute kernel: the engine's, and the packer starts over at the new write pointer.
void ComputePushBack(uint32_t cb, uint32_t pages, uint32_t line);
// Address of a tile in the front pages of a circular buffer, as kernels hold addresses.
uint32_t TileAddress(uint32_t cb, uint32_t index, uint32_t line);
uint32_t TileWord(uint32_t cb, uint32_t index, uint32_t word, uint32_t line);

}  // namespace tltt::emu::device

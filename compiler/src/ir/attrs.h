// Every attribute key that passes exchange, in one place. A test forbids literal "tt." keys elsewhere.
#pragma once

namespace tltt::compiler::attr {

// What a user annotates on a kernel (ir/annotations.h). Inside a kernel the layout of tensor A is tt.user_layout.A; the
// frontend gathers these into tt.user_layout.
inline constexpr char kUserPrefix[] = "tt.user_";
inline constexpr char kUserLayout[] = "tt.user_layout";
inline constexpr char kUserSchedule[] = "tt.user_schedule";

// FoldVectors: tensors whose last axis is cut into vectors with rows of 32, and the elements of a vector.
inline constexpr char kFolded[] = "tt.folded";

// UnpackTypes: of tensors whose bytes hold several elements, the dtype of those.
inline constexpr char kPacked[] = "tt.packed";

// A1: one record per tensor parameter; the launch grid [gx, gy, gz] in blocks.
inline constexpr char kBufferPrefix[] = "tt.buffer.";
inline constexpr char kLaunchGrid[] = "tt.launch_grid";
inline constexpr char kTensorOrder[] = "tt.tensor_order";  // names of the tensor parameters as the user wrote them

// A2: tile page of each tensor.
inline constexpr char kCbPrefix[] = "tt.cb.";

// A3 and D2: how a kernel addresses a tensor.
inline constexpr char kTensorAccessorPrefix[] = "tt.tensor_accessor.";
inline constexpr char kAccessorSummary[] = "tt.accessor_summary";

// B1: work partition.
inline constexpr char kPartitionMode[] = "tt.partition_mode";
inline constexpr char kCoreGrid[] = "tt.core_grid";
inline constexpr char kCoreRanges[] = "tt.core_ranges";
// Of local_shard: rows and columns of shards, and the extent of one: in tiles, or in blocks where the schedule gives
// it.
inline constexpr char kShardGrid[] = "tt.shard_grid";
inline constexpr char kLocalShapeTiles[] = "tt.local_shape_tiles";
inline constexpr char kGridTiles[] = "tt.grid_tiles";
inline constexpr char kWorkPartition[] =
    "tt.work_partition";                            // per core [x, y, start, count, blocks...]; see ir/work.h
inline constexpr char kSchedule[] = "tt.schedule";  // {policy, order, chunk, stride}
// Where blocks of the grid share operands: {cores: [w, h], blocks: [nx, ny, nz]}. Core (x, y) of the w x h first cores
// does the blocks nx * x .. of blockIdx.x, ny * y .. of blockIdx.y and all of blockIdx.z.
inline constexpr char kBlockMap[] = "tt.block_map";
inline constexpr char kRuntimeArgs[] = "tt.runtime_args";
inline constexpr char kRuntimeConstants[] = "tt.runtime_constants";

// Element by element on the data-movement cores: what the driver asks for (sites: span and reason of statements that a
// tile pass refused), the statements themselves (AttrStmt; value: role), and where their buffers lie in L1.
inline constexpr char kRiscvSites[] = "tt.riscv_sites";
inline constexpr char kRiscv[] = "tt.riscv";
inline constexpr char kRiscvBuffers[] = "tt.riscv_buffers";
// The semaphore of turns (ir/turns.h), where blocks update tensors that other blocks update too.
inline constexpr char kTurns[] = "tt.turns";
inline constexpr char kRemarks[] = "tt.remarks";  // what the user should know: text and span

// B2: blocks became the persistent loop of a core.
inline constexpr char kTransformedToCore[] = "tt.transformed_to_core";

// C1 to C3: circular buffers and the tile dataflow graph.
inline constexpr char kConceptualCbs[] = "tt.conceptual_cbs";
inline constexpr char kSharedToCbMap[] = "tt.shared_to_cb_map";
inline constexpr char kComputeConfig[] = "tt.compute_config";
inline constexpr char kTileDfg[] = "tt.tile_dfg";
inline constexpr char kCbAssignment[] = "tt.cb_assignment";
inline constexpr char kCbSummary[] = "tt.cb_summary";

// C4: circular buffers whose blocks one core reads for its row or column: {cb: [axis, ready, valid]}, with the ids of
// two semaphores. C5: circular buffers that the writer's core fills, over the other NoC.
inline constexpr char kMulticast[] = "tt.multicast";
inline constexpr char kWriterLoads[] = "tt.writer_loads";

// D1 to D5, E1: one function per role.
inline constexpr char kKernelRole[] = "tt.kernel_role";
inline constexpr char kCbIndices[] = "tt.cb_indices";
inline constexpr char kCbProtocolInserted[] = "tt.cb_protocol_inserted";
inline constexpr char kComputeInitInserted[] = "tt.compute_init_inserted";
inline constexpr char kDstManagementInserted[] = "tt.dst_management_inserted";
inline constexpr char kRuntimeArgsFinalized[] = "tt.runtime_args_finalized";
inline constexpr char kRuntimeArgsInfo[] = "tt.runtime_args_info";
inline constexpr char kPersistentConfig[] = "tt.persistent_config";
inline constexpr char kKernelName[] = "tt.kernel_name";

// Annotations on statements.
inline constexpr char kTileChain[] = "tt.tile_chain";       // For: tile loop nest of a DST chain; value: slots per tile
inline constexpr char kPersistentLoop[] = "tt.persistent";  // For: the loop over a core's blocks; value: [[variable,
                                                            // extent], ...] of block numbers and indices
inline constexpr char kStepsAtOnce[] = "tt.steps_at_once";  // For: [loaded, computed] together, of a sum's steps
inline constexpr char kNumStages[] = "num_stages";          // For: TileLang's pipeline depth

}  // namespace tltt::compiler::attr

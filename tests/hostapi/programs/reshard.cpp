// A matrix in the L1 of one grid of cores, in shards of rows, becomes shards of columns on other cores: every core
// gathers its own from its neighbours. Then untilize, tilize and a row-wise maximum over it, as old kernels spell them.
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/tilize_utils.hpp>

#include "support.h"

using namespace tt::tt_metal;

namespace {

constexpr uint32_t kTile = 2048, kRows = 6, kColumns = 9;  // in tiles

std::shared_ptr<distributed::MeshBuffer> Sharded(distributed::MeshDevice* mesh, TensorMemoryLayout layout,
                                                 const CoreRangeSet& cores, std::array<uint32_t, 2> shard) {
  const ShardSpecBuffer spec(cores, shard, ShardOrientation::ROW_MAJOR, {32, 32}, {kRows, kColumns});
  return distributed::MeshBuffer::create(
      distributed::ReplicatedBufferConfig{.size = kRows * kColumns * kTile},
      distributed::DeviceLocalBufferConfig{
          .page_size = kTile, .buffer_type = BufferType::L1, .sharding_args = BufferShardingArgs(spec, layout)},
      mesh);
}

}  // namespace

int main() {
  auto mesh = distributed::MeshDevice::create_unit_mesh(0);
  auto& queue = mesh->mesh_command_queue();
  const CoreRangeSet rows(std::vector{CoreRange({0, 0}, {1, 0}), CoreRange({5, 3}, {5, 3})});  // two tile rows each
  const CoreRangeSet columns(CoreRange({2, 1}, {4, 1}));  // three tile columns each
  auto in = Sharded(mesh.get(), TensorMemoryLayout::HEIGHT_SHARDED, rows, {64, kColumns * 32});
  auto out = Sharded(mesh.get(), TensorMemoryLayout::WIDTH_SHARDED, columns, {kRows * 32, 96});
  auto highest = distributed::MeshBuffer::create(
      distributed::ReplicatedBufferConfig{.size = 3 * kRows * kTile},
      distributed::DeviceLocalBufferConfig{.page_size = kTile, .buffer_type = BufferType::DRAM}, mesh.get());

  Program program = CreateProgram();
  constexpr uint32_t tiles = kRows * 3;
  CreateCircularBuffer(program, columns,
                       CircularBufferConfig(tiles * kTile, {{tt::CBIndex::c_0, tt::DataFormat::Float16_b}})
                           .set_page_size(tt::CBIndex::c_0, kTile)
                           .set_globally_allocated_address(*out->get_backing_buffer()));
  for (const auto& [index, count] :
       {std::pair{tt::CBIndex::c_1, 1u}, {tt::CBIndex::c_2, 3u}, {tt::CBIndex::c_3, 3u}, {tt::CBIndex::c_16, 2u}}) {
    CreateCircularBuffer(
        program, columns,
        CircularBufferConfig(count * kTile, {{index, tt::DataFormat::Float16_b}}).set_page_size(index, kTile));
  }
  std::vector<uint32_t> read_args{kRows, 3, kColumns}, write_args{kRows};
  TensorAccessorArgs(*in).append_to(read_args);
  TensorAccessorArgs(*highest).append_to(write_args);
  const KernelHandle read =
      CreateKernel(program, KernelPath("reshard_read.cpp"), columns, ReaderDataMovementConfig(read_args));
  const KernelHandle write =
      CreateKernel(program, KernelPath("reshard_write.cpp"), columns, WriterDataMovementConfig(write_args));
  CreateKernel(program, KernelPath("reshard_max.cpp"), columns,
               ComputeConfig{.compile_args = {kRows, 3},
                             .defines = {{"REDUCE_OP", "PoolType::MAX"}, {"REDUCE_DIM", "ReduceDim::REDUCE_ROW"}}});
  uint32_t shard = 0;
  for (const CoreCoord& core : corerange_to_cores(columns, std::nullopt, true)) {
    SetRuntimeArgs(program, read, core, {static_cast<uint32_t>(in->address()), shard * 3});
    SetRuntimeArgs(program, write, core, {static_cast<uint32_t>(highest->address()), shard});
    ++shard;
  }

  const std::vector<bfloat16> matrix = Random(kRows * kColumns * 1024, 17);
  distributed::EnqueueWriteMeshBuffer(queue, in, tilize_nfaces(matrix, kRows * 32, kColumns * 32), false);
  distributed::MeshWorkload workload;
  workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
  distributed::EnqueueMeshWorkload(queue, workload, false);
  std::vector<bfloat16> moved, maxima;
  distributed::EnqueueReadMeshBuffer(queue, moved, out, true);
  Require(untilize_nfaces(moved, kRows * 32, kColumns * 32) == matrix, "the matrix in its new shards");

  // The maximum of each row of each core's columns, in column 0 of a tile.
  distributed::EnqueueReadMeshBuffer(queue, maxima, highest, true);
  const std::vector<bfloat16> found = untilize_nfaces(maxima, 3 * kRows * 32, 32);
  for (uint32_t core = 0; core < 3; ++core) {
    for (uint32_t row = 0; row < kRows * 32; ++row) {
      float want = -1e9f;
      for (uint32_t c = 0; c < 96; ++c) want = std::max(want, float(matrix[row * kColumns * 32 + core * 96 + c]));
      Require(float(found[(core * kRows * 32 + row) * 32]) == want, "row " + std::to_string(row));
    }
  }
  mesh->close();
  std::cout << "Test Passed\n";
}

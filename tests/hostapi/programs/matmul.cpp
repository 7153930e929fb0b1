// The matrix product three ways: on one core, on all cores by output tiles, and in blocks whose rows of A and columns
// of B are multicast over the grid.
#include <array>

#include <tt-metalium/constants.hpp>
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/tilize_utils.hpp>
#include <tt-metalium/tt_metal.hpp>
#include <tt-metalium/work_split.hpp>

#include "support.h"

using namespace tt;
using namespace tt::constants;
using namespace tt::tt_metal;

namespace {

constexpr uint32_t kTileBytes = TILE_HW * sizeof(bfloat16);

struct Problem {
  std::shared_ptr<distributed::MeshDevice> mesh;
  uint32_t M, N, K;
  std::shared_ptr<distributed::MeshBuffer> a, b, c;
  std::vector<float> want;

  uint32_t Mt() const { return M / TILE_HEIGHT; }
  uint32_t Nt() const { return N / TILE_WIDTH; }
  uint32_t Kt() const { return K / TILE_WIDTH; }
  static uint32_t Address(const std::shared_ptr<distributed::MeshBuffer>& buffer) {
    return static_cast<uint32_t>(buffer->address());
  }
};

std::shared_ptr<distributed::MeshBuffer> Tiles(uint32_t tiles, distributed::MeshDevice* mesh) {
  return distributed::MeshBuffer::create(
      distributed::ReplicatedBufferConfig{.size = tiles * kTileBytes},
      distributed::DeviceLocalBufferConfig{.page_size = kTileBytes, .buffer_type = BufferType::DRAM}, mesh);
}

Problem MakeProblem(const std::shared_ptr<distributed::MeshDevice>& mesh, uint32_t M, uint32_t N, uint32_t K) {
  Problem p{mesh, M, N, K, {}, {}, {}, {}};
  const std::vector<bfloat16> a = Random(M * K, 11), b = Random(K * N, 12);
  p.want = Matmul(a, b, M, N, K);
  p.a = Tiles(p.Mt() * p.Kt(), mesh.get());
  p.b = Tiles(p.Kt() * p.Nt(), mesh.get());
  p.c = Tiles(p.Mt() * p.Nt(), mesh.get());
  distributed::EnqueueWriteMeshBuffer(mesh->mesh_command_queue(), p.a, tilize_nfaces(a, M, K), false);
  distributed::EnqueueWriteMeshBuffer(mesh->mesh_command_queue(), p.b, tilize_nfaces(b, K, N), false);
  return p;
}

void RunAndCheck(Problem& p, Program program) {
  auto& queue = p.mesh->mesh_command_queue();
  distributed::MeshWorkload workload;
  workload.add_program(distributed::MeshCoordinateRange(p.mesh->shape()), std::move(program));
  distributed::EnqueueMeshWorkload(queue, workload, false);
  std::vector<bfloat16> result(p.M * p.N);
  distributed::EnqueueReadMeshBuffer(queue, result, p.c, true);
  RequireClose(untilize_nfaces(result, p.M, p.N), p.want, 0.01f);
}

void MakeBuffer(Program& program, const CoreRangeSet& cores, uint8_t cb, uint32_t tiles) {
  CreateCircularBuffer(
      program, cores,
      CircularBufferConfig(tiles * kTileBytes, {{cb, tt::DataFormat::Float16_b}}).set_page_size(cb, kTileBytes));
}

void ByTiles(Problem p, bool all_cores) {
  Program program{};
  const CoreCoord grid = all_cores ? p.mesh->compute_with_storage_grid_size() : CoreCoord{1, 1};
  auto [num_cores, cores, group_1, group_2, share_1, share_2] = split_work_to_cores(grid, p.Mt() * p.Nt());
  Require(all_cores == (num_cores > 1), "number of cores");
  MakeBuffer(program, cores, CBIndex::c_0, 2);
  MakeBuffer(program, cores, CBIndex::c_1, 2);
  MakeBuffer(program, cores, CBIndex::c_16, 2);
  std::vector<uint32_t> reader_args, writer_args;
  TensorAccessorArgs(*p.a).append_to(reader_args);
  TensorAccessorArgs(*p.b).append_to(reader_args);
  TensorAccessorArgs(*p.c).append_to(writer_args);
  const auto reader =
      CreateKernel(program, KernelPath("read_matmul_tiles.cpp"), cores, ReaderDataMovementConfig(reader_args));
  const auto writer =
      CreateKernel(program, KernelPath("write_tiles.cpp"), cores, WriterDataMovementConfig(writer_args));
  const auto compute =
      CreateKernel(program, KernelPath("matmul_tiles.cpp"), cores, ComputeConfig{.math_fidelity = MathFidelity::HiFi4});
  uint32_t first = 0;
  for (const auto& [group, share] : {std::pair(group_1, share_1), std::pair(group_2, share_2)}) {
    for (const CoreCoord& core : corerange_to_cores(group)) {
      SetRuntimeArgs(program, reader, core, {p.Address(p.a), p.Address(p.b), p.Kt(), p.Nt(), first, share});
      SetRuntimeArgs(program, compute, core, {share, p.Kt()});
      SetRuntimeArgs(program, writer, core, {p.Address(p.c), first, share});
      first += share;
    }
  }
  Require(first == p.Mt() * p.Nt(), "all tiles are dealt out");
  RunAndCheck(p, std::move(program));
}

// Each core makes a block of block_m x block_n tiles. The first core of a row reads its rows of A and sends them along
// the row; the first core of a column does so with B.
void WithMulticast(Problem p, uint32_t columns, uint32_t rows, uint32_t block_k, uint32_t sub_m, uint32_t sub_n) {
  Program program{};
  const CoreRange cores({0, 0}, {columns - 1, rows - 1});
  const uint32_t block_m = p.Mt() / rows, block_n = p.Nt() / columns, blocks = p.Kt() / block_k;
  Require(block_m * rows == p.Mt() && block_n * columns == p.Nt() && blocks * block_k == p.Kt(),
          "blocks divide the problem");
  MakeBuffer(program, cores, CBIndex::c_0, 2 * block_m * block_k);
  MakeBuffer(program, cores, CBIndex::c_1, 2 * block_k * block_n);
  // Partial sums and the result share their memory.
  const uint32_t out_bytes = block_m * block_n * kTileBytes;
  CreateCircularBuffer(
      program, cores,
      CircularBufferConfig(out_bytes, {{16, tt::DataFormat::Float16_b}, {24, tt::DataFormat::Float16_b}})
          .set_page_size(16, kTileBytes)
          .set_page_size(24, kTileBytes));
  std::array<uint32_t, 4> semaphores{};
  for (uint32_t& semaphore : semaphores) semaphore = CreateSemaphore(program, cores, INVALID);
  Require(semaphores[3] == 3, "semaphores count from 0");

  std::vector<uint32_t> reader_args = {block_m, block_n, block_k, blocks}, writer_args;
  TensorAccessorArgs(*p.a).append_to(reader_args);
  TensorAccessorArgs(*p.b).append_to(reader_args);
  TensorAccessorArgs(*p.c).append_to(writer_args);
  const auto reader = CreateKernel(
      program, KernelPath("read_matmul_multicast.cpp"), cores,
      DataMovementConfig{
          .processor = DataMovementProcessor::RISCV_1, .noc = NOC::RISCV_0_default, .compile_args = reader_args});
  const auto writer = CreateKernel(
      program, KernelPath("write_matmul_blocks.cpp"), cores,
      DataMovementConfig{
          .processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_1_default, .compile_args = writer_args});
  CreateKernel(program, KernelPath("matmul_blocks.cpp"), cores,
               ComputeConfig{.math_fidelity = MathFidelity::HiFi4,
                             .compile_args = {block_m, block_n, block_k, blocks, sub_m, sub_n}});
  for (uint32_t y = 0; y < rows; ++y) {
    for (uint32_t x = 0; x < columns; ++x) {
      const CoreCoord left = p.mesh->worker_core_from_logical_core({0, y}),
                      right = p.mesh->worker_core_from_logical_core({columns - 1, y});
      const CoreCoord top = p.mesh->worker_core_from_logical_core({x, 0}),
                      bottom = p.mesh->worker_core_from_logical_core({x, rows - 1});
      std::vector<uint32_t> args = {p.Address(p.a), p.Address(p.b), p.Kt(), p.Nt(),  y * block_m,
                                    x * block_n,    x == 0,         y == 0, columns, rows};
      for (const CoreCoord& core : {left, right, top, bottom}) {
        args.push_back(static_cast<uint32_t>(core.x));
        args.push_back(static_cast<uint32_t>(core.y));
      }
      args.insert(args.end(), semaphores.begin(), semaphores.end());
      SetRuntimeArgs(program, reader, CoreCoord{x, y}, args);
      SetRuntimeArgs(program, writer, CoreCoord{x, y},
                     {p.Address(p.c), p.Nt(), y * block_m, x * block_n, block_m, block_n, sub_m, sub_n});
    }
  }
  RunAndCheck(p, std::move(program));
}

}  // namespace

int main() {
  auto mesh = distributed::MeshDevice::create_unit_mesh(0);
  ByTiles(MakeProblem(mesh, 96, 64, 160), false);
  ByTiles(MakeProblem(mesh, 32 * 9, 32 * 11, 32 * 3), true);
  WithMulticast(MakeProblem(mesh, 32 * 8, 32 * 12, 32 * 6), 1, 1, 2, 2, 4);
  WithMulticast(MakeProblem(mesh, 32 * 8, 32 * 12, 32 * 6), 3, 2, 2, 2, 4);
  mesh->close();
  std::cout << "Test Passed\n";
}

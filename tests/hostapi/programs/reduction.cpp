// A sum over cores: each adds up its share of the tiles, core (0, 0) takes the partial sums and adds them. Semaphores
// say when there is room for a partial sum and when all have come.
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/work_split.hpp>

#include "support.h"

using namespace tt::tt_metal;

int main() {
  auto mesh = distributed::MeshDevice::create_unit_mesh(0);
  auto& queue = mesh->mesh_command_queue();
  constexpr uint32_t tiles = 37, tile_bytes = 2048;
  const CoreCoord grid{3, 2};
  const auto [num_cores, cores, more, fewer, most, least] = split_work_to_cores(grid, tiles);
  Require(num_cores == 6 && most == 7 && least == 6, "shares");
  const distributed::DeviceLocalBufferConfig local{.page_size = tile_bytes, .buffer_type = BufferType::DRAM};
  auto in = distributed::MeshBuffer::create(distributed::ReplicatedBufferConfig{.size = tiles * tile_bytes}, local,
                                            mesh.get());
  auto out =
      distributed::MeshBuffer::create(distributed::ReplicatedBufferConfig{.size = tile_bytes}, local, mesh.get());

  Program program = CreateProgram();
  const auto buffer = [&](tt::CBIndex index, uint32_t pages, tt::DataFormat format) {
    const uint32_t bytes = tt::tile_size(format);
    CreateCircularBuffer(program, cores,
                         CircularBufferConfig(pages * bytes, {{index, format}}).set_page_size(index, bytes));
  };
  buffer(tt::CBIndex::c_0, 2, tt::DataFormat::Float16_b);
  buffer(tt::CBIndex::c_1, num_cores, tt::DataFormat::Float32);  // partial sums of all, at the collector
  buffer(tt::CBIndex::c_16, 1, tt::DataFormat::Float32);         // of this core
  buffer(tt::CBIndex::c_17, 1, tt::DataFormat::Float16_b);       // the whole
  const uint32_t room = CreateSemaphore(program, cores, 0), arrived = CreateSemaphore(program, cores, 0);

  std::vector<uint32_t> reader_args, writer_args{room, arrived, num_cores};
  TensorAccessorArgs(*in).append_to(reader_args);
  TensorAccessorArgs(*out).append_to(writer_args);
  const auto reader =
      CreateKernel(program, KernelPath("reduction_read.cpp"), cores, ReaderDataMovementConfig(reader_args));
  const auto writer =
      CreateKernel(program, KernelPath("reduction_collect.cpp"), cores, WriterDataMovementConfig(writer_args));
  const auto compute =
      CreateKernel(program, KernelPath("reduction_add.cpp"), cores, ComputeConfig{.fp32_dest_acc_en = true});
  const CoreCoord collector = mesh->worker_core_from_logical_core({0, 0});
  const CoreCoord last = mesh->worker_core_from_logical_core({grid.x - 1, grid.y - 1});
  uint32_t first = 0, position = 0;
  for (const CoreCoord& core : corerange_to_cores(cores, std::nullopt, true)) {
    const uint32_t count = more.contains(core) ? most : least;
    SetRuntimeArgs(program, reader, core, {static_cast<uint32_t>(in->address()), first, count});
    SetRuntimeArgs(program, compute, core, {count, position == 0 ? num_cores : 0});
    SetRuntimeArgs(program, writer, core,
                   {static_cast<uint32_t>(out->address()), position, static_cast<uint32_t>(collector.x),
                    static_cast<uint32_t>(collector.y), static_cast<uint32_t>(last.x), static_cast<uint32_t>(last.y)});
    first += count;
    ++position;
  }
  const std::vector<bfloat16> input = Random(tiles * 1024, 7);
  distributed::EnqueueWriteMeshBuffer(queue, in, input);
  distributed::MeshWorkload workload;
  workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
  distributed::EnqueueMeshWorkload(queue, workload, false);
  std::vector<bfloat16> result;
  distributed::EnqueueReadMeshBuffer(queue, result, out, true);
  std::vector<float> want(1024);
  for (size_t i = 0; i < input.size(); ++i) want[i % 1024] += static_cast<float>(input[i]);
  RequireClose(result, want, 0.004f);
  mesh->close();
  std::cout << "Test Passed\n";
}

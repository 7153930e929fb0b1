// Tiles through a core by the object-style data-movement API.
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>

#include "support.h"

using namespace tt::tt_metal;

int main() {
  auto mesh = distributed::MeshDevice::create_unit_mesh(0);
  auto& queue = mesh->mesh_command_queue();
  constexpr uint32_t tiles = 6, tile_bytes = 2048;
  const distributed::ReplicatedBufferConfig size{.size = tiles * tile_bytes};
  const distributed::DeviceLocalBufferConfig local{.page_size = tile_bytes, .buffer_type = BufferType::DRAM};
  auto in = distributed::MeshBuffer::create(size, local, mesh.get()),
       out = distributed::MeshBuffer::create(size, local, mesh.get());
  const std::vector<bfloat16> input = Random(tiles * 1024, 41);
  distributed::EnqueueWriteMeshBuffer(queue, in, input);
  Program program = CreateProgram();
  constexpr CoreCoord core = {1, 1};
  CreateCircularBuffer(
      program, core,
      CircularBufferConfig(2 * tile_bytes, {{0, tt::DataFormat::Float16_b}}).set_page_size(0, tile_bytes));
  std::vector<uint32_t> reader_args, writer_args;
  TensorAccessorArgs(*in).append_to(reader_args);
  TensorAccessorArgs(*out).append_to(writer_args);
  const auto reader =
      CreateKernel(program, KernelPath("object_reader.cpp"), core, ReaderDataMovementConfig(reader_args));
  const auto writer =
      CreateKernel(program, KernelPath("object_writer.cpp"), core, WriterDataMovementConfig(writer_args));
  SetRuntimeArgs(program, reader, core, {static_cast<uint32_t>(in->address()), tiles});
  SetRuntimeArgs(program, writer, core, {static_cast<uint32_t>(out->address()), tiles});
  distributed::MeshWorkload workload;
  workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
  distributed::EnqueueMeshWorkload(queue, workload, true);
  std::vector<bfloat16> result;
  distributed::EnqueueReadMeshBuffer(queue, result, out);
  for (size_t i = 0; i < input.size(); ++i) Require(result[i] == input[i], "element " + std::to_string(i));
  mesh->close();
  std::cout << "Test Passed\n";
}

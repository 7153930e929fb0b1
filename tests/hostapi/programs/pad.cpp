// Rows of a row-major matrix get a margin on the right, and rows below: pages of one row each, four cores.
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/work_split.hpp>

#include "support.h"

using namespace tt::tt_metal;

int main() {
  auto mesh = distributed::MeshDevice::create_unit_mesh(0);
  auto& queue = mesh->mesh_command_queue();
  constexpr uint32_t rows = 13, columns = 48, padded_rows = 18, padded_columns = 64;
  constexpr uint32_t in_bytes = columns * 2, out_bytes = padded_columns * 2;
  const std::vector<bfloat16> input = Random(rows * columns, 21);
  const std::vector<bfloat16> fill(padded_columns, bfloat16(-2.0f));
  const auto buffer = [&](uint32_t count, uint32_t bytes) {
    return distributed::MeshBuffer::create(
        distributed::ReplicatedBufferConfig{.size = count * bytes},
        distributed::DeviceLocalBufferConfig{.page_size = bytes, .buffer_type = BufferType::DRAM}, mesh.get());
  };
  auto in = buffer(rows, in_bytes), padding = buffer(1, out_bytes), out = buffer(padded_rows, out_bytes);
  distributed::EnqueueWriteMeshBuffer(queue, in, input, false);
  distributed::EnqueueWriteMeshBuffer(queue, padding, fill, false);

  Program program = CreateProgram();
  const CoreRange cores({0, 0}, {3, 0});
  CreateCircularBuffer(
      program, cores,
      CircularBufferConfig(2 * out_bytes, {{0, tt::DataFormat::Float16_b}}).set_page_size(0, out_bytes));
  std::vector<uint32_t> reader_args = {in_bytes, out_bytes}, writer_args = {out_bytes};
  TensorAccessorArgs(*in).append_to(reader_args);
  TensorAccessorArgs(*padding).append_to(reader_args);
  TensorAccessorArgs(*out).append_to(writer_args);
  const auto reader = CreateKernel(program, KernelPath("pad_read.cpp"), cores, ReaderDataMovementConfig(reader_args));
  const auto writer = CreateKernel(program, KernelPath("pad_write.cpp"), cores, WriterDataMovementConfig(writer_args));
  const auto [count, all, larger, smaller, more, fewer] = split_work_to_cores(CoreRangeSet(cores), padded_rows);
  Require(count == 4 && all.num_cores() == 4 && more == 5 && fewer == 4 && larger.num_cores() == 2,
          "18 rows over 4 cores");
  SetCommonRuntimeArgs(program, reader,
                       {static_cast<uint32_t>(in->address()), static_cast<uint32_t>(padding->address()), rows});
  SetCommonRuntimeArgs(program, writer, {static_cast<uint32_t>(out->address())});
  uint32_t first = 0;
  for (const CoreCoord& core : cores) {
    const uint32_t share = larger.contains(core) ? more : fewer;
    SetRuntimeArgs(program, reader, core, {first, share});
    SetRuntimeArgs(program, writer, core, {first, share});
    first += share;
  }
  distributed::MeshWorkload workload;
  distributed::AddProgramToMeshWorkload(workload, std::move(program), distributed::MeshCoordinateRange(mesh->shape()));
  distributed::EnqueueMeshWorkload(queue, workload, true);
  std::vector<bfloat16> result;
  distributed::ReadShard(queue, result, out, distributed::MeshCoordinate(0, 0));
  for (uint32_t r = 0; r < padded_rows; ++r) {
    for (uint32_t c = 0; c < padded_columns; ++c) {
      const bfloat16 want = r < rows && c < columns ? input[r * columns + c] : bfloat16(-2.0f);
      Require(result[r * padded_columns + c] == want, "row " + std::to_string(r) + ", column " + std::to_string(c));
    }
  }
  mesh->close();
  std::cout << "Test Passed\n";
}

// Two numbers added by a data-movement processor itself, through pointers into L1.
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>

#include "support.h"

using namespace tt::tt_metal;

int main() {
  auto mesh = distributed::MeshDevice::create_unit_mesh(0);
  auto& queue = mesh->mesh_command_queue();
  const distributed::ReplicatedBufferConfig size{.size = sizeof(uint32_t) * 8};
  const auto place = [&](BufferType type) {
    return distributed::MeshBuffer::create(
        size, distributed::DeviceLocalBufferConfig{.page_size = size.size, .buffer_type = type}, mesh.get());
  };
  auto a = place(BufferType::DRAM), b = place(BufferType::DRAM), sum = place(BufferType::DRAM);
  auto l1_a = place(BufferType::L1), l1_b = place(BufferType::L1), l1_sum = place(BufferType::L1);
  const std::vector<uint32_t> left = {14, 1, 2, 3, 4, 5, 6, 7}, right = {7, 10, 20, 30, 40, 50, 60, 0xffffffff};
  distributed::EnqueueWriteMeshBuffer(queue, a, left, false);
  distributed::EnqueueWriteMeshBuffer(queue, b, right, false);
  Program program = CreateProgram();
  constexpr CoreCoord core = {0, 0};
  const auto kernel =
      CreateKernel(program, KernelPath("riscv_add.cpp"), core,
                   DataMovementConfig{.processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default});
  std::vector<uint32_t> args;
  for (const auto& buffer : {a, b, sum, l1_a, l1_b, l1_sum}) args.push_back(static_cast<uint32_t>(buffer->address()));
  SetRuntimeArgs(program, kernel, core, args);
  distributed::MeshWorkload workload;
  workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
  distributed::EnqueueMeshWorkload(queue, workload, false);
  distributed::Finish(queue);
  std::vector<uint32_t> result;
  distributed::EnqueueReadMeshBuffer(queue, result, sum, true);
  for (size_t i = 0; i < left.size(); ++i) Require(result[i] == left[i] + right[i], "word " + std::to_string(i));
  mesh->close();
  std::cout << "Test Passed\n";
}

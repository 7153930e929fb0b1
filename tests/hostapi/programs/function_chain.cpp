// tanh x * sigmoid x + (x > 0 ? sqrt x : x / 4) of fp32 tiles in DST, with common, named and compile-time arguments.
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/tilize_utils.hpp>

#include "support.h"

using namespace tt::tt_metal;

int main() {
  auto mesh = distributed::MeshDevice::create_unit_mesh(0);
  auto& queue = mesh->mesh_command_queue();
  constexpr uint32_t rows = 64, columns = 96, tiles = rows * columns / 1024, tile_bytes = 4096;
  const distributed::ReplicatedBufferConfig size{.size = tiles * tile_bytes};
  const distributed::DeviceLocalBufferConfig local{.page_size = tile_bytes, .buffer_type = BufferType::DRAM};
  auto in = distributed::MeshBuffer::create(size, local, mesh.get()),
       out = distributed::MeshBuffer::create(size, local, mesh.get());
  Program program = CreateProgram();
  constexpr CoreCoord core = {1, 1};
  constexpr uint32_t in_cb = tt::CBIndex::c_0, out_cb = tt::CBIndex::c_16;
  for (const uint32_t cb : {in_cb, out_cb})
    CreateCircularBuffer(
        program, core,
        CircularBufferConfig(2 * tile_bytes, {{cb, tt::DataFormat::Float32}}).set_page_size(cb, tile_bytes));
  std::vector<uint32_t> read_args{in_cb}, write_args{out_cb};
  TensorAccessorArgs(*in->get_backing_buffer()).append_to(read_args);
  TensorAccessorArgs(*out->get_backing_buffer()).append_to(write_args);
  const auto read = CreateKernel(program, KernelPath("chain_read.cpp"), core, ReaderDataMovementConfig(read_args));
  const auto write = CreateKernel(program, KernelPath("chain_write.cpp"), core, WriterDataMovementConfig(write_args));
  std::vector<UnpackToDestMode> modes(NUM_CIRCULAR_BUFFERS, UnpackToDestMode::Default);
  modes[in_cb] = UnpackToDestMode::UnpackToDestFp32;
  CreateKernel(program, KernelPath("chain_compute.cpp"), core,
               ComputeConfig{.fp32_dest_acc_en = true,
                             .unpack_to_dest_mode = modes,
                             .compile_args = {in_cb, out_cb},
                             .defines = {{"SLOPE", "0x3e800000u"}},
                             .named_compile_args = {{"tiles", tiles}}});
  SetCommonRuntimeArgs(program, read, {static_cast<uint32_t>(in->address()), tiles});
  SetCommonRuntimeArgs(program, write, {static_cast<uint32_t>(out->address()), tiles});

  std::vector<float> x(size_t{rows} * columns);
  for (size_t i = 0; i < x.size(); ++i) x[i] = (static_cast<float>(i) - 3000.0f) / 400.0f;
  std::vector<float> device_values = tilize_nfaces(x, rows, columns);
  distributed::EnqueueWriteMeshBuffer(queue, in, device_values, false);
  distributed::MeshWorkload workload;
  workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
  distributed::EnqueueMeshWorkload(queue, workload, false);
  distributed::Finish(queue);
  distributed::EnqueueReadMeshBuffer(queue, device_values, out, true);
  const std::vector<float> y = untilize_nfaces(device_values, rows, columns);
  for (size_t i = 0; i < x.size(); ++i) {
    const double v = x[i], want = std::tanh(v) / (1 + std::exp(-v)) + (v > 0 ? std::sqrt(v) : v / 4);
    Require(std::fabs(want - y[i]) <= 1e-6 * (1 + std::fabs(want)), "element " + std::to_string(i));
  }
  mesh->close();
  std::cout << "Test Passed\n";
}

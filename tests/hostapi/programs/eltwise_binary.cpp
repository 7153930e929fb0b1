// A sum, a difference and a product of tiles on one core; the compute kernel gets its operation by defines.
#include <functional>
#include <map>

#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>

#include "support.h"

using namespace tt;
using namespace tt::tt_metal;

int main() {
  auto mesh = distributed::MeshDevice::create_unit_mesh(0);
  auto& queue = mesh->mesh_command_queue();
  constexpr uint32_t tiles = 5, tile_bytes = 2048;
  const std::vector<bfloat16> a = Random(tiles * 1024, 1), b = Random(tiles * 1024, 2);
  struct Case {
    const char *init, *call;
    std::function<float(float, float)> want;
  };
  const Case cases[] = {{"add_tiles_init", "add_tiles", std::plus<float>()},
                        {"sub_tiles_init", "sub_tiles", std::minus<float>()},
                        {"mul_tiles_init", "mul_tiles", std::multiplies<float>()}};
  for (const Case& test : cases) {
    Program program = CreateProgram();
    constexpr CoreCoord core = {2, 3};
    const distributed::DeviceLocalBufferConfig local{.page_size = tile_bytes, .buffer_type = BufferType::DRAM};
    const distributed::ReplicatedBufferConfig size{.size = tiles * tile_bytes};
    auto in0 = distributed::MeshBuffer::create(size, local, mesh.get());
    auto in1 = distributed::MeshBuffer::create(size, local, mesh.get());
    auto out = distributed::MeshBuffer::create(size, local, mesh.get());
    for (const uint32_t cb : {CBIndex::c_0, CBIndex::c_1, CBIndex::c_16}) {
      CreateCircularBuffer(program, core,
                           CircularBufferConfig(2 * tile_bytes, {{static_cast<uint8_t>(cb), DataFormat::Float16_b}})
                               .set_page_size(cb, tile_bytes));
    }
    std::vector<uint32_t> reader_args, writer_args;
    TensorAccessorArgs(*in0).append_to(reader_args);
    TensorAccessorArgs(*in1).append_to(reader_args);
    TensorAccessorArgs(*out).append_to(writer_args);
    auto reader = CreateKernel(program, KernelPath("read_two.cpp"), core, ReaderDataMovementConfig(reader_args));
    auto writer = CreateKernel(program, KernelPath("write_tiles.cpp"), core, WriterDataMovementConfig(writer_args));
    auto compute = CreateKernel(program, KernelPath("binary_by_define.cpp"), core,
                                ComputeConfig{.math_fidelity = MathFidelity::HiFi4,
                                              .defines = {{"BINARY_INIT", test.init}, {"BINARY_OP", test.call}}});
    SetRuntimeArgs(program, reader, core,
                   {static_cast<uint32_t>(in0->address()), static_cast<uint32_t>(in1->address()), tiles});
    SetRuntimeArgs(program, compute, core, {tiles});
    SetRuntimeArgs(program, writer, core, {static_cast<uint32_t>(out->address()), 0, tiles});

    distributed::EnqueueWriteMeshBuffer(queue, in0, a, false);
    distributed::EnqueueWriteMeshBuffer(queue, in1, b, false);
    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
    distributed::EnqueueMeshWorkload(queue, workload, false);
    distributed::Finish(queue);
    std::vector<bfloat16> result;
    distributed::EnqueueReadMeshBuffer(queue, result, out, true);
    std::vector<float> want;
    for (size_t i = 0; i < a.size(); ++i) want.push_back(test.want(a[i], b[i]));
    RequireClose(result, want, 0.01f);
  }
  mesh->close();
  std::cout << "Test Passed\n";
}

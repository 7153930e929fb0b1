// Accessors of no tensor: built without a buffer, or left behind by one that is gone. A kernel that builds its own from
// nothing does not compile; one that uses such arguments is stopped, and the host program learns why.
#include <memory>
#include <string>
#include <vector>

#include <fmt/core.h>

#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>

#include "support.h"

using namespace tt::tt_metal;

namespace {

constexpr uint32_t kTile = 2048;
constexpr CoreCoord kCore = {0, 0};

std::shared_ptr<distributed::MeshBuffer> Tiles(distributed::MeshDevice* mesh, uint32_t count) {
  const distributed::DeviceLocalBufferConfig local{.page_size = kTile, .buffer_type = BufferType::DRAM};
  return distributed::MeshBuffer::create(distributed::ReplicatedBufferConfig{.size = count * kTile}, local, mesh);
}

const std::string kRead = R"(
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
  constexpr auto args = TensorAccessorArgs<0>();
  const auto in = ACCESSOR;
  cb_reserve_back(0, 1);
  noc_async_read_page(PAGE, in, get_write_ptr(0));
  noc_async_read_barrier();
}
)";

// What the host program is told of a kernel that reads one page of a tensor; "" where all is well.
std::string Reading(distributed::MeshDevice* mesh, const TensorAccessorArgs& accessor, uint32_t address,
                    std::string page = "0", std::string made = "TensorAccessor(args, get_arg_val<uint32_t>(0))") {
  Program program = CreateProgram();
  CreateCircularBuffer(program, kCore,
                       CircularBufferConfig(kTile, {{0, tt::DataFormat::Float16_b}}).set_page_size(0, kTile));
  std::vector<uint32_t> args;
  accessor.append_to(args);
  std::string source = kRead;
  source.replace(source.find("ACCESSOR"), 8, made);
  source.replace(source.find("PAGE"), 4, page);
  try {
    const auto read = CreateKernelFromString(
        program, source, kCore,
        DataMovementConfig{
            .processor = DataMovementProcessor::RISCV_1, .noc = NOC::RISCV_1_default, .compile_args = args});
    SetRuntimeArgs(program, read, kCore, {address});
    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
    distributed::EnqueueMeshWorkload(mesh->mesh_command_queue(), workload, false);
    distributed::Finish(mesh->mesh_command_queue());
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

void RequireSaid(const std::string& said, const std::string& part) {
  Require(said.find(part) != std::string::npos, "`" + part + "` is not in: " + said);
}

}  // namespace

int main() {
  auto mesh = distributed::MeshDevice::create_unit_mesh(0);
  auto tiles = Tiles(mesh.get(), 2);
  distributed::EnqueueWriteMeshBuffer(mesh->mesh_command_queue(), tiles, Random(2048, 1), true);
  const auto address = static_cast<uint32_t>(tiles->address());
  const TensorAccessorArgs built(*tiles);
  const std::string well = Reading(mesh.get(), built, address);
  Require(well.empty(), "a tensor's accessor reads: " + well);

  // At build time.
  RequireSaid(Reading(mesh.get(), built, address, "0", "TensorAccessor()"), "no matching");
  RequireSaid(Reading(mesh.get(), built, address, "0", "TensorAccessor(TensorAccessorArgs<7>(), 0)"),
              "fewer compile-time arguments");
  // At run time.
  RequireSaid(Reading(mesh.get(), TensorAccessorArgs(), address), "must be created via TensorAccessorArgs::Create");
  RequireSaid(Reading(mesh.get(), TensorAccessorArgs(static_cast<const Buffer*>(nullptr)), address),
              "must be created via TensorAccessorArgs::Create");
  RequireSaid(Reading(mesh.get(), built, address, "4096"), "outside of every buffer");
  tiles.reset();
  RequireSaid(Reading(mesh.get(), built, address), "no buffer is allocated");
  std::cout << "Test Passed\n";
}

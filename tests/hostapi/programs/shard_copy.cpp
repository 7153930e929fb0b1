// From shards in DRAM banks to shards of another shape in the L1 of eight cores, and on to a grid of shards.
#include <numeric>

#include <tt-metalium/buffer_distribution_spec.hpp>
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>

#include "support.h"

using namespace tt::tt_metal;

int main() {
  auto mesh = distributed::MeshDevice::create_unit_mesh(0);
  auto& queue = mesh->mesh_command_queue();
  constexpr uint32_t page_bytes = 4096, pages = 5 * 6 * 4;
  const CoreRangeSet banks(CoreRange({0, 0}, {mesh->num_dram_channels() - 1, 0})), cores(CoreRange({0, 0}, {3, 1}));
  const auto sharded = [&](const BufferDistributionSpec& spec, BufferType type) {
    const distributed::DeviceLocalBufferConfig local{
        .page_size = page_bytes, .buffer_type = type, .sharding_args = BufferShardingArgs(spec)};
    return distributed::MeshBuffer::create(distributed::ReplicatedBufferConfig{.size = pages * page_bytes}, local,
                                           mesh.get());
  };
  const auto cut = [](const Shape& shard, const CoreRangeSet& over) {
    return BufferDistributionSpec::from_shard_spec(Shape({5, 192, 128}), shard, Shape2D(32, 32), over,
                                                   ShardOrientation::ROW_MAJOR);
  };
  const BufferDistributionSpec in_banks = cut(Shape({2, 64, 64}), banks), in_cores = cut(Shape({1, 96, 128}), cores);
  Require(in_banks.tensor_shape_in_pages() == Shape({5, 6, 4}) && in_banks.shard_shape_in_pages() == Shape({2, 2, 2}),
          "shapes in pages");
  Require(in_banks.num_shards() == 18 && in_cores.num_shards() == 10 && in_cores.max_num_shards_per_core() == 2 &&
              in_cores.num_shards_per_core(7) == 1 && in_cores.max_num_dev_pages_per_core() == 24,
          "shards of cores");
  // The same pages as a matrix of 30 x 4: shard (i, j) lies in column i and row j of the cores.
  const BufferDistributionSpec in_grid(Shape({30, 4}), Shape({8, 2}), cores, ShardOrientation::COL_MAJOR,
                                       ShardDistributionStrategy::GRID_2D);
  Require(in_grid.cores().size() == 8 && in_grid.cores()[1] == CoreCoord(0, 1) && in_grid.cores()[2] == CoreCoord(1, 0),
          "cores of a grid of shards");
  const auto src = sharded(in_banks, BufferType::DRAM), middle = sharded(in_cores, BufferType::L1),
             dst = sharded(in_grid, BufferType::L1);

  std::vector<uint32_t> input(pages * page_bytes / 4), result;
  std::iota(input.begin(), input.end(), 12345u);
  distributed::EnqueueWriteMeshBuffer(queue, src, input);
  for (const auto& [from, to] : {std::pair(src, middle), std::pair(middle, dst)}) {
    Program program = CreateProgram();
    constexpr auto cb = tt::CBIndex::c_3;
    CreateCircularBuffer(
        program, cores, CircularBufferConfig(page_bytes, {{cb, tt::DataFormat::UInt32}}).set_page_size(cb, page_bytes));
    std::vector<uint32_t> args{static_cast<uint32_t>(cb), page_bytes};
    TensorAccessorArgs(*from).append_to(args);
    TensorAccessorArgs(*to).append_to(args);
    // Shard by shard (some reach beyond the tensor's edge), then pages by their numbers.
    const std::string file = KernelPath(from == src ? "copy_shards.cpp" : "copy_pages.cpp");
    const auto kernel = CreateKernel(program, file, cores, ReaderDataMovementConfig(args));
    uint32_t i = 0;
    for (const CoreCoord& core : corerange_to_cores(cores)) {
      const auto count = from == src ? static_cast<uint32_t>(in_banks.num_shards()) : pages;
      SetRuntimeArgs(program, kernel, core,
                     {static_cast<uint32_t>(from->address()), static_cast<uint32_t>(to->address()), count * i / 8,
                      count * (i + 1) / 8});
      ++i;
    }
    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
    distributed::EnqueueMeshWorkload(queue, workload, true);
  }
  distributed::EnqueueReadMeshBuffer(queue, result, dst);
  Require(result == input, "the copy");
  mesh->close();
  std::cout << "Test Passed\n";
}

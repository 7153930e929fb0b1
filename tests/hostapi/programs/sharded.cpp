// Blocks of a matrix in the L1 of the cores that work on them: circular buffers lie on the shards.
#include <tt-metalium/host_api.hpp>

#include "support.h"

using namespace tt::tt_metal;

int main() {
  IDevice* device = CreateDevice(0);
  CommandQueue& queue = device->command_queue();
  constexpr uint32_t tile_bytes = 2048, rows = 4, columns = 6;  // in tiles
  for (const auto layout :
       {TensorMemoryLayout::HEIGHT_SHARDED, TensorMemoryLayout::WIDTH_SHARDED, TensorMemoryLayout::BLOCK_SHARDED}) {
    const CoreRangeSet cores = layout == TensorMemoryLayout::HEIGHT_SHARDED  ? CoreRangeSet(CoreRange({1, 0}, {1, 3}))
                               : layout == TensorMemoryLayout::WIDTH_SHARDED ? CoreRangeSet(CoreRange({2, 2}, {4, 2}))
                                                                             : CoreRangeSet(CoreRange({0, 0}, {2, 1}));
    const std::array<uint32_t, 2> shard =
        layout == TensorMemoryLayout::HEIGHT_SHARDED  ? std::array<uint32_t, 2>{32, columns * 32}
        : layout == TensorMemoryLayout::WIDTH_SHARDED ? std::array<uint32_t, 2>{rows * 32, 64}
                                                      : std::array<uint32_t, 2>{64, 64};
    const ShardSpecBuffer spec(cores, shard, ShardOrientation::ROW_MAJOR, {32, 32}, {rows, columns});
    const ShardedBufferConfig config{.device = device,
                                     .size = rows * columns * tile_bytes,
                                     .page_size = tile_bytes,
                                     .buffer_type = BufferType::L1,
                                     .buffer_layout = layout,
                                     .shard_parameters = spec};
    auto in = CreateBuffer(config), out = CreateBuffer(config);
    Require(in->num_cores() == cores.num_cores() && in->address() != out->address(), "shards");
    const auto tiles = static_cast<uint32_t>(spec.num_pages());
    Program program = CreateProgram();
    CreateCircularBuffer(program, cores,
                         CircularBufferConfig(tiles * tile_bytes, {{0, tt::DataFormat::Float16_b}})
                             .set_page_size(0, tile_bytes)
                             .set_globally_allocated_address(*in));
    CreateCircularBuffer(program, cores,
                         CircularBufferConfig(tiles * tile_bytes, {{16, tt::DataFormat::Float16_b}})
                             .set_page_size(16, tile_bytes)
                             .set_globally_allocated_address(*out));
    CreateKernel(program, KernelPath("push_shard.cpp"), cores, ReaderDataMovementConfig({tiles}));
    CreateKernel(program, KernelPath("square_shard.cpp"), cores, ComputeConfig{.compile_args = {tiles}});
    const std::vector<bfloat16> input = Random(rows * columns * 1024, 31);
    EnqueueWriteBuffer(queue, in, input, false);
    EnqueueProgram(queue, program, false);
    std::vector<bfloat16> result;
    EnqueueReadBuffer(queue, out, result, true);
    std::vector<float> want;
    for (const bfloat16 x : input) want.push_back(x.to_float() * x.to_float());
    RequireClose(result, want, 0.01f);
  }
  CloseDevice(device);
  std::cout << "Test Passed\n";
}

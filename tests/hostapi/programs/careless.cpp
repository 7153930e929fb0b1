// What the chip lets pass is a warning: pages that are packed or pushed without being reserved while they are free,
// pages that nobody reads, an argument that is not there, a source that is shorter than its buffer, a shard
// specification of more pages than its buffer has. With TLTT_STRICT=1
// the first of them is an error.
#include <unistd.h>

#include <cstring>

#include <fmt/core.h>

#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/tilize_utils.hpp>
#include <tt-metalium/tt_metal.hpp>
#include <tt-metalium/tt_metal_profiler.hpp>

#include "support.h"

using namespace tt::tt_metal;

namespace {

// Standard error of `run`, also when it throws: then the exception's text follows.
template <typename Run>
std::string Said(const Run& run) {
  std::FILE* file = std::tmpfile();
  const int before = dup(2);
  std::fflush(stderr);
  dup2(fileno(file), 2);
  std::string thrown;
  try {
    run();
  } catch (const std::exception& error) {
    thrown = error.what();
  }
  std::fflush(stderr);
  dup2(before, 2);
  close(before);
  std::rewind(file);
  std::string text;
  for (int c; (c = std::fgetc(file)) != EOF;) text += static_cast<char>(c);
  std::fclose(file);
  return text + thrown;
}

bool Has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

void Copy(std::vector<bfloat16>* result, const std::vector<bfloat16>& source) {
  auto mesh = distributed::MeshDevice::create_unit_mesh(0);
  auto& queue = mesh->mesh_command_queue();
  constexpr uint32_t tile = 2048;
  const distributed::DeviceLocalBufferConfig local{.page_size = tile, .buffer_type = BufferType::DRAM};
  auto in = distributed::MeshBuffer::create(distributed::ReplicatedBufferConfig{.size = tile}, local, mesh.get());
  auto out = distributed::MeshBuffer::create(distributed::ReplicatedBufferConfig{.size = tile}, local, mesh.get());
  distributed::EnqueueWriteMeshBuffer(queue, in, source, false);

  Program program = CreateProgram();
  constexpr CoreCoord core = {0, 0};
  for (const uint32_t index : {0u, 16u}) {
    CreateCircularBuffer(
        program, core, CircularBufferConfig(2 * tile, {{index, tt::DataFormat::Float16_b}}).set_page_size(index, tile));
  }
  std::vector<uint32_t> args;
  TensorAccessorArgs(*in).append_to(args);
  const auto read =
      CreateKernel(program, KernelPath("careless_read.cpp"), core,
                   DataMovementConfig{
                       .processor = DataMovementProcessor::RISCV_1, .noc = NOC::RISCV_1_default, .compile_args = args});
  CreateKernel(program, KernelPath("careless_copy.cpp"), core, ComputeConfig{});
  const auto write =
      CreateKernel(program, KernelPath("write_tiles.cpp"), core,
                   DataMovementConfig{
                       .processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default, .compile_args = args});
  SetRuntimeArgs(program, read, core, {static_cast<uint32_t>(in->address())});
  SetRuntimeArgs(program, write, core, {static_cast<uint32_t>(out->address()), 0u, 1u});
  distributed::MeshWorkload workload;
  workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
  distributed::EnqueueMeshWorkload(queue, workload, false);
  distributed::Finish(queue);
  ReadMeshDeviceProfilerResults(*mesh);
  distributed::EnqueueReadMeshBuffer(queue, *result, out, true);
  mesh->close();
}

}  // namespace

int main() {
  std::vector<bfloat16> source = Random(1000, 3), result;
  source[0] = 1.5f;
  const std::string said = Said([&] { Copy(&result, source); });
  std::cerr << said;
  Require(result.size() == 1024, "size");
  for (size_t i = 0; i < result.size(); ++i) {
    Require(static_cast<float>(result[i]) == (i < source.size() ? static_cast<float>(source[i]) : 0.0f), "values");
  }
  Require(Has(said, "its source only 2000: zeros follow"), "the short source");
  Require(Has(said, "(0, 0) reader: 1.5 "), "the tile's slice");
  Require(Has(said, "runtime argument 2 is read, but the kernel was given 0"), "the argument");
  Require(Has(said, "cb_push_back(0, 1), but 0 pages"), "the push");
  Require(Has(said, "page 0 at the back of CB 16"), "the pack");
  Require(Has(said, "pages of CB 0 cb0 were pushed and never waited for"), "the page that nobody reads");
  Require(Has(said, "does not lie in one circular buffer"), "the read to nobody's memory");
  Require(Has(said, "core (1, 0)'s L1 lies in none of its allocations"), "the read from nobody's memory");
  Require(fmt::format("{}", TensorMemoryLayout::HEIGHT_SHARDED) == "TensorMemoryLayout::HEIGHT_SHARDED", "names");

  // Four rows of two pages are said to be sixteen.
  const std::string shards = Said([&] {
    IDevice* device = CreateDevice(0);
    const ShardSpecBuffer spec(CoreRangeSet(CoreRange({0, 0}, {0, 1})), {64, 64}, ShardOrientation::ROW_MAJOR, {32, 32},
                               {16, 2});
    auto buffer = CreateBuffer(ShardedBufferConfig{.device = device,
                                                   .size = 8 * 2048,
                                                   .page_size = 2048,
                                                   .buffer_layout = TensorMemoryLayout::HEIGHT_SHARDED,
                                                   .shard_parameters = spec});
    const std::vector<bfloat16> written = Random(8 * 1024, 4);
    std::vector<bfloat16> read;
    detail::WriteToBuffer(buffer, written);
    detail::ReadFromBuffer(buffer, read);
    Require(read == written && buffer->num_cores() == 2, "the shards");
    CloseDevice(device);
  });
  Require(Has(shards, "says 16x2 pages, but the buffer has 8: the first 4 rows count"), "the shards: " + shards);

  setenv("TLTT_STRICT", "1", 1);
  const std::string strict = Said([&] { Copy(&result, source); });
  Require(
      Has(strict, "circular buffer overflow: cb_push_back(0, 1), but 0 pages") && !Has(strict, "page 0 at the back"),
      "strict: " + strict);
  std::cout << "Test Passed\n";
}

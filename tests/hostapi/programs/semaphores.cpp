// A token goes around a ring of cores: each adds to a word in its L1, hands it on and signals its neighbour.
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tt_metal.hpp>

#include "support.h"

using namespace tt::tt_metal;

int main() {
  IDevice* device = CreateDevice(0);
  Program program = CreateProgram();
  const CoreRange ring({1, 1}, {3, 2});
  // Disjoint cores may have the same semaphore id.
  const uint32_t other = CreateSemaphore(program, CoreRange({5, 5}, {5, 5}), 9);
  const uint32_t turn = CreateSemaphore(program, ring, 0);
  Require(other == 0 && turn == 0 && CreateSemaphore(program, CoreRangeSet(CoreRange({0, 0}, {7, 7})), 0) == 1,
          "semaphore ids");
  const InterleavedBufferConfig dram{.device = device, .size = 32, .page_size = 32, .buffer_type = BufferType::DRAM};
  auto out = CreateBuffer(dram);
  CreateCircularBuffer(program, ring, CircularBufferConfig(32, {{0, tt::DataFormat::UInt32}}).set_page_size(0, 32));
  const auto kernel = CreateKernel(program, KernelPath("ring.cpp"), ring, DataMovementConfig{});
  const std::vector<CoreCoord> cores(ring.begin(), ring.end());
  Require(cores.size() == 6 && cores[1] == CoreCoord(2, 1), "cores row by row");
  std::vector<std::vector<uint32_t>> args;
  for (size_t i = 0; i < cores.size(); ++i) {
    const CoreCoord next = device->worker_core_from_logical_core(cores[(i + 1) % cores.size()]);
    args.push_back(
        {turn, static_cast<uint32_t>(i), static_cast<uint32_t>(next.x), static_cast<uint32_t>(next.y), out->address()});
  }
  SetRuntimeArgs(program, kernel, cores, args);
  detail::LaunchProgram(device, program);
  std::vector<uint32_t> result;
  detail::ReadFromBuffer(out, result);
  Require(result[0] == 100 + 1 + 2 + 3 + 4 + 5, "the token is " + std::to_string(result[0]));
  CloseDevice(device);
  std::cout << "Test Passed\n";
}

// Each core of a ring holds one piece of a table; after a lap every core has all of them, in its own L1, and writes the
// whole to DRAM. Pages of 96 and 160 bytes, which are no powers of two; spellings of several SDKs side by side.
#include "tt_metal/host_api.hpp"
#include "tt_metal/detail/tt_metal.hpp"
#include "tt_metal/common/work_split.hpp"

#include "support.h"

using namespace tt;
using namespace tt::tt_metal;

namespace {

void Gather(IDevice* device, uint32_t page, uint32_t pages_of_each, const CoreRange& ring) {
  CommandQueue& queue = device->command_queue();
  const std::vector<CoreCoord> cores = corerange_to_cores(CoreRangeSet(ring), std::nullopt, true);
  const uint32_t members = cores.size(), piece = page * pages_of_each;
  auto table = CreateBuffer(InterleavedBufferConfig{device, members * piece, page, BufferType::DRAM});
  auto all = CreateBuffer(InterleavedBufferConfig{device, members * members * piece, page, BufferType::DRAM});

  Program program{};
  const auto arrived = CreateSemaphore(program, ring, 0), taken = CreateSemaphore(program, ring, 0);
  const auto place = CreateCircularBuffer(
      program, ring,
      CircularBufferConfig(members * piece, {{tt::CB::c_in0, tt::DataFormat::UInt8}}).set_page_size(CB::c_in0, page));
  Require(GetCircularBufferConfig(program, place).total_size() == members * piece, "the circular buffer's size");
  const KernelHandle kernel = CreateKernel(program, KernelPath("ring_gather.cpp"), ring,
                                           DataMovementConfig{.processor = DataMovementProcessor::RISCV_0,
                                                              .noc = NOC::RISCV_0_default,
                                                              .compile_args = {page, pages_of_each},
                                                              .defines = {{"MEMBERS", std::to_string(members)}}});
  SetCommonRuntimeArgs(program, kernel, std::vector<uint32_t>{table->address(), all->address()});
  for (uint32_t i = 0; i < members; ++i) {
    const CoreCoord next = device->worker_core_from_logical_core(cores[(i + 1) % members]);
    SetRuntimeArgs(program, kernel, cores[i],
                   {i, static_cast<uint32_t>(next.x), static_cast<uint32_t>(next.y), arrived, taken});
  }

  std::vector<uint8_t> source(members * piece), result;
  for (size_t i = 0; i < source.size(); ++i) source[i] = static_cast<uint8_t>(i * 7 + i / 251);
  EnqueueWriteBuffer(queue, table, source, false);
  EnqueueProgram(queue, program, false);
  EnqueueReadBuffer(queue, all, result, true);
  for (size_t i = 0; i < result.size(); ++i) {
    Require(result[i] == source[i % source.size()],
            "byte " + std::to_string(i) + " of pages of " + std::to_string(page));
  }

  // Other arguments in place, and a second run of the same program.
  for (uint8_t& byte : source) byte ^= 0x5a;
  auto other = CreateBuffer(InterleavedBufferConfig{device, members * piece, page, BufferType::DRAM});
  GetCommonRuntimeArgs(program, kernel)[0] = other->address();
  EnqueueWriteBuffer(queue, *other, source.data(), true);
  EnqueueProgram(queue, program, true);
  EnqueueReadBuffer(queue, *all, result.data(), true);
  for (size_t i = 0; i < result.size(); ++i) Require(result[i] == source[i % source.size()], "the second run");
}

}  // namespace

int main() {
  IDevice* device = CreateDevice(0);
  Gather(device, 96, 3, CoreRange({0, 0}, {2, 1}));
  Gather(device, 160, 1, CoreRange({3, 2}, {3, 6}));
  Gather(device, 4096, 2, CoreRange({6, 7}, {7, 7}));
  Require(CloseDevice(device), "closing");
  std::cout << "Test Passed\n";
}

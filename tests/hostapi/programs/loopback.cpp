// DRAM to L1 to another DRAM buffer and back to the host, in the oldest style: a device, a command queue, buffers of
// one page, and banks reached by their coordinates.
#include "tt_metal/host_api.hpp"
#include "common/bfloat16.hpp"

#include "support.h"

using namespace tt::tt_metal;

int main() {
  Device* device = CreateDevice(0);
  CommandQueue& queue = device->command_queue();
  Program program = CreateProgram();
  constexpr CoreCoord core = {0, 0};
  constexpr uint32_t bytes = 50 * 2048;

  const KernelHandle copy =
      CreateKernel(program, KernelPath("copy_by_coordinates.cpp"), core,
                   DataMovementConfig{.processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default});
  const InterleavedBufferConfig dram{
      .device = device, .size = bytes, .page_size = bytes, .buffer_type = BufferType::DRAM};
  const InterleavedBufferConfig l1{.device = device, .size = bytes, .page_size = bytes, .buffer_type = BufferType::L1};
  auto staging = CreateBuffer(l1);
  auto input = CreateBuffer(dram), output = CreateBuffer(dram);

  const std::vector<uint32_t> sent = create_random_vector_of_bfloat16(bytes, 100, 7);
  EnqueueWriteBuffer(queue, input, sent, false);
  const std::vector<uint32_t> args = {staging->address(),
                                      input->address(),
                                      static_cast<uint32_t>(input->noc_coordinates().x),
                                      static_cast<uint32_t>(input->noc_coordinates().y),
                                      output->address(),
                                      static_cast<uint32_t>(output->noc_coordinates().x),
                                      static_cast<uint32_t>(output->noc_coordinates().y),
                                      static_cast<uint32_t>(staging->size())};
  SetRuntimeArgs(program, copy, core, args);
  EnqueueProgram(queue, program, false);
  Finish(queue);

  std::vector<uint32_t> received;
  EnqueueReadBuffer(queue, output, received, true);
  Require(received == sent, "the copy differs");
  Require(CloseDevice(device), "close");
  std::cout << "Test Passed\n";
}

// A tile goes from DRAM to one core, over the NoC to another one, and from there to DRAM, in the style before meshes.
#include <tt-metalium/host_api.hpp>

#include "support.h"

using namespace tt;
using namespace tt::tt_metal;

int main() {
  IDevice* device = CreateDevice(0);
  CommandQueue& queue = device->command_queue();
  Program program = CreateProgram();
  constexpr CoreCoord sender = {0, 0}, receiver = {0, 1};
  const CoreCoord sender_noc = device->worker_core_from_logical_core(sender);
  const CoreCoord receiver_noc = device->worker_core_from_logical_core(receiver);
  const CoreRange both(sender, receiver);
  constexpr uint32_t tile_bytes = sizeof(uint16_t) * constants::TILE_HW;
  const InterleavedBufferConfig dram{
      .device = device, .size = tile_bytes, .page_size = tile_bytes, .buffer_type = BufferType::DRAM};
  std::shared_ptr<Buffer> from = CreateBuffer(dram), to = CreateBuffer(dram);
  const uint32_t semaphore = CreateSemaphore(program, both, 0);
  std::vector<uint16_t> sent(constants::TILE_HW);
  for (size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<uint16_t>(3 * i + 14);
  EnqueueWriteBuffer(queue, from, sent.data(), false);
  for (const uint8_t cb : {0, 1}) {
    CreateCircularBuffer(
        program, both, CircularBufferConfig(tile_bytes, {{cb, tt::DataFormat::UInt16}}).set_page_size(cb, tile_bytes));
  }
  const bool is_dram = from->buffer_type() == BufferType::DRAM;
  const auto read_dram =
      CreateKernel(program, KernelPath("transfer_read_dram.cpp"), sender, ReaderDataMovementConfig{{0, is_dram}});
  const auto send = CreateKernel(program, KernelPath("transfer_send.cpp"), sender, WriterDataMovementConfig{{0, 1}});
  const auto receive =
      CreateKernel(program, KernelPath("transfer_receive.cpp"), receiver, ReaderDataMovementConfig{{1}});
  const auto write_dram =
      CreateKernel(program, KernelPath("transfer_write_dram.cpp"), receiver, WriterDataMovementConfig{{1, is_dram}});
  SetRuntimeArgs(program, read_dram, sender, {from->address()});
  SetRuntimeArgs(program, send, sender,
                 {static_cast<uint32_t>(receiver_noc.x), static_cast<uint32_t>(receiver_noc.y), semaphore});
  SetRuntimeArgs(program, receive, receiver,
                 {static_cast<uint32_t>(sender_noc.x), static_cast<uint32_t>(sender_noc.y), semaphore});
  SetRuntimeArgs(program, write_dram, receiver, {0});
  // A runtime argument can be changed where it lies.
  GetRuntimeArgs(program, write_dram, receiver)[0] = to->address();
  EnqueueProgram(queue, program, false);
  Finish(queue);
  std::vector<uint16_t> received;
  EnqueueReadBuffer(queue, to, received, true);
  Require(received == sent, "the tile differs");
  CloseDevice(device);
  std::cout << "Test Passed\n";
}

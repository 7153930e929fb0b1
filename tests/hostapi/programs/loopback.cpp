// DRAM to L1 to another DRAM buffer and back to the host, in the oldest style: a device, a command queue, buffers of
// one page, and banks reached by their coordinates.
#include "tt_metal/host_api.hpp"
#include "common/bfloat16.hpp"
#include "hostdevcommon/common_runtime_address_map.h"
#include "tt_metal/common/tilize_untilize.hpp"

#include "support.h"

using namespace tt::tt_metal;

namespace {

struct Operation {
  enum Enum { ADD = 0, SUB = 1, MUL = 2 };
};
enum class Colour : uint8_t { kRed = 3, kBlue = 120 };

// Programs list their operations with magic_enum, whether or not it is installed.
void CheckNamesOfEnumerators() {
  const auto all = magic_enum::enum_values<Operation::Enum>();
  Require(all.size() == 3 && all[1] == Operation::SUB, "enumerators");
  Require(magic_enum::enum_name(Colour::kBlue) == "kBlue" && magic_enum::enum_count<Colour>() == 2, "names");
  Require(magic_enum::enum_cast<Operation::Enum>("MUL") == Operation::MUL, "by name");
  Require(!magic_enum::enum_cast<Colour>("MUL"), "another enumeration's name");
}

}  // namespace

int main() {
  CheckNamesOfEnumerators();
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

  // What else programs of that time are written with: a range's corners, sets of ranges, tiles made in place.
  const set<CoreRange> ranges = CoreRangeSet(CoreRange({2, 1}, {4, 3})).ranges();
  const CoreRange& range = *ranges.rbegin();
  Require(range.start.x == 2 && range.end.x == 4 && range.end.y == 3, "corners");
  Require(vector<CoreCoord>(range.begin(), range.end()).size() == range.size(), "cores of a range");
  vector<bfloat16> tiles = Random(64 * 96, 5);
  const vector<bfloat16> matrix = tiles;
  tilize(tiles, 64, 96);
  Require(tiles[256] == matrix[16] && tiles[16] == matrix[96], "the second face begins in column 16");
  untilize(tiles, 64, 96);
  Require(std::equal(tiles.begin(), tiles.end(), matrix.begin()), "tiles and back");
  Require(device->get_active_ethernet_cores(true).empty(), "links of a chip alone");
  static_assert(PROFILER_OP_SUPPORT_COUNT / PROFILER_L1_GUARANTEED_MARKER_COUNT == 250);
  Require(CloseDevice(device), "close");
  std::cout << "Test Passed\n";
}

// A hand-written data movement program on the emulated chip, without Python: the reader brings pages from DRAM into a
// circular buffer, the writer takes them to another tensor. Exit code 0: the copy is equal.
#include <cstring>
#include <iostream>
#include <vector>

#include "tltt/chip.h"
#include "tltt/emulator.h"
#include "tltt/program.h"

namespace {

constexpr uint32_t kPages = 8, kPageBytes = 2048;  // bfloat16 tiles

constexpr const char* kReader = R"(
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
  constexpr auto args = TensorAccessorArgs<0>();
  const auto in = TensorAccessor(args, get_arg_val<uint32_t>(0), get_tile_size(0));
  for (uint32_t t = 0; t < get_common_arg_val<uint32_t>(0); ++t) {
    cb_reserve_back(0, 1);
    noc_async_read_page(t, in, get_write_ptr(0));
    noc_async_read_barrier();
    cb_push_back(0, 1);
  }
}
)";

constexpr const char* kWriter = R"(
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
  constexpr auto args = TensorAccessorArgs<0>();
  const auto out = TensorAccessor(args, get_arg_val<uint32_t>(0), get_tile_size(0));
  for (uint32_t t = 0; t < get_common_arg_val<uint32_t>(0); ++t) {
    cb_wait_front(0, 1);
    noc_async_write_page(t, out, get_read_ptr(0));
    noc_async_write_barrier();
    cb_pop_front(0, 1);
  }
}
)";

tltt::Tensor MakeTensor(const char* name, tltt::Access access) {
  tltt::Tensor tensor;
  tensor.name = name;
  tensor.dtype = "bfloat16";
  tensor.shape = {32, 32 * kPages};
  tensor.access = access;
  tensor.page_size = kPageBytes;
  return tensor;
}

// `tensor`: index of the tensor whose address is the kernel's argument 0.
tltt::Kernel MakeKernel(const tltt::Program& program, tltt::Role role, const char* source, uint32_t tensor) {
  tltt::Kernel kernel;
  kernel.role = role;
  kernel.name = tltt::RoleName(role);
  kernel.path = kernel.name + ".cpp";
  kernel.source = source;
  kernel.cores = program.core_ranges;
  kernel.compile_time_args = tltt::AccessorArgs(program.tensors[tensor]);
  kernel.args = {{"address", tltt::RuntimeArg::Kind::kTensorAddress, tensor}};
  kernel.common_args = {kPages};
  return kernel;
}

}  // namespace

int main() {
  tltt::Program program;
  program.name = "copy";
  program.grid = {1, 1};
  program.core_ranges = {{{0, 0}, 1, 1}};
  program.tensors = {MakeTensor("in", tltt::Access::kIn), MakeTensor("out", tltt::Access::kOut)};
  tltt::CircularBuffer cb;
  cb.name = "cb_page";
  cb.total_size = 2 * kPageBytes;
  cb.cores = program.core_ranges;
  cb.formats = {{0, tltt::DataFormat::kFloat16_b, kPageBytes}};
  program.circular_buffers = {cb};
  program.kernels = {MakeKernel(program, tltt::Role::kReader, kReader, 0),
                     MakeKernel(program, tltt::Role::kWriter, kWriter, 1)};

  try {
    tltt::emu::Device device(tltt::ChipByName("n150"));
    const std::vector<tltt::emu::Buffer> buffers = {device.Allocate(kPages, kPageBytes),
                                                    device.Allocate(kPages, kPageBytes)};
    for (uint32_t page = 0; page < kPages; ++page) {
      std::memset(device.Page(buffers[0], page), static_cast<int>(page + 1), kPageBytes);
    }
    device.MarkWritten(buffers[0]);
    const tltt::emu::RunReport report = device.Run(program, buffers);
    for (uint32_t page = 0; page < kPages; ++page) {
      if (std::memcmp(device.Page(buffers[0], page), device.Page(buffers[1], page), kPageBytes) != 0) {
        std::cout << "FAILED: page " << page << " differs\n";
        return 1;
      }
    }
    std::cout << "ok: " << report.cycles << " cycles, " << report.dram_read_bytes << " bytes read\n";
    return 0;
  } catch (const tltt::emu::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}

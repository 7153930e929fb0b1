#include "sample_program.h"

#include <stdexcept>

#include "tltt/partition.h"

namespace tltt::test {

Program SampleProgram() {
  Program program;
  program.name = "gemm";
  program.grid = {8, 8};
  program.core_ranges = {{{0, 0}, 2, 2}};
  program.work.grid_blocks = {3, 4};
  program.tensors = {{.name = "A", .dtype = "bfloat16", .shape = {128, 64}, .page_size = 2048},
                     {.name = "B", .dtype = "bfloat16", .shape = {64, 96}, .page_size = 2048},
                     {.name = "C",
                      .dtype = "float32",
                      .shape = {128, 96},
                      .format = DataFormat::kFloat32,
                      .access = Access::kOut,
                      .page_size = 4096}};
  std::map<Core, std::vector<uint32_t>> rows;
  const std::vector<WorkRun> runs = SplitContiguous(12, 4);
  for (size_t i = 0; i < runs.size(); ++i) {
    const Core core{static_cast<uint16_t>(i % 2), static_cast<uint16_t>(i / 2)};
    rows[core] = {static_cast<uint32_t>(runs[i].start), static_cast<uint32_t>(runs[i].count)};
    program.work.items[core] = {{.io = runs[i].start / 3, .jo = runs[i].start % 3, .count = runs[i].count, .len_k = 2}};
  }
  using Kind = RuntimeArg::Kind;
  const RuntimeArg start{"start_id", Kind::kPerCore, 0}, count{"count", Kind::kPerCore, 1};
  const RuntimeArg kt{"Kt", Kind::kCommon, 2}, nt{"Nt", Kind::kCommon, 3};
  Kernel reader;
  reader.name = "reader";
  reader.path = "reader.cpp";
  reader.source = "void kernel_main() {}  // reader\n";
  reader.cores = program.core_ranges;
  reader.compile_time_args = {2, 2048, 2, 2048, 5};
  reader.accessors = {0, 1};
  reader.args = {{"A_addr", Kind::kTensorAddress, 0}, {"B_addr", Kind::kTensorAddress, 1}, kt, nt, start, count};
  reader.core_args = rows;
  Kernel compute;
  compute.name = "compute";
  compute.role = Role::kCompute;
  compute.path = "compute.cpp";
  compute.source = "void kernel_main() {}  // compute\n";
  compute.cores = program.core_ranges;
  compute.named_compile_time_args = {{"block", 4}};
  compute.defines = {{"RELU", "1"}};
  compute.args = {kt, count};
  compute.core_args = rows;
  compute.compute.fp32_dest_acc_en = true;
  compute.compute.unpack_to_dest_fp32 = {16};
  compute.origins = {{1, 1, 0, 12}};
  Kernel writer;
  writer.name = "writer";
  writer.role = Role::kWriter;
  writer.path = "writer.cpp";
  writer.source = "void kernel_main() {}  // writer\n";
  writer.cores = program.core_ranges;
  writer.compile_time_args = {2, 4096};
  writer.accessors = {2};
  writer.args = {{"C_addr", Kind::kTensorAddress, 2}, nt, start, count};
  writer.core_args = rows;
  writer.common_args = {7, 9};
  program.kernels = {reader, compute, writer};
  program.circular_buffers = {{.name = "cb_in0",
                               .total_size = 4096,
                               .cores = program.core_ranges,
                               .formats = {{0, DataFormat::kFloat16_b, 2048}}},
                              {.name = "cb_in1",
                               .total_size = 4096,
                               .cores = program.core_ranges,
                               .formats = {{1, DataFormat::kFloat16_b, 2048}}},
                              {.name = "cb_out0",
                               .total_size = 8192,
                               .cores = program.core_ranges,
                               .formats = {{16, DataFormat::kFloat32, 4096}}}};
  program.semaphores = {{0, program.core_ranges, 1}};
  program.source_files = {"gemm.py"};
  return program;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("the text has no \"" + from + "\"");
  return text.replace(at, from.size(), to);
}

}  // namespace tltt::test

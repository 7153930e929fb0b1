// main.cpp is compiled against the emulated host API and run: its files are what the Program says.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "sample_program.h"
#include "tltt/plan.h"

namespace tltt {
namespace {

namespace fs = std::filesystem;
using test::SampleProgram;

class HostProgram : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / ("tltt_host_" + std::string(info->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Compiles the host program; with `link` also to an executable.
  void Compile(const Program& program, bool link) {
    text_ = WriteHostProgram(program);
    std::ofstream(folder_ / "main.cpp") << text_;
    for (const Kernel& kernel : program.kernels) std::ofstream(folder_ / kernel.path) << kernel.source;
    const std::string mode = link ? "-o " + (folder_ / "main").string() + " " + TLTT_HOST_LINK : "-fsyntax-only";
    const std::string command = std::string(TLTT_CXX) +
                                " -std=c++20 -Wall -Wextra -Werror -Wno-missing-field-initializers -isystem " +
                                TLTT_HOST_API + " " + (folder_ / "main.cpp").string() + " " + mode + " 2>&1";
    const auto [status, output] = Shell(command);
    ASSERT_EQ(status, 0) << output << "\n" << text_;
  }

  static std::pair<int, std::string> Shell(const std::string& command) {
    FILE* pipe = popen(command.c_str(), "r");
    std::string output;
    char chunk[4096];
    while (const size_t size = fread(chunk, 1, sizeof(chunk), pipe)) output.append(chunk, size);
    return {pclose(pipe), output};
  }

  std::pair<int, std::string> RunMain(const std::string& arguments) {
    return Shell("cd " + folder_.string() + " && ./main " + arguments + " 2>&1");
  }

  template <typename T>
  void WriteValues(const char* name, const std::vector<T>& values) {
    std::ofstream out(folder_ / name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
  }
  template <typename T>
  std::vector<T> ReadValues(const char* name) {
    std::ifstream in(folder_ / name, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    std::vector<T> values(bytes.size() / sizeof(T));
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(values.data()));
    return values;
  }

  fs::path folder_;
  std::string text_;
};

// One kernel, which copies the first tensor's pages over the last one's.
Program CopyOf(Tensor from, Tensor to) {
  Program program;
  program.name = "copy";
  program.grid = {1, 1};
  program.core_ranges = {{{0, 0}, 1, 1}};
  from.name = "A";
  to.name = "C";
  to.access = Access::kOut;
  program.tensors = {from, to};
  return program;
}

void AddCopyKernel(Program& program, uint32_t pages) {
  const auto last = static_cast<uint32_t>(program.tensors.size() - 1);
  Kernel reader;
  reader.name = "reader";
  reader.path = "reader.cpp";
  reader.source = R"(
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
  constexpr auto from_args = TensorAccessorArgs<0>();
  constexpr auto to_args = TensorAccessorArgs<from_args.next_compile_time_args_offset()>();
  const auto from = TensorAccessor(from_args, get_arg_val<uint32_t>(0));
  const auto to = TensorAccessor(to_args, get_arg_val<uint32_t>(1));
  cb_reserve_back(0, 1);
  for (uint32_t page = 0; page < get_arg_val<uint32_t>(2); ++page) {
    noc_async_read_page(page, from, get_write_ptr(0));
    noc_async_read_barrier();
    noc_async_write_page(page, to, get_write_ptr(0));
    noc_async_write_barrier();
  }
}
)";
  reader.cores = program.core_ranges;
  reader.accessors = {0, last};
  for (const uint32_t tensor : reader.accessors) {
    const std::vector<uint32_t> words = AccessorArgs(program.tensors[tensor]);
    reader.compile_time_args.insert(reader.compile_time_args.end(), words.begin(), words.end());
  }
  reader.args = {{"A_addr", RuntimeArg::Kind::kTensorAddress, 0},
                 {"C_addr", RuntimeArg::Kind::kTensorAddress, last},
                 {"pages", RuntimeArg::Kind::kCommon, pages}};
  program.kernels = {reader};
  const uint32_t bytes = program.tensors[0].page_size;
  program.circular_buffers = {{"cb0", bytes, program.core_ranges, {{0, DataFormat::kUInt8, bytes}}, {}}};
}

TEST_F(HostProgram, KernelsGetWhatTheProgramSays) {
  Program program = SampleProgram();
  program.kernels[0].source = R"(
#include "api/debug/assert.h"
void kernel_main() {
  static_assert(get_compile_time_arg_val(0) == 2 && get_compile_time_arg_val(1) == 2048 && get_compile_time_arg_val(4) == 5);
  static_assert(noc_index == 0);
  const uint32_t core = get_absolute_logical_y() * 2 + get_absolute_logical_x();
  ASSERT(get_arg_val<uint32_t>(0) != get_arg_val<uint32_t>(1));
  ASSERT(get_arg_val<uint32_t>(2) == 2 && get_arg_val<uint32_t>(3) == 3);
  ASSERT(get_arg_val<uint32_t>(4) == 3 * core && get_arg_val<uint32_t>(5) == 3);
  ASSERT(*reinterpret_cast<volatile uint32_t*>(get_semaphore(0)) == 1);
}
)";
  program.kernels[1].source = R"(
#include "api/compute/common.h"
#include "api/debug/assert.h"
static_assert(RELU == 1);
void kernel_main() {
  static_assert(get_named_compile_time_arg_val("block") == 4);
  static_assert(DST_ACCUM_MODE == 1 && MATH_FIDELITY == 4);
  ASSERT(get_arg_val<uint32_t>(0) == 2 && get_arg_val<uint32_t>(1) == 3);
}
)";
  program.kernels[2].source = R"(
#include "api/debug/assert.h"
void kernel_main() {
  static_assert(get_compile_time_arg_val(1) == 4096 && noc_index == 1);
  ASSERT(get_common_arg_val<uint32_t>(0) == 7 && get_common_arg_val<uint32_t>(1) == 9);
  ASSERT(get_arg_val<uint32_t>(1) == 3);
  ASSERT(get_tile_size(16) == 4096);
}
)";
  Compile(program, true);
  auto [status, output] = RunMain("");
  EXPECT_EQ(status, 0) << output;
  EXPECT_EQ(output, "gemm: global partition, 4 cores\nC -> C.out.bin\n");
  // What the kernels check does fail where it is wrong.
  program.kernels[2].common_args[1] = 8;
  Compile(program, true);
  std::tie(status, output) = RunMain("");
  EXPECT_EQ(WEXITSTATUS(status), 2) << output;
  EXPECT_NE(output.find("assertion"), std::string::npos) << output;
}

TEST_F(HostProgram, AsksTheDeviceForNocCoordinates) {
  Program program = SampleProgram();
  program.kernels.resize(1);
  Kernel& reader = program.kernels[0];
  reader.args.push_back({"sender_x", RuntimeArg::Kind::kNocX, 2});
  reader.args.push_back({"sender_y", RuntimeArg::Kind::kNocY, 2});
  for (auto& [core, row] : reader.core_args) row.insert(row.end(), {1, core.y});
  Compile(program, true);
  const auto [status, output] = RunMain("");
  ASSERT_EQ(status, 0) << output;
  EXPECT_NE(text_.find("device.worker_core_from_logical_core("), std::string::npos) << text_;
  EXPECT_NE(text_.find("kRuntimeArgNames = {{\"start_id\", \"count\", \"sender_x\", \"sender_y\"}}"), std::string::npos)
      << text_;
}

TEST_F(HostProgram, MetadataTables) {
  const std::string text = WriteHostProgram(SampleProgram());
  for (const char* expected : {"constexpr const char* kPartitionMode = \"global\";",
                               "std::array<const char*, 2> kRuntimeArgNames = {{\"start_id\", \"count\"}};",
                               "std::array<std::pair<const char*, uint32_t>, 2> kRuntimeConstants = {{\n    {\"Kt\", "
                               "2},\n    {\"Nt\", 3},\n}};",
                               "{0, 0, {{0, 3}}}, {1, 0, {{3, 3}}}, {0, 1, {{6, 3}}}, {1, 1, {{9, 3}}},",
                               "static_assert(kCoreRuntimeArgs.size() >= 1"}) {
    EXPECT_NE(text.find(expected), std::string::npos) << expected << "\n" << text;
  }
  EXPECT_EQ(text.find("TODO"), std::string::npos);
}

TEST_F(HostProgram, ArrangesElementsInFacesAndTiles) {
  // 40x50 elements in four padded tiles, seen as 4 KiB pages of one 4-byte format.
  Tensor from{.dtype = "float32", .shape = {40, 50}, .format = DataFormat::kFloat32, .page_size = 4096};
  // The same pages, untouched: a dtype that has no format of its own is written as it lies on the device.
  Tensor to{.dtype = "bool", .shape = {40, 50}, .format = DataFormat::kFloat32, .page_size = 4096};
  Program program = CopyOf(from, to);
  AddCopyKernel(program, 4);
  Compile(program, true);
  std::vector<uint32_t> values(40 * 50);
  for (uint32_t i = 0; i < values.size(); ++i) values[i] = i + 1;
  WriteValues("a.bin", values);
  const auto [status, output] = RunMain("A=a.bin C=c.bin");
  ASSERT_EQ(status, 0) << output;
  const auto pages = ReadValues<uint32_t>("c.bin");
  ASSERT_EQ(pages.size(), 4u * 1024);
  const auto at = [&](uint32_t m, uint32_t n) { return m * 50 + n + 1; };
  EXPECT_EQ(pages[0], at(0, 0));
  EXPECT_EQ(pages[15], at(0, 15));
  EXPECT_EQ(pages[16], at(1, 0));        // the second row of the first face
  EXPECT_EQ(pages[256], at(0, 16));      // the face to its right
  EXPECT_EQ(pages[512], at(16, 0));      // the face below
  EXPECT_EQ(pages[1024], at(0, 32));     // the next tile
  EXPECT_EQ(pages[1024 + 256 + 2], 0u);  // column 50 is padding
  EXPECT_EQ(pages[2048 + 7 * 16 + 3], at(39, 3));
  EXPECT_EQ(pages[2048 + 8 * 16 + 3], 0u);  // so is row 40
}

TEST_F(HostProgram, ReadsBackWhatItWrote) {
  // A transposed, batched tensor: tiles span axes 2 and 0, axis 1 is the batch.
  const Tensor tensor{.dtype = "bfloat16", .shape = {33, 3, 70}, .page_size = 2048, .tile_axes = {2, 0}};
  Program program = CopyOf(tensor, tensor);
  AddCopyKernel(program, 18);  // 3 batches of 3x2 tiles
  Compile(program, true);
  std::vector<uint16_t> values(33 * 3 * 70);
  for (uint16_t i = 0; i < values.size(); ++i) values[i] = static_cast<uint16_t>(i * 7);
  WriteValues("a.bin", values);
  const auto [status, output] = RunMain("A=a.bin");
  ASSERT_EQ(status, 0) << output;
  EXPECT_EQ(ReadValues<uint16_t>("C.out.bin"), values);
}

TEST_F(HostProgram, FoldedVectors) {
  const Tensor tensor{.dtype = "bfloat16", .shape = {2, 192}, .page_size = 2048, .vector = 96};
  Program program = CopyOf(tensor, tensor);
  AddCopyKernel(program, 4);  // two vectors in each of two rows
  Compile(program, true);
  std::vector<uint16_t> values(2 * 192);
  for (uint16_t i = 0; i < values.size(); ++i) values[i] = static_cast<uint16_t>(i * 7);
  WriteValues("a.bin", values);
  const auto [status, output] = RunMain("A=a.bin");
  ASSERT_EQ(status, 0) << output;
  EXPECT_EQ(ReadValues<uint16_t>("C.out.bin"), values);
}

TEST_F(HostProgram, VectorsAndRows) {
  const Tensor vector{.dtype = "float16", .shape = {100}, .format = DataFormat::kFloat16, .page_size = 2048};
  Program program = CopyOf(vector, vector);
  Tensor rows{.name = "R",
              .dtype = "uint8",
              .shape = {3, 5},
              .format = DataFormat::kUInt8,
              .layout = TensorLayout::kRowMajor,
              .access = Access::kInOut,
              .page_size = 32};
  program.tensors.insert(program.tensors.begin() + 1, rows);
  program.tensors.insert(program.tensors.begin() + 1,
                         Tensor{.name = "s", .dtype = "int32", .format = DataFormat::kInt32, .page_size = 4096});
  AddCopyKernel(program, 4);
  Compile(program, true);
  std::vector<uint8_t> values(15);
  for (uint8_t i = 0; i < 15; ++i) values[i] = i;
  WriteValues("r.bin", values);
  const auto [status, output] = RunMain("R=r.bin");
  ASSERT_EQ(status, 0) << output;
  EXPECT_EQ(ReadValues<uint8_t>("R.out.bin"), values);
  EXPECT_EQ(ReadValues<uint8_t>("r.bin"), values);
  // Sample data is within [-1, 1) and not constant.
  const auto sample = ReadValues<uint16_t>("C.out.bin");
  ASSERT_EQ(sample.size(), 100u);
  int distinct = 0;
  for (const uint16_t bits : sample) {
    EXPECT_LE(bits & 0x7fff, 0x3c00) << bits;
    distinct += bits != sample[0];
  }
  EXPECT_GT(distinct, 50);
}

TEST_F(HostProgram, WrongArgumentsAreErrors) {
  const Tensor tensor{.dtype = "bfloat16", .shape = {32, 32}, .page_size = 2048};
  Program program = CopyOf(tensor, tensor);
  AddCopyKernel(program, 1);
  Compile(program, true);
  WriteValues("short.bin", std::vector<uint8_t>(100));
  WriteValues("text.npy", std::vector<char>(300, 'x'));
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (32, 32), }";
  const std::string start = std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(header.size()) + '\0';
  const auto numpy = [&](const char* name, const std::string& text, size_t bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << start << text << std::string(bytes, '\0');
  };
  numpy("cut.npy", header.substr(0, 30), 0);
  numpy("few.npy", header, 4 * 1024 - 1);
  numpy("more.npy", header, 4 * 1024 + 1);
  numpy("good.npy", header, 4 * 1024);
  EXPECT_EQ(RunMain("A=good.npy").first, 0);
  const std::pair<const char*, const char*> cases[] = {{"A=short.bin", "need 2048 bytes for A, could read 100"},
                                                       {"A=absent.bin", "can't read absent.bin"},
                                                       {"A=.", "directory"},
                                                       {"A=text.npy", "text.npy is no .npy file"},
                                                       {"A=cut.npy", "cut.npy ends in its header"},
                                                       {"A=few.npy", "need 4096 bytes for A, could read 4095"},
                                                       {"A=more.npy", "need 4096 bytes for A, could read 4097"},
                                                       {"B=short.bin", "expected TENSOR=FILE"},
                                                       {"A", "expected TENSOR=FILE"},
                                                       {"--expect A=good.npy", "A is no output"},
                                                       {"--expect", "expected TENSOR=FILE"},
                                                       {"--tolerance", "expected TENSOR=FILE"},
                                                       {"--tolerance much", "expected TENSOR=FILE"},
                                                       {"C=absent/c.npy", "can't write absent/c.npy"}};
  for (const auto& [arguments, told] : cases) {
    const auto [status, output] = RunMain(arguments);
    EXPECT_EQ(WEXITSTATUS(status), 2) << arguments;
    EXPECT_NE(output.find("error: "), std::string::npos) << output;
    EXPECT_NE(output.find(told), std::string::npos) << arguments << "\n" << output;
  }
}

TEST_F(HostProgram, NumpyFilesAndExpectations) {
  const Tensor tensor{.dtype = "bfloat16", .shape = {2, 3}, .page_size = 2048};
  Program program = CopyOf(tensor, tensor);
  AddCopyKernel(program, 1);
  Compile(program, true);
  const auto numpy = [&](const char* name, const std::string& header, const std::vector<uint8_t>& data) {
    std::string text = header + std::string((128 - 11 - header.size() % 64) % 64, ' ') + "\n";
    std::ofstream out(folder_ / name, std::ios::binary);
    out << std::string("\x93NUMPY\x01\0", 8) << static_cast<char>(text.size()) << '\0' << text;
    out.write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
  };
  const std::vector<float> floats = {1.0f,    -2.5f, 0.1f,
                                     3.0e38f, -0.0f, 1.00390625f};  // the last lies between two bfloat16
  std::vector<uint8_t> bytes(24);
  std::memcpy(bytes.data(), floats.data(), 24);
  numpy("a.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", bytes);
  auto [status, output] = RunMain("A=a.npy C=c.npy --expect C=a.npy");
  EXPECT_EQ(status, 0) << output;
  EXPECT_NE(output.find("C: as expected"), std::string::npos) << output;
  const auto written = ReadValues<uint8_t>("c.npy");
  ASSERT_GT(written.size(), 12u);
  const std::string header(written.begin() + 10, written.end() - 12);
  EXPECT_NE(header.find("'<V2'"), std::string::npos) << header;
  EXPECT_EQ((written.size() - 12) % 64, 0u);  // numpy's alignment
  std::vector<uint16_t> values(6);
  std::memcpy(values.data(), written.data() + written.size() - 12, 12);
  EXPECT_EQ(values, (std::vector<uint16_t>{0x3f80, 0xc020, 0x3dcd, 0x7f62, 0x8000, 0x3f80}));
  // What it wrote is what it reads.
  std::tie(status, output) = RunMain("A=c.npy C=d.npy --expect C=c.npy --tolerance 0");
  EXPECT_EQ(status, 0) << output;

  bytes[3] = 0xc0;  // 1 becomes a negative number
  numpy("wrong.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", bytes);
  fs::create_directories(folder_ / "data");
  fs::copy_file(folder_ / "a.npy", folder_ / "data" / "A.npy");
  numpy("data/C.expected.npy", "{'descr':'<f4','fortran_order':False,'shape':(2,3)}", bytes);
  std::tie(status, output) = RunMain("--tolerance 1e-39");
  EXPECT_EQ(WEXITSTATUS(status), 1) << output;
  EXPECT_NE(output.find("C: NOT as expected"), std::string::npos) << output;
  numpy("shape.npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }", bytes);
  for (const char* arguments : {"A=shape.npy", "--expect A=a.npy", "--expect C=absent.npy"}) {
    std::tie(status, output) = RunMain(arguments);
    EXPECT_EQ(WEXITSTATUS(status), 2) << arguments << output;
  }
}

TEST_F(HostProgram, TellsAnotherChip) {
  const Tensor tensor{.dtype = "bfloat16", .shape = {32, 32}, .page_size = 2048};
  Program program = CopyOf(tensor, tensor);
  AddCopyKernel(program, 1);
  program.arch = "blackhole";
  Compile(program, true);
  const auto [status, output] = RunMain("");
  EXPECT_EQ(WEXITSTATUS(status), 2);
  EXPECT_NE(output.find("the kernels are for blackhole"), std::string::npos) << output;
  const auto [other_status, other_output] =
      Shell("cd " + folder_.string() + " && TLTT_CHIP=p150 TLTT_REPORT=1 ./main 2>&1");
  EXPECT_EQ(other_status, 0) << other_output;
  EXPECT_NE(other_output.find("1 cores, "), std::string::npos) << other_output;
  EXPECT_NE(other_output.find("(0,0)"), std::string::npos) << other_output;
}

TEST_F(HostProgram, OddProgramsCompile) {
  Program program = SampleProgram();
  program.name = "a \"quoted\"\\name\n";
  program.core_ranges = {{{0, 0}, 2, 1}, {{0, 1}, 1, 1}};
  for (size_t i = 0; i < 3; ++i) program.kernels[i].cores = program.core_ranges;
  program.tensors[0].name = "class";
  program.tensors[1].name = "reader";
  program.kernels[1].name = "reader";
  program.kernels[1].defines["TEXT"] = "\"a\\b\"";
  program.kernels[2].args.clear();                    // rows as they stand
  program.kernels[2].core_args[{0, 0}].push_back(7);  // and a table of its own
  program.circular_buffers[0].tensor = 0;
  program.circular_buffers[0].formats.push_back({5, DataFormat::kFloat16_b, 2048});
  Compile(program, false);
  program.kernels.resize(1);
  program.kernels[0].core_args.clear();
  program.kernels[0].args.resize(2);
  Compile(program, false);
}

TEST_F(HostProgram, DoesNotGrowWithTheProblem) {
  Program large = SampleProgram();
  for (Tensor& tensor : large.tensors) tensor.shape = {65536, 65536};
  EXPECT_LT(WriteHostProgram(large).size(), WriteHostProgram(SampleProgram()).size() + 200);
}

}  // namespace
}  // namespace tltt

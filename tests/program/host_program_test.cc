// main.cpp is compiled against a stand-in of the host API and run: its calls and its files are what the Program says.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
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
    const std::string mode = link ? "-o " + (folder_ / "main").string() : "-fsyntax-only";
    const std::string command = std::string(TLTT_CXX) +
                                " -std=c++20 -Wall -Wextra -Werror -Wno-missing-field-initializers -I " +
                                TLTT_HOST_API + " " + mode + " " + (folder_ / "main.cpp").string() + " 2>&1";
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

// One reader that has nothing to do: the stand-in copies A over C.
Program CopyOf(Tensor from, Tensor to) {
  Program program;
  program.name = "copy";
  program.grid = {1, 1};
  program.core_ranges = {{{0, 0}, 1, 1}};
  from.name = "A";
  to.name = "C";
  to.access = Access::kOut;
  program.tensors = {from, to};
  Kernel reader;
  reader.name = "reader";
  reader.path = "reader.cpp";
  reader.cores = program.core_ranges;
  program.kernels = {reader};
  return program;
}

TEST_F(HostProgram, CallsWhatTheProgramSays) {
  Compile(SampleProgram(), true);
  const auto [status, output] = RunMain("");
  ASSERT_EQ(status, 0) << output;
  EXPECT_EQ(output, R"(gemm: global partition, 4 cores
| device 0
| buffer of 16384 in pages of 2048
| buffer of 12288 in pages of 2048
| buffer of 49152 in pages of 4096
| cb 4096 0:5x2048 on 0,0-1,1
| cb 4096 1:5x2048 on 0,0-1,1
| cb 8192 16:0x4096 on 0,0-1,1
| semaphore 1 on 0,0-1,1
| kernel reader.cpp on 0,0-1,1 riscv1 noc0 args 2 2048 2 2048 5
| kernel compute.cpp on 0,0-1,1 fidelity 4 fp32 1 args -DRELU=1 block=4 dest16
| kernel writer.cpp on 0,0-1,1 riscv0 noc1 args 2 4096
| common args of 2: 7 9
| args of 0 on 0,0: 1000 1001 2 3 0 3
| args of 1 on 0,0: 2 3
| args of 2 on 0,0: 1002 3 0 3
| args of 0 on 1,0: 1000 1001 2 3 3 3
| args of 1 on 1,0: 2 3
| args of 2 on 1,0: 1002 3 3 3
| args of 0 on 0,1: 1000 1001 2 3 6 3
| args of 1 on 0,1: 2 3
| args of 2 on 0,1: 1002 3 6 3
| args of 0 on 1,1: 1000 1001 2 3 9 3
| args of 1 on 1,1: 2 3
| args of 2 on 1,1: 1002 3 9 3
| run
C -> C.out.bin
| close
)");
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
  Compile(CopyOf(from, to), true);
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
  Compile(CopyOf(tensor, tensor), true);
  std::vector<uint16_t> values(33 * 3 * 70);
  for (uint16_t i = 0; i < values.size(); ++i) values[i] = static_cast<uint16_t>(i * 7);
  WriteValues("a.bin", values);
  const auto [status, output] = RunMain("A=a.bin");
  ASSERT_EQ(status, 0) << output;
  EXPECT_NE(output.find("buffer of 36864 in pages of 2048"), std::string::npos) << output;  // 3 batches of 3x2 tiles
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
  Compile(program, true);
  std::vector<uint8_t> values(15);
  for (uint8_t i = 0; i < 15; ++i) values[i] = i;
  WriteValues("r.bin", values);
  const auto [status, output] = RunMain("R=r.bin");
  ASSERT_EQ(status, 0) << output;
  EXPECT_NE(output.find("buffer of 8192 in pages of 2048"), std::string::npos) << output;  // A: 4 tiles
  EXPECT_NE(output.find("buffer of 4096 in pages of 4096"), std::string::npos) << output;  // s: one
  EXPECT_NE(output.find("buffer of 96 in pages of 32"), std::string::npos) << output;      // R: 3 rows
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
  Compile(CopyOf(tensor, tensor), true);
  WriteValues("short.bin", std::vector<uint8_t>(100));
  for (const char* arguments : {"A=short.bin", "A=absent.bin", "B=short.bin", "A"}) {
    const auto [status, output] = RunMain(arguments);
    EXPECT_NE(status, 0) << arguments;
    EXPECT_NE(output.find("error: "), std::string::npos) << output;
  }
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

#include "tltt/plan.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sample_program.h"
#include "tltt/partition.h"
#include "tltt/tile_order.h"

namespace tltt {
namespace {

using nlohmann::json;
using test::SampleProgram;

FileMap FilesOf(const Program& program) {
  FileMap files = {{"tt.plan.json", WritePlan(program)}};
  for (const Kernel& kernel : program.kernels) files[kernel.path] = kernel.source;
  return files;
}

TEST(Plan, WrittenPlanIsValid) { EXPECT_EQ(ValidatePlan(WritePlan(SampleProgram())), std::vector<std::string>()); }

TEST(Plan, SameProgramSameBytes) { EXPECT_EQ(WritePlan(SampleProgram()), WritePlan(SampleProgram())); }

// The text that the schema's test reads. After a change that is meant: TLTT_UPDATE=1.
TEST(Plan, SampleFileIsWhatIsWritten) {
  const std::string plan = WritePlan(SampleProgram());
  if (std::getenv("TLTT_UPDATE")) std::ofstream(TLTT_SAMPLE_PLAN) << plan;
  std::ifstream file(TLTT_SAMPLE_PLAN);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()), plan);
}

TEST(Plan, ReadsBackWhatWasWritten) {
  const Program written = SampleProgram();
  const Program read = ReadProgram(FilesOf(written));
  EXPECT_EQ(WritePlan(read), WritePlan(written));
  ASSERT_EQ(read.kernels.size(), 3u);
  EXPECT_EQ(read.kernels[1].source, written.kernels[1].source);
  EXPECT_EQ(read.kernels[1].defines, written.kernels[1].defines);
  EXPECT_EQ(read.kernels[2].core_args, written.kernels[2].core_args);
  EXPECT_TRUE(read.kernels[1].compute.fp32_dest_acc_en);
  EXPECT_EQ(read.tensors[2].access, Access::kOut);
  ASSERT_NE(OriginOf(read.kernels[1], 1), nullptr);
  EXPECT_EQ(OriginOf(read.kernels[1], 1)->origin, 12u);
  EXPECT_EQ(OriginOf(read.kernels[1], 2), nullptr);
  EXPECT_EQ(read.work.grid_blocks, written.work.grid_blocks);
  EXPECT_EQ(read.work.items.at({1, 0})[0].count, 3);
}

TEST(Plan, OptionalPartsSurvive) {
  Program program = SampleProgram();
  program.circular_buffers[0].tensor = 1;
  program.circular_buffers[1].formats.push_back({5, DataFormat::kFloat16_b, 4096});
  program.tensors[0].tile_axes = {-1, 0};
  program.tensors[2].tile_axes.clear();
  program.tensors[2].vector = kTileWidth;
  program.tensors[1].layout = TensorLayout::kRowMajor;
  program.tensors[1].page_size = 192;
  program.tensors[1].dtype = "uint8";
  program.tensors[1].packed = "int4";
  program.kernels[0].accessors = {0};
  program.work.grid_blocks = {3, 2, 2};
  program.kernels[0].core_args[{0, 0}].push_back(99);
  EXPECT_EQ(WritePlan(ReadProgram(FilesOf(program))), WritePlan(program));
}

TEST(Plan, PackedElementsAreBytes) {
  Program program = SampleProgram();
  program.tensors[1].packed = "int4";
  EXPECT_THROW(ReadProgram(FilesOf(program)), PlanError);
  program.tensors[1].dtype = "uint8";
  EXPECT_EQ(ReadProgram(FilesOf(program)).tensors[1].packed, "int4");
}

TEST(Plan, AProgramWithoutAGridOfBlocks) {
  Program program = SampleProgram();
  program.work = {};
  const std::string plan = WritePlan(program);
  EXPECT_EQ(ValidatePlan(plan), std::vector<std::string>());
  EXPECT_FALSE(json::parse(plan).contains("grid"));
  EXPECT_EQ(WritePlan(ReadProgram(FilesOf(program))), plan);
}

TEST(Plan, CanonicalAndLegacyKeys) {
  const json plan = json::parse(WritePlan(SampleProgram()));
  EXPECT_EQ(plan["schema_version"], 1);
  EXPECT_EQ(plan["core_grid"], json({8, 8}));
  EXPECT_EQ(plan["core_ranges"], json::parse(R"([{"start": [0, 0], "extent": [2, 2]}])"));
  EXPECT_EQ(plan["work_partition"]["(1,0)"], json::parse(R"([{"io": 1, "jo": 0, "count": 3, "len_k": 2}])"));
  EXPECT_EQ(plan["layouts"]["C"]["memory"], "DRAM");
  EXPECT_EQ(plan["grid"], json::parse(R"({"x": 3, "y": 4, "total_tiles": 12})"));
  EXPECT_EQ(plan["cores"]["num_cores"], 4);
  EXPECT_EQ(plan["cores"]["assignments"][2], json::parse(R"({"core_id": 8, "start_tile": 6, "count": 3})"));
  EXPECT_EQ(plan["schedule"], json::parse(R"({"policy": "contiguous", "order": "row_major"})"));
}

TEST(Plan, OneTableForKernelsThatShareIt) {
  const json plan = json::parse(WritePlan(SampleProgram()));
  EXPECT_EQ(plan["program"]["core_args"].size(), 1u);
  EXPECT_EQ(plan["program"]["kernels"][2]["core_args"], 0);
}

TEST(Plan, SizeDoesNotGrowWithTheProblem) {
  Program large = SampleProgram();
  large.work.grid_blocks = {30000, 40000};
  const std::vector<WorkRun> runs = SplitContiguous(int64_t{30000} * 40000, 4);
  for (size_t i = 0; i < runs.size(); ++i) {
    const Core core{static_cast<uint16_t>(i % 2), static_cast<uint16_t>(i / 2)};
    large.work.items[core] = {{.io = runs[i].start / 30000, .jo = runs[i].start % 30000, .count = runs[i].count}};
  }
  const std::string plan = WritePlan(large);
  EXPECT_EQ(ValidatePlan(plan), std::vector<std::string>());
  EXPECT_LT(plan.size(), WritePlan(SampleProgram()).size() + 200);
}

TEST(Plan, EveryOrderCoversARaggedGrid) {
  for (const char* name : {"row_major", "column_major", "z_order", "block_linear(2)", "match_shard(3,2)"}) {
    Program program = SampleProgram();
    program.work.grid_blocks = {7, 5};
    program.work.items.clear();
    const std::vector<WorkRun> runs = SplitContiguous(35, 4);
    for (size_t i = 0; i < runs.size(); ++i) {
      const TilePosition first = TileAt(ParseTileOrder(name).value(), runs[i].start, 5, 7);
      program.work.items[{static_cast<uint16_t>(i % 2), static_cast<uint16_t>(i / 2)}] = {
          {.io = first.m, .jo = first.n, .count = runs[i].count, .tile_order = name}};
    }
    EXPECT_EQ(ValidatePlan(WritePlan(program)), std::vector<std::string>()) << name;
  }
}

TEST(Plan, OrdersMayBeMixed) {
  Program program = SampleProgram();
  program.work.grid_blocks = {4, 4};
  program.work.items.clear();
  program.work.items[{0, 0}] = {{.io = 0, .jo = 0, .count = 8}};
  program.work.items[{1, 0}] = {{.io = 2, .jo = 0, .count = 8, .tile_order = "block_linear(2)"}};
  EXPECT_EQ(ValidatePlan(WritePlan(program)), std::vector<std::string>());
  program.work.items[{1, 0}][0].tile_order = "column_major";
  EXPECT_EQ(ValidatePlan(WritePlan(program)).size(), 1u);
}

}  // namespace
}  // namespace tltt

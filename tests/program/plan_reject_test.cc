// What is wrong with a plan is said, and nothing that a file may contain makes the reader fail in another way.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "sample_program.h"
#include "tltt/plan.h"

namespace tltt {
namespace {

using test::Replaced;
using test::SampleProgram;

// The plan that the original's documents show, whole.
constexpr char kCanonical[] = R"json({"schema_version":1,"backend_version":"0.1.0","core_grid":[2,2],
"core_ranges":[{"start":[0,0],"extent":[2,2]}],
"work_partition":{"(0,0)":[{"io":0,"jo":0,"len_k":4,"tile_order":"row_major"},{"io":0,"jo":1}],"(1,0)":[{"io":1,"jo":0}]},
"layouts":{"A":{"shard":"DRAM","interleave":true}}})json";

bool Has(const std::vector<std::string>& problems, const std::string& fragment) {
  return std::any_of(problems.begin(), problems.end(),
                     [&](const std::string& text) { return text.find(fragment) != std::string::npos; });
}

struct Case {
  const char* from;
  const char* to;
  const char* message;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.from << " -> " << c.to; }

class CanonicalMessage : public testing::TestWithParam<Case> {};

TEST_P(CanonicalMessage, IsReported) {
  const auto problems = ValidatePlan(Replaced(kCanonical, GetParam().from, GetParam().to));
  EXPECT_TRUE(Has(problems, GetParam().message)) << testing::PrintToString(problems);
}

INSTANTIATE_TEST_SUITE_P(
    Plan, CanonicalMessage,
    testing::Values(
        Case{"\"core_grid\"", "\"x1\"", "Missing required field: core_grid"},
        Case{"\"core_ranges\"", "\"x1\"", "Missing required field: core_ranges"},
        Case{"\"work_partition\"", "\"x1\"", "Missing required field: work_partition"},
        Case{"\"layouts\"", "\"x1\"", "Missing required field: layouts"},
        Case{"\"schema_version\"", "\"x1\"", "Missing required field: schema_version"},
        Case{"\"schema_version\":1", "\"schema_version\":0", "schema_version must be >= 1"},
        Case{"\"schema_version\":1", "\"schema_version\":\"1\"", "schema_version must be an integer"},
        Case{"\"schema_version\":1", "\"schema_version\":true", "schema_version must be an integer"},
        Case{"\"schema_version\":1", "\"schema_version\":2", "schema_version 2 is newer than the supported 1"},
        Case{"\"0.1.0\"", "7", "backend_version must be a string when present"},
        Case{"\"core_grid\":[2,2]", "\"core_grid\":[2]", "core_grid must be a list of 2 integers"},
        Case{"\"core_grid\":[2,2]", "\"core_grid\":[2,2.5]", "core_grid must be a list of 2 integers"},
        Case{"\"core_grid\":[2,2]", "\"core_grid\":{}", "core_grid must be a list of 2 integers"},
        Case{"\"core_grid\":[2,2]", "\"core_grid\":[2,18446744073709551615]", "core_grid must be from 1 to 256"},
        Case{"\"extent\":[2,2]", "\"size\":[2,2]", "core_ranges[0] missing start or extent"},
        Case{"\"start\":[0,0]", "\"start\":[-1,0]", "core_ranges[0] has negative start"},
        Case{"\"extent\":[2,2]", "\"extent\":[2,3]", "core_ranges[0] exceeds grid bounds"},
        Case{"\"extent\":[2,2]", "\"extent\":[9223372036854775807,2]", "core_ranges[0] exceeds grid bounds"},
        Case{"\"start\":[0,0]", "\"start\":[9223372036854775807,0]", "core_ranges[0] exceeds grid bounds"},
        Case{"\"start\":[0,0]", "\"start\":[18446744073709551615,0]", "core_ranges[0] exceeds grid bounds"},
        Case{"\"start\":[0,0]", "\"start\":[\"0\",0]", "core_ranges[0] start and extent must be lists of 2 integers"},
        Case{"\"extent\":[2,2]}", "\"extent\":[2,2]},{\"start\":[1,1],\"extent\":[1,1]}",
             "core_ranges[1] overlaps core_ranges[0]"},
        Case{"\"(1,0)\"", "\"1,0\"", "Invalid work_partition key format: 1,0"},
        Case{"\"(1,0)\"", "\"(1,-1)\"", "Invalid work_partition key format: (1,-1)"},
        Case{"\"(1,0)\"", "\"(1,0,0)\"", "Invalid work_partition key format: (1,0,0)"},
        Case{"\"(1,0)\"", "\"(2,0)\"", "work_partition key (2,0) lies in no core range"},
        Case{"\"(1,0)\"", "\"(0, 0)\"", "work_partition names core (0,0) more than once"},
        Case{"\"(1,0)\"", "\"(0,0)\"", "duplicate key \"(0,0)\""},
        Case{"{\"io\":1,\"jo\":0}", "{\"io\":-1,\"jo\":0}", "io must be an integer from 0"},
        Case{"{\"io\":1,\"jo\":0}", "{\"io\":1}", "jo is missing"},
        Case{"{\"io\":1,\"jo\":0}", "{\"io\":1,\"jo\":0,\"k\":1}", "unknown key \"k\""},
        Case{"{\"io\":1,\"jo\":0}", "3", "must be an object"},
        Case{"{\"io\":1,\"jo\":0}", "{\"io\":0,\"jo\":1}", "covers block (io 0, jo 1) more than once"},
        Case{"{\"io\":1,\"jo\":0}", "{\"io\":1,\"jo\":0,\"count\":2}", "but the plan has no grid"},
        Case{"\"row_major\"", "\"spiral\"", "tile_order must be row_major"},
        Case{"\"DRAM\"", "\"SRAM\"", "layouts.A.shard must be one of DRAM, L1"},
        Case{"\"DRAM\"", "NaN", "not valid JSON"},
        Case{"\"core_grid\":[2,2]", "\"core_grid\":[1e999,2]", "not valid JSON"}));

TEST(PlanMessages, TheCanonicalExampleIsValid) { EXPECT_EQ(ValidatePlan(kCanonical), std::vector<std::string>()); }

TEST(PlanMessages, EmptyPartitionAndLayoutsAreValid) {
  EXPECT_EQ(ValidatePlan(R"({"schema_version":1,"core_grid":[1,1],"core_ranges":[],"work_partition":{},"layouts":{}})"),
            std::vector<std::string>());
}

class ProgramMessage : public testing::TestWithParam<Case> {};

TEST_P(ProgramMessage, IsReportedAndRefused) {
  const Program program = SampleProgram();
  FileMap files;
  for (const Kernel& kernel : program.kernels) files[kernel.path] = kernel.source;
  files["tt.plan.json"] = Replaced(WritePlan(program), GetParam().from, GetParam().to);
  const auto problems = ValidatePlan(files["tt.plan.json"]);
  EXPECT_TRUE(Has(problems, GetParam().message)) << testing::PrintToString(problems);
  EXPECT_THROW(ReadProgram(files), PlanError);
}

INSTANTIATE_TEST_SUITE_P(
    Plan, ProgramMessage,
    testing::Values(
        Case{"\"count\": 3", "\"count\": 4", "more than once: cores (0,0) and (1,0)"},
        Case{"\"count\": 3", "\"count\": 2", "leaves 1 block(s) uncovered, the first is (io 0, jo 2)"},
        Case{"\"count\": 3", "\"count\": 9007199254740992", "beyond the end of the grid"},
        Case{"\"io\": 3", "\"io\": 4", "outside the grid of 4 x 3 blocks"},
        Case{"\"total_tiles\": 12", "\"total_tiles\": 13", "grid.total_tiles is not the product"},
        Case{"\"grid_blocks\": [3, 4]", "\"grid_blocks\": [4, 3]", "program.grid_blocks does not agree with grid"},
        Case{"reader.cpp", "../reader.cpp", "program.kernels[0].path must be the plain name"},
        Case{"reader.cpp", "/etc/passwd", "program.kernels[0].path must be the plain name"},
        Case{"reader.cpp", "main.cpp", "program.kernels[0].path must be the plain name"},
        Case{"\"role\": \"compute\"", "\"role\": \"reader\"", "overlap those of kernel reader"},
        Case{"\"role\": \"compute\"", "\"role\": \"ethernet\"", "role must be one of reader, compute, writer"},
        Case{"\"kind\": \"per_core\", \"value\": 1", "\"kind\": \"per_core\", \"value\": 2", "need 3 per-core values"},
        Case{"\"kind\": \"tensor_address\", \"value\": 0", "\"kind\": \"tensor_address\", \"value\": 3",
             "names no tensor"},
        Case{"\"core_args\": 0", "\"core_args\": 1", "names no table"},
        Case{"[2, 2048, 2, 2048, 5]", "[2, 2048, 0, 2048, 5]", "compile_time_args that begin with 2, 2048, 2, 2048"},
        Case{"\"accessors\": [2]", "\"accessors\": [3]", "accessors[0] names no tensor"},
        Case{"\"RELU\"", "\"-o x\"", "is not the name of a macro"},
        Case{"\"RELU\": \"1\"", "\"RELU\": \"1\\n#include\"", "one line of printable text"},
        Case{"\"index\": 16", "\"index\": 32", "index must be an integer from 0 to 31"},
        Case{"\"index\": 16", "\"index\": 0", "is used twice on a core"},
        Case{"\"total_size\": 8192", "\"total_size\": 8191", "must divide total_size"},
        Case{"\"format\": \"Float32\"", "\"format\": \"Float64\"", "names no data format"},
        Case{"\"chip\": \"n150\"", "\"chip\": \"e150\"", "program.chip must be one of n150, n300, p100, p150"},
        Case{"\"arch\": \"wormhole_b0\"", "\"arch\": \"blackhole\"", "program.arch must be wormhole_b0"},
        Case{"\"math_fidelity\": \"HiFi4\"", "\"math_fidelity\": 4", "math_fidelity must be a string"},
        Case{"\"shape\": [128, 64]", "\"shape\": [128, -64]", "must be an integer from 1"},
        Case{"[1, 1, 0, 12]", "[1, 1, 1, 12]", "origins[0] names no file of source_files"},
        Case{"[1, 1, 0, 12]", "[0, 1, 0, 12]", "origins[0] must have lines behind those before it"},
        Case{"[1, 1, 0, 12]", "[1, 1, 0]", "origins[0] must be [line, count, file, origin]"},
        Case{"\"name\": \"B\",", "\"name\": \"A\",", "name is used twice"},
        Case{"\"semaphores\"", "\"semaphore\"", "unknown key \"semaphore\""}));

TEST(PlanFiles, MissingFilesAreNamed) {
  FileMap files = {{"tt.plan.json", WritePlan(SampleProgram())}, {"reader.cpp", ""}, {"writer.cpp", ""}};
  try {
    ReadProgram(files);
    FAIL();
  } catch (const PlanError& error) {
    EXPECT_STREQ(error.what(), "compute.cpp is missing, the source of kernel compute");
  }
  EXPECT_THROW(ReadProgram({}), PlanError);
}

TEST(PlanFiles, ACanonicalPlanAloneDoesNotLaunch) {
  EXPECT_THROW(ReadProgram({{"tt.plan.json", kCanonical}}), PlanError);
}

TEST(PlanHostile, TextThatIsNoPlan) {
  for (const std::string text : {"", "[]", "null", "12", "\"plan\"", "{", "{\"a\":}", "\xff\xfe", "{}{}"}) {
    EXPECT_FALSE(ValidatePlan(text).empty()) << text;
  }
  EXPECT_TRUE(Has(ValidatePlan(std::string(1'000'000, '[')), "nested deeper"));
  std::string many = "{\"core_ranges\":[";
  for (int i = 0; i < 100'000; ++i) many += "7,";
  EXPECT_LE(ValidatePlan(many + "7]}").size(), 101u);
}

// Every character of the plan in turn is dropped or replaced, at random: no crash, and no exception but PlanError.
TEST(PlanHostile, RandomDamage) {
  const Program program = SampleProgram();
  FileMap files;
  for (const Kernel& kernel : program.kernels) files[kernel.path] = kernel.source;
  const std::string plan = WritePlan(program);
  std::mt19937 random(7);
  const std::string alphabet = "0123456789-.eE\"{}[]:,xnt \n";
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = plan;
    for (int edit = 0; edit <= round % 3; ++edit) {
      const size_t at = random() % damaged.size();
      switch (random() % 3) {
        case 0:
          damaged.erase(at, 1 + random() % 8);
          break;
        case 1:
          damaged[at] = alphabet[random() % alphabet.size()];
          break;
        default:
          damaged.insert(at, 1, alphabet[random() % alphabet.size()]);
          break;
      }
    }
    files["tt.plan.json"] = damaged;
    const bool valid = ValidatePlan(damaged).empty();
    try {
      const Program read = ReadProgram(files);
      EXPECT_TRUE(valid) << damaged;
      EXPECT_EQ(read.kernels.size(), 3u);
    } catch (const PlanError&) {
    }
  }
}

}  // namespace
}  // namespace tltt

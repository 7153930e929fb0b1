#include "description.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace tltt {
namespace {

nlohmann::json OneKernel() {
  return nlohmann::json::parse(R"({
    "name": "p", "arch": "wormhole_b0", "chip": "n150", "grid": [8, 8],
    "kernels": [{
      "name": "reader_0", "role": "reader", "path": "r.cpp", "source": "void kernel_main() {}",
      "cores": [{"x": 1, "y": 2, "width": 2, "height": 1}], "compile_time_args": [7], "named_compile_time_args": {},
      "defines": {"D": "1"}, "common_runtime_args": [5], "compute": {},
      "runtime_args": [{"x": 1, "y": 2, "args": [{"tensor": 0}, 11]}, {"x": 2, "y": 2, "args": [{"tensor": 0}, 12]}]}],
    "cbs": [{"total_size": 4096, "cores": [{"x": 1, "y": 2, "width": 2, "height": 1}],
             "formats": [{"index": 3, "format": "bfloat16", "page_size": 2048}]}],
    "semaphores": [{"id": 1, "cores": [{"x": 1, "y": 2, "width": 1, "height": 1}], "initial_value": 9}],
    "tensors": [{"name": "t", "dtype": "float32", "shape": [3, 5], "layout": "row_major", "access": "inout"}]})");
}

TEST(Description, BecomesAProgram) {
  const Program program = ParseDescription(OneKernel().dump());
  ASSERT_EQ(program.kernels.size(), 1u);
  const Kernel& kernel = program.kernels[0];
  EXPECT_EQ(kernel.role, Role::kReader);
  ASSERT_EQ(kernel.args.size(), 2u);
  EXPECT_EQ(kernel.args[0].kind, RuntimeArg::Kind::kTensorAddress);
  EXPECT_EQ(kernel.args[1].kind, RuntimeArg::Kind::kPerCore);
  EXPECT_EQ(kernel.core_args.at(Core{2, 2})[kernel.args[1].value], 12u);
  EXPECT_EQ(kernel.common_args, std::vector<uint32_t>{5});
  EXPECT_EQ(program.core_ranges.size(), 2u);
  EXPECT_EQ(program.circular_buffers[0].formats[0].format, DataFormat::kFloat16_b);
  EXPECT_EQ(program.semaphores[0].initial_value, 9u);
  EXPECT_EQ(program.tensors[0].page_size, 32u) << "5 floats, padded to the DRAM's alignment";
  EXPECT_EQ(program.tensors[0].access, Access::kInOut);
}

TEST(Description, RefusesWhatDoesNotFit) {
  auto json = OneKernel();
  json["kernels"][0]["runtime_args"][0]["args"][0]["tensor"] = 4;
  EXPECT_THROW(ParseDescription(json.dump()), std::invalid_argument);
  json = OneKernel();
  json["kernels"][0]["runtime_args"][1]["args"] = {1};
  EXPECT_THROW(ParseDescription(json.dump()), std::invalid_argument);
  json = OneKernel();
  json["kernels"][0]["runtime_args"][1]["args"] = {1, 12};
  EXPECT_THROW(ParseDescription(json.dump()), std::invalid_argument) << "an address on one core only";
  json = OneKernel();
  json["kernels"][0]["role"] = "painter";
  EXPECT_THROW(ParseDescription(json.dump()), std::invalid_argument);
  json = OneKernel();
  json["tensors"][0]["dtype"] = "complex64";
  EXPECT_THROW(ParseDescription(json.dump()), std::invalid_argument);
  json = OneKernel();
  json.erase("cbs");
  EXPECT_THROW(ParseDescription(json.dump()), std::invalid_argument);
  EXPECT_THROW(ParseDescription("{"), std::invalid_argument);
}

}  // namespace
}  // namespace tltt

// Plans from strangers: whatever numbers a plan names, its kernels are refused, fail or run within their own memory.
// What that means for the process is seen best under sanitizers (make sanitize).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "tltt/emulator.h"
#include "tltt/plan.h"
#include "tltt/runtime.h"

namespace tltt {
namespace {

using Json = nlohmann::json;

constexpr const char* kReader = R"(
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
  constexpr auto args = TensorAccessorArgs<0>();
  const auto in = TensorAccessor(args, get_arg_val<uint32_t>(0), get_tile_size(0));
  for (uint32_t t = get_arg_val<uint32_t>(1); t < get_arg_val<uint32_t>(2); ++t) {
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
  for (uint32_t t = get_arg_val<uint32_t>(1); t < get_arg_val<uint32_t>(2); ++t) {
    cb_wait_front(0, 1);
    noc_async_write_page(t, out, get_read_ptr(0));
    noc_async_write_barrier();
    cb_pop_front(0, 1);
  }
}
)";

Program Copy() {
  Program program;
  program.name = "copy";
  program.grid = {2, 1};
  program.core_ranges = {{{0, 0}, 2, 1}};
  for (const auto& [name, access] : {std::pair("in", Access::kIn), std::pair("out", Access::kOut)}) {
    Tensor tensor;
    tensor.name = name, tensor.dtype = "bfloat16", tensor.shape = {32, 32 * 4};
    tensor.access = access, tensor.page_size = 2048;
    program.tensors.push_back(tensor);
  }
  CircularBuffer cb;
  cb.name = "cb_page", cb.total_size = 2 * 2048, cb.cores = program.core_ranges;
  cb.formats = {{0, DataFormat::kFloat16_b, 2048}};
  program.circular_buffers = {cb};
  for (const auto& [role, source, tensor] :
       {std::tuple(Role::kReader, kReader, 0u), std::tuple(Role::kWriter, kWriter, 1u)}) {
    Kernel kernel;
    kernel.role = role, kernel.name = RoleName(role), kernel.path = kernel.name + ".cpp", kernel.source = source;
    kernel.cores = program.core_ranges;
    kernel.compile_time_args = AccessorArgs(program.tensors[tensor]);
    kernel.args = {{"address", RuntimeArg::Kind::kTensorAddress, tensor},
                   {"begin", RuntimeArg::Kind::kPerCore, 0},
                   {"end", RuntimeArg::Kind::kPerCore, 1}};
    kernel.core_args = {{{0, 0}, {0, 2}}, {{1, 0}, {2, 4}}};
    program.kernels.push_back(kernel);
  }
  return program;
}

// Every number of the plan, but for the kernels' compile-time arguments: each other value of these is another
// compilation.
void Numbers(Json* node, std::vector<Json*>* found) {
  if (node->is_number_integer()) found->push_back(node);
  if (!node->is_structured()) return;
  for (auto& [key, value] : node->items()) {
    if (key != "compile_time_args") Numbers(&value, found);
  }
}

TEST(HostilePlan, IsRefusedOrFailsOrRuns) {
  const FileMap good = WriteArtifacts(Copy());
  EXPECT_GT(PredictTime(ReadProgram(good), /*timeline=*/false).cycles, 0u);
  const Json plan = Json::parse(good.at("tt.plan.json"));
  std::mt19937 random(3);
  const int64_t values[] = {-1, 0, 1, 2, 3, 31, 64, 255, 4096, 65535, 1 << 20, INT32_MAX, UINT32_MAX, INT64_MAX};
  int refused = 0, failed = 0, ran = 0;
  for (int i = 0; i < 400; ++i) {
    Json changed = plan;
    std::vector<Json*> numbers;
    Numbers(&changed.at("program"), &numbers);
    for (uint32_t n = 0; n < 1 + random() % 2; ++n)
      *numbers[random() % numbers.size()] = values[random() % std::size(values)];
    FileMap files = good;
    files["tt.plan.json"] = changed.dump();
    try {
      PredictTime(ReadProgram(files), /*timeline=*/false);
      ++ran;
    } catch (const PlanError&) {
      ++refused;
    } catch (const emu::Error&) {
      ++failed;
    }
  }
  EXPECT_GT(refused, 100);
  EXPECT_GT(failed, 10);
  EXPECT_GT(ran, 10);
}

}  // namespace
}  // namespace tltt

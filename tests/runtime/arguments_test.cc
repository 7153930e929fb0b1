#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tltt/runtime.h"

namespace tltt {
namespace {

Program Gemm() {
  Program program;
  program.name = "matmul";
  const auto add = [&](const char* name, std::vector<int64_t> shape, Access access) {
    Tensor tensor;
    tensor.name = name;
    tensor.dtype = "bfloat16";
    tensor.shape = std::move(shape);
    tensor.access = access;
    program.tensors.push_back(tensor);
  };
  add("A", {64, 32}, Access::kIn);
  add("C", {64}, Access::kOut);
  return program;
}

HostTensor Host(const std::string& dtype, std::vector<int64_t> shape, std::vector<int64_t> strides) {
  HostTensor tensor;
  tensor.dtype = dtype;
  tensor.shape = std::move(shape);
  tensor.strides = std::move(strides);
  return tensor;
}

std::string Problem(const std::function<void(std::vector<HostTensor>&)>& change) {
  std::vector<HostTensor> tensors{Host("bfloat16", {64, 32}, {32, 1}), Host("bfloat16", {64}, {1})};
  change(tensors);
  try {
    CheckArguments(Gemm(), tensors);
  } catch (const ArgumentError& error) {
    return error.what();
  }
  return "";
}

TEST(Arguments, FittingOnesPass) {
  EXPECT_EQ(Problem([](auto&) {}), "");
}

TEST(Arguments, StridedAndBroadcastInputsPass) {
  EXPECT_EQ(Problem([](auto& t) { t[0].strides = {1, 64}; }), "");
  EXPECT_EQ(Problem([](auto& t) { t[0].strides = {0, 1}; }), "");
}

TEST(Arguments, CountNamesTheParameters) {
  EXPECT_EQ(Problem([](auto& t) { t.pop_back(); }), "matmul: takes 2 tensors (A, C), got 1");
}

TEST(Arguments, ShapeShowsBothSides) {
  EXPECT_EQ(Problem([](auto& t) { t[0].shape = {64, 64}; }),
            "matmul: argument 1 `A`: expected bfloat16(64, 32), got bfloat16(64, 64)");
}

TEST(Arguments, DtypeShowsBothSides) {
  EXPECT_EQ(Problem([](auto& t) { t[1].dtype = "float32"; }),
            "matmul: argument 2 `C`: expected bfloat16(64,), got float32(64,)");
}

TEST(Arguments, DeviceSaysWhatToPass) {
  EXPECT_NE(Problem([](auto& t) { t[0].device = "cuda"; }).find("pass `A.cpu()`"), std::string::npos);
}

TEST(Arguments, OutputElementsMustNotShareMemory) {
  EXPECT_NE(Problem([](auto& t) { t[1].strides = {0}; }).find("share memory"), std::string::npos);
}

}  // namespace
}  // namespace tltt

// What the engine's tests share: a small program builder, bf16 pages filled with a pattern, and a check of an Error's
// text.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "tltt/chip.h"
#include "tltt/emulator.h"
#include "tltt/program.h"

namespace tltt::emu {

class EngineTest : public testing::Test {
 protected:
  static constexpr uint32_t kTile = 2048;  // bytes of a bf16 tile

  static CoreRange Range(uint16_t x, uint16_t y, uint16_t width, uint16_t height) { return {{x, y}, width, height}; }

  Device& device() {
    if (!device_) device_ = std::make_unique<Device>(ChipByName("n150"), options_);
    return *device_;
  }

  // A program on `cores`, without anything in it.
  static Program NewProgram(CoreRange cores) {
    Program p;
    p.name = "test";
    p.grid = {cores.width, cores.height};
    p.core_ranges = {cores};
    return p;
  }

  static Kernel& AddKernel(Program* p, Role role, const std::string& source, std::vector<CoreRange> cores = {}) {
    Kernel k;
    k.role = role;
    k.name = RoleName(role);
    k.path = k.name + ".cpp";
    k.source = role == Role::kCompute ? source : "#include \"api/dataflow/dataflow_api.h\"\n" + source;
    k.cores = cores.empty() ? p->core_ranges : cores;
    p->kernels.push_back(k);
    return p->kernels.back();
  }

  static void AddCb(Program* p, uint32_t index, uint32_t pages, uint32_t page_size = kTile) {
    CircularBuffer cb;
    cb.name = std::string("cb").append(std::to_string(index));
    cb.total_size = pages * page_size;
    cb.cores = p->core_ranges;
    cb.formats = {{index, DataFormat::kFloat16_b, page_size}};
    p->circular_buffers.push_back(cb);
  }

  Buffer AddTensor(Program* p, uint64_t pages, bool filled, uint32_t page_size = kTile, Memory memory = Memory::kDram) {
    Buffer b = device().Allocate(pages, page_size, memory);
    if (filled) {
      for (uint64_t i = 0; i < pages; ++i) {
        auto* words = reinterpret_cast<uint32_t*>(device().Page(b, i));
        for (uint32_t w = 0; w < page_size / 4; ++w) words[w] = static_cast<uint32_t>(i * 100003 + w);
      }
      device().MarkWritten(b);
    }
    Tensor t;
    t.name = std::string("t").append(std::to_string(p->tensors.size()));
    t.page_size = page_size;
    t.memory = memory;
    p->tensors.push_back(t);
    buffers_.push_back(b);
    return b;
  }

  RunReport Run(const Program& p) { return device().Run(p, buffers_); }

  // Runs a program that must fail, and returns the message.
  std::string Failure(const Program& p, ErrorCategory category) {
    try {
      Run(p);
    } catch (const Error& e) {
      EXPECT_EQ(e.category, category) << e.what();
      return e.what();
    }
    ADD_FAILURE() << "the program ran to its end";
    return {};
  }

  Options options_;
  std::unique_ptr<Device> device_;
  std::vector<Buffer> buffers_;
};

}  // namespace tltt::emu

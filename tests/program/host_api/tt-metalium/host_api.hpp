#pragma once

#include <initializer_list>
#include <iostream>
#include <map>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include <tt-metalium/base_types.hpp>
#include <tt-metalium/buffer.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt_stl/span.hpp>

namespace tt::tt_metal {

enum class DataType { BFLOAT16, FLOAT32 };

struct DataMovementConfig {
  DataMovementProcessor processor = DataMovementProcessor::RISCV_0;
  NOC noc = NOC::RISCV_0_default;
  NOC_MODE noc_mode = NOC_MODE::DM_DEDICATED_NOC;
  std::vector<uint32_t> compile_args;
  std::map<std::string, std::string> defines;
  std::unordered_map<std::string, uint32_t> named_compile_args;
  KernelBuildOptLevel opt_level = KernelBuildOptLevel::O2;
};

struct ComputeConfig {
  MathFidelity math_fidelity = MathFidelity::HiFi4;
  bool fp32_dest_acc_en = false;
  bool dst_full_sync_en = false;
  std::vector<UnpackToDestMode> unpack_to_dest_mode;
  bool bfp8_pack_precise = false;
  bool math_approx_mode = false;
  std::vector<uint32_t> compile_args;
  std::map<std::string, std::string> defines;
  std::unordered_map<std::string, uint32_t> named_compile_args;
  KernelBuildOptLevel opt_level = KernelBuildOptLevel::O3;
};

struct EthernetConfig {};

class CircularBufferConfig {
 public:
  CircularBufferConfig(uint32_t total_size, const std::map<uint8_t, tt::DataFormat>& formats) : formats_(formats) {
    text_ = std::to_string(total_size);
  }
  CircularBufferConfig(uint32_t total_size, const std::map<uint8_t, DataType>& types);
  CircularBufferConfig& set_page_size(uint8_t index, uint32_t page_size) {
    text_ += " " + std::to_string(index) + ":" + std::to_string(static_cast<int>(formats_.at(index))) + "x" +
             std::to_string(page_size);
    return *this;
  }
  CircularBufferConfig& set_globally_allocated_address(const Buffer&) {
    text_ += " on a tensor";
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::map<uint8_t, tt::DataFormat> formats_;
  std::string text_;
};

class Program {
 public:
  Program() = default;
  Program(Program&&) = default;
  Program& operator=(Program&&) = default;
  uint32_t kernels = 0, semaphores = 0;
};

inline Program CreateProgram() { return {}; }

namespace stand_in {

inline void Log(const std::string& line) { std::cout << "| " << line << "\n"; }

template <typename Values>
std::string List(const Values& values) {
  std::string text;
  for (const auto& value : values) text += " " + std::to_string(static_cast<uint32_t>(value));
  return text;
}

}  // namespace stand_in

inline KernelHandle CreateKernel(Program& program, const std::string& file, const ::stand_in::CoreSpec& cores,
                                 const std::variant<DataMovementConfig, ComputeConfig, EthernetConfig>& config) {
  std::string text = "kernel " + file.substr(file.rfind('/') + 1) + " on " + ::stand_in::Text(cores);
  if (const auto* move = std::get_if<DataMovementConfig>(&config)) {
    text += " riscv" + std::to_string(static_cast<int>(move->processor)) + " noc" + std::to_string(move->noc) +
            " args" + stand_in::List(move->compile_args);
  } else if (const auto* compute = std::get_if<ComputeConfig>(&config)) {
    text += " fidelity " + std::to_string(static_cast<int>(compute->math_fidelity)) + " fp32 " +
            std::to_string(compute->fp32_dest_acc_en) + " args" + stand_in::List(compute->compile_args);
    for (const auto& [name, value] : compute->defines) text += " -D" + name + "=" + value;
    for (const auto& [name, value] : compute->named_compile_args) text += " " + name + "=" + std::to_string(value);
    for (size_t i = 0; i < compute->unpack_to_dest_mode.size(); ++i) {
      if (compute->unpack_to_dest_mode[i] != UnpackToDestMode::Default) text += " dest" + std::to_string(i);
    }
  }
  stand_in::Log(text);
  return program.kernels++;
}

inline CBHandle CreateCircularBuffer(Program&, const ::stand_in::CoreSpec& cores, const CircularBufferConfig& config) {
  stand_in::Log("cb " + config.text() + " on " + ::stand_in::Text(cores));
  return 0;
}

inline uint32_t CreateSemaphore(Program& program, const std::variant<CoreRange, CoreRangeSet>& cores, uint32_t initial) {
  const std::string text = std::visit([](const auto& c) { return ::stand_in::Text(c); }, cores);
  stand_in::Log("semaphore " + std::to_string(initial) + " on " + text);
  return program.semaphores++;
}

inline void SetRuntimeArgs(const Program&, KernelHandle kernel, const ::stand_in::CoreSpec& cores,
                           ttsl::Span<const uint32_t> args) {
  stand_in::Log("args of " + std::to_string(kernel) + " on " + ::stand_in::Text(cores) + ":" + stand_in::List(args));
}
inline void SetRuntimeArgs(const Program& program, KernelHandle kernel, const ::stand_in::CoreSpec& cores,
                           std::initializer_list<uint32_t> args) {
  SetRuntimeArgs(program, kernel, cores, ttsl::Span<const uint32_t>(args.begin(), args.size()));
}
inline void SetCommonRuntimeArgs(const Program&, KernelHandle kernel, std::initializer_list<uint32_t> args) {
  stand_in::Log("common args of " + std::to_string(kernel) + ":" + stand_in::List(args));
}

}  // namespace tt::tt_metal

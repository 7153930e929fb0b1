#pragma once

#include <cstdint>
#include <memory>

#include <tt-metalium/circular_buffer.hpp>
#include <tt-metalium/kernel_types.hpp>

namespace tltt::host {
struct ProgramState;
}

namespace tt::tt_metal {

// Kernels, circular buffers and semaphores of one run on a grid of cores. Movable, not copyable.
class Program {
 public:
  Program();
  ~Program();
  Program(Program&& other) noexcept;
  Program& operator=(Program&& other) noexcept;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // A number that the caller gives it, for the SDK's profiler's log.
  void set_runtime_id(uint64_t id) { runtime_id_ = id; }
  uint64_t get_runtime_id() const { return runtime_id_; }

  tltt::host::ProgramState& state() const { return *state_; }

 private:
  std::unique_ptr<tltt::host::ProgramState> state_;
  uint64_t runtime_id_ = 0;
};

}  // namespace tt::tt_metal

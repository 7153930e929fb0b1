#pragma once

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

  tltt::host::ProgramState& state() const { return *state_; }

 private:
  std::unique_ptr<tltt::host::ProgramState> state_;
};

}  // namespace tt::tt_metal

// A role, its fiber and its state: what the files of Launch share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "launch.h"

namespace tltt::emu {

struct Launch::Strand {
  RoleContext* role = nullptr;
  Fiber* fiber = nullptr;
  std::shared_ptr<void> object;  // this core's own copy of the kernel, where it needs one
  KernelEntry entry = nullptr;
  bool done = false;
  bool clocked = false;  // the clock knows that it is done
  std::vector<uint32_t> clock_threads;
  std::optional<Error> error;
};

[[noreturn]] void BadProgram(const std::string& text);  // throws Error

}  // namespace tltt::emu

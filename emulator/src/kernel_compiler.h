// Kernels to code: each kernel's unmodified source is compiled by the host's C++ compiler into a small shared object,
// against the device headers beside this library, and kept in a cache folder by content.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "launch.h"
#include "tltt/chip.h"
#include "tltt/program.h"

namespace tltt::emu {

// Loads another copy of a compiled kernel, with variables of its own, for as long as the result lives.
std::shared_ptr<void> LoadPrivately(const std::string& object, const Kernel& kernel, KernelEntry* entry);

class KernelCompiler {
 public:
  // cache_dir empty: the user's cache folder ($XDG_CACHE_HOME or ~/.cache). `check`: data-movement kernels report
  // their loads and stores.
  KernelCompiler(const Chip& chip, std::string cache_dir, bool check);

  // Entries of all the program's kernels, in order. Compiles those that are not cached, in parallel processes, and adds
  // the host time that took to *seconds. Throws Error(kKernelCompile) with the compiler's messages.
  std::vector<RoleKernel> Compile(const Program& program, double* seconds);

 private:
  struct Job;

  void Prepare();                                   // finds compiler, headers and cache folder; once
  std::string Prelude(const Kernel& kernel) const;  // what is fixed for all kernels of a role: the precompiled part
  // The translation unit after the prelude.
  std::string Unit(const Kernel& kernel, std::span<const tltt::CircularBuffer> circular_buffers) const;
  std::vector<std::string> Flags(const Kernel& kernel) const;
  void BuildPrecompiled(std::span<Job> jobs);

  const Chip* chip_;
  std::string cache_dir_;
  std::vector<std::string> compiler_;  // command and leading arguments
  std::string compiler_id_;            // path, size, time of change
  std::string device_dir_, headers_id_, library_;
  bool check_, prepared_ = false;
  std::map<std::string, RoleKernel> loaded_;  // by cache key, without the kernel
};

}  // namespace tltt::emu

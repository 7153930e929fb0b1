// What the kernels' TensorAccessorArgs<N> reads from their compile-time arguments: where a buffer lies and its page
// size.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <tt-metalium/buffer.hpp>
#include <tt-metalium/mesh_buffer.hpp>

namespace tt::tt_metal {

class TensorAccessorArgs {
 public:
  // Default-built, or of no buffer: a placeholder for a tensor that the kernel does not touch, so that what follows it
  // in the compile-time arguments keeps its place. A kernel that does touch it is stopped: its pages have 0 bytes.
  TensorAccessorArgs() = default;
  explicit TensorAccessorArgs(const Buffer& buffer);
  explicit TensorAccessorArgs(const Buffer* buffer)
      : TensorAccessorArgs(buffer ? TensorAccessorArgs(*buffer) : TensorAccessorArgs()) {}
  explicit TensorAccessorArgs(const std::shared_ptr<Buffer>& buffer) : TensorAccessorArgs(buffer.get()) {}
  explicit TensorAccessorArgs(const distributed::MeshBuffer& buffer)
      : TensorAccessorArgs(*buffer.get_backing_buffer()) {}
  explicit TensorAccessorArgs(const std::shared_ptr<distributed::MeshBuffer>& buffer) : TensorAccessorArgs(*buffer) {}

  void append_to(std::vector<uint32_t>& compile_time_args) const {
    compile_time_args.insert(compile_time_args.end(), args_.begin(), args_.end());
  }
  // Interleaved buffers need no common runtime arguments.
  void append_to(std::vector<uint32_t>& compile_time_args, std::vector<uint32_t>& /*common_runtime_args*/) const {
    append_to(compile_time_args);
  }
  std::vector<uint32_t> get_compile_time_args() const { return args_; }
  std::vector<uint32_t> get_common_runtime_args() const { return {}; }

 private:
  std::vector<uint32_t> args_ = {0, 0};  // configuration, bytes of a page
};

}  // namespace tt::tt_metal

#pragma once

#include <vector>

#include <tt-metalium/buffer.hpp>

namespace tt::tt_metal {

class TensorAccessorArgs {
 public:
  explicit TensorAccessorArgs(const distributed::MeshBuffer& buffer) : local_(buffer.device_local_config()) {}
  void append_to(std::vector<uint32_t>& compile_time_args) const {
    compile_time_args.push_back(local_.buffer_type == BufferType::DRAM ? 2 : 0);
    compile_time_args.push_back(static_cast<uint32_t>(local_.page_size));
  }

 private:
  distributed::DeviceLocalBufferConfig local_;
};

}  // namespace tt::tt_metal

#pragma once

#include <vector>

#include <tt-metalium/buffer.hpp>

namespace tt::tt_metal {

class TensorAccessorArgs {
 public:
  explicit TensorAccessorArgs(const distributed::MeshBuffer& buffer) : local_(buffer.device_local_config()) {}
  void append_to(std::vector<uint32_t>& compile_time_args) const {
    const auto& spec = local_.sharding_args.buffer_distribution_spec();
    compile_time_args.push_back((local_.buffer_type == BufferType::DRAM ? 2 : 0) | (spec ? 1 : 0));
    compile_time_args.push_back(static_cast<uint32_t>(local_.page_size));
    if (!spec) return;
    const auto &tensor = spec->tensor_shape_in_pages().view(), &shard = spec->shard_shape_in_pages().view();
    compile_time_args.push_back(static_cast<uint32_t>(tensor.size()));
    compile_time_args.push_back(static_cast<uint32_t>(spec->cores().size()));
    compile_time_args.insert(compile_time_args.end(), tensor.begin(), tensor.end());
    compile_time_args.insert(compile_time_args.end(), shard.begin(), shard.end());
    for (size_t i = 0; i < spec->cores().size(); i += 2) {
      uint32_t word = static_cast<uint32_t>(spec->cores()[i].x << 8 | spec->cores()[i].y);
      if (i + 1 < spec->cores().size())
        word |= static_cast<uint32_t>(spec->cores()[i + 1].x << 8 | spec->cores()[i + 1].y) << 16;
      compile_time_args.push_back(word);
    }
  }

 private:
  distributed::DeviceLocalBufferConfig local_;
};

}  // namespace tt::tt_metal

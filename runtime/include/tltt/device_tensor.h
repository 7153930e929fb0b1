// A tensor that stays on the emulated chip between launches, in the layout that a kernel gave it.
#pragma once

#include <memory>
#include <string>

#include "tltt/runtime.h"

namespace tltt {

class DeviceTensor {
 public:
  // Allocates on the process's device of that chip and numeric mode; contents count as unwritten. Throws emu::Error
  // where there is no room.
  DeviceTensor(Tensor layout, const std::string& chip, const std::string& numerics, DeviceUse use = DeviceUse::kRun);
  ~DeviceTensor();
  DeviceTensor(const DeviceTensor&) = delete;

  const Tensor& layout() const { return layout_; }
  const std::string& chip() const { return chip_; }
  const std::shared_ptr<SharedDevice>& device() const { return device_; }
  const emu::Buffer& buffer() const { return buffer_; }

  // From and to a host tensor of the same dtype and shape. Reading leaves elements alone that no kernel wrote.
  void Write(const HostTensor& host);
  void Read(const HostTensor& host);

 private:
  Tensor layout_;
  std::string chip_;
  std::shared_ptr<SharedDevice> device_;
  emu::Buffer buffer_;
};

// "bfloat16 (512, 64) as Float16_b in L1, 8 x 1 shards of 2 x 2 pages on (0,0) ..."
std::string DescribeLayout(const Tensor& tensor);
// True where a kernel with parameter `b` can use the pages of `a`.
bool SameLayout(const Tensor& a, const Tensor& b);

}  // namespace tltt

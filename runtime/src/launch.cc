#include <utility>
#include <vector>

#include "tltt/device_tensor.h"
#include "tltt/runtime.h"
#include "transfer.h"

namespace tltt {
namespace {

// Device buffers of one launch, given back whatever happens.
class Buffers {
 public:
  explicit Buffers(emu::Device& device) : device_(device) {}
  ~Buffers() {
    for (size_t index : own_) device_.Free(list_[index]);
  }
  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;

  void Add(const Tensor& tensor, const DeviceTensor* resident) {
    if (resident) {
      list_.push_back(resident->buffer());
      return;
    }
    list_.push_back(device_.Allocate(PageCount(tensor), tensor.page_size, tensor.memory, tensor.shards));
    own_.push_back(list_.size() - 1);
  }
  const std::vector<emu::Buffer>& list() const { return list_; }

 private:
  emu::Device& device_;
  std::vector<emu::Buffer> list_;
  std::vector<size_t> own_;  // those made for this launch
};

}  // namespace

emu::RunReport Launch(const Program& program, const std::string& numerics, std::span<const HostTensor> tensors) {
  CheckArguments(program, tensors);
  const std::shared_ptr<SharedDevice> shared = DeviceFor(program.chip, numerics);
  std::lock_guard lock(shared->mutex);
  emu::Device& device = shared->device;

  Buffers buffers(device);
  for (size_t i = 0; i < tensors.size(); ++i) {
    const DeviceTensor* resident = tensors[i].resident;
    if (resident && resident->device() != shared)
      throw ArgumentError(program.name + ": tensor `" + program.tensors[i].name +
                          "` lies on a device of another numeric mode");
    buffers.Add(program.tensors[i], resident);
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& tensor = program.tensors[i];
    if (tensor.access != Access::kOut && !tensors[i].resident)
      WriteToDevice(tensor, tensors[i], buffers.list()[i], device);
  }
  emu::RunReport report = device.Run(program, buffers.list());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& tensor = program.tensors[i];
    if (tensor.access != Access::kIn && !tensors[i].resident)
      ReadFromDevice(tensor, buffers.list()[i], device, tensors[i]);
  }
  return report;
}

emu::RunReport PredictTime(const Program& program, bool timeline) {
  const DeviceUse use = timeline ? DeviceUse::kTimeline : DeviceUse::kTime;
  const std::shared_ptr<SharedDevice> shared = DeviceFor(program.chip, "fast", use);
  std::lock_guard lock(shared->mutex);
  Buffers buffers(shared->device);
  for (const Tensor& tensor : program.tensors) buffers.Add(tensor, nullptr);
  return shared->device.Run(program, buffers.list());
}

}  // namespace tltt

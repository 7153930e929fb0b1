#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tltt/chip.h"
#include "tltt/device_tensor.h"
#include "tltt/runtime.h"
#include "schedules.h"
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

std::vector<std::vector<std::byte>> WrittenPages(const emu::Buffer& buffer, emu::Device& device) {
  std::vector<std::vector<std::byte>> pages(buffer.pages);
  for (uint64_t page = 0; page < buffer.pages; ++page) {
    if (!device.Written(buffer, page)) continue;
    const std::byte* data = device.Page(buffer, page);
    pages[page].assign(data, data + buffer.page_size);
  }
  return pages;
}

void ThrowOrderDependence(const std::string& tensor, uint64_t first_seed, uint64_t seed) {
  throw emu::Error(emu::ErrorCategory::kOrderDependence,
                   "order dependence: tensor `" + tensor + "` comes out differently with the schedules of seed " +
                       std::to_string(first_seed) + " and of seed " + std::to_string(seed) +
                       "\n  to fix: find two accesses that nothing orders: kernels that exchange data through DRAM, or "
                       "cores that write the same page");
}

void RethrowWithSeed(const emu::Error& error, uint64_t seed) {
  if (seed == 0) throw error;
  throw emu::Error(error.category, std::string(error.what()) + "\n  the schedule was that of seed " +
                                       std::to_string(seed) + ": --seed " + std::to_string(seed) + " replays it");
}

emu::RunReport Launch(const Program& program, const std::string& numerics, std::span<const HostTensor> tensors,
                      const Schedules& schedules) {
  CheckArguments(program, tensors);
  const std::shared_ptr<SharedDevice> shared =
      DeviceFor(program.chip, numerics, schedules.check ? DeviceUse::kCheck : DeviceUse::kRun);
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
  std::vector<size_t> outputs;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& tensor = program.tensors[i];
    if (tensor.access != Access::kIn) outputs.push_back(i);
    if (tensor.access != Access::kOut && !tensors[i].resident)
      WriteToDevice(tensor, tensors[i], buffers.list()[i], device);
  }
  const bool repeated = schedules.seeds.size() > 1;
  Beginning beginning(device);
  if (repeated)
    for (const size_t i : outputs) beginning.Add(buffers.list()[i]);
  emu::RunReport report;
  std::vector<std::vector<std::vector<std::byte>>> first;  // of each output, its pages after the first run
  for (const uint64_t seed : schedules.seeds) {
    if (!first.empty()) beginning.Restore();
    try {
      report = device.Run(program, buffers.list(), seed);
    } catch (const emu::Error& error) {
      RethrowWithSeed(error, seed);
    }
    if (!repeated) break;
    for (size_t k = 0; k < outputs.size(); ++k) {
      auto pages = WrittenPages(buffers.list()[outputs[k]], device);
      if (first.size() < outputs.size()) {
        first.push_back(std::move(pages));
      } else if (pages != first[k]) {
        ThrowOrderDependence(program.tensors[outputs[k]].name, schedules.seeds.front(), seed);
      }
    }
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& tensor = program.tensors[i];
    if (tensor.access == Access::kIn) continue;
    if (tensors[i].resident) {
      ClearPadding(tensor, buffers.list()[i], device);
    } else {
      ReadFromDevice(tensor, buffers.list()[i], device, tensors[i]);
    }
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

emu::RunReport PredictTime(const Program& program, const emu::Speedup& speedup) {
  emu::Options options = DeviceOptions("fast", DeviceUse::kTime);
  options.speedup = speedup;
  emu::Device device(ChipByName(program.chip), options);
  Buffers buffers(device);
  for (const Tensor& tensor : program.tensors) buffers.Add(tensor, nullptr);
  return device.Run(program, buffers.list());
}

}  // namespace tltt

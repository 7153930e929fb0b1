#include "tltt/device_tensor.h"

#include <vector>

#include "tltt/chip.h"
#include "tltt/shards.h"
#include "transfer.h"

namespace tltt {

DeviceTensor::DeviceTensor(Tensor layout, const std::string& chip, const std::string& numerics, DeviceUse use)
    : layout_(std::move(layout)), chip_(chip), device_(DeviceFor(chip, numerics, use)) {
  std::lock_guard lock(device_->mutex);
  buffer_ = device_->device.Allocate(PageCount(layout_), layout_.page_size, layout_.memory, layout_.shards);
}

DeviceTensor::~DeviceTensor() {
  std::lock_guard lock(device_->mutex);
  device_->device.Free(buffer_);
}

void DeviceTensor::Write(const HostTensor& host) {
  std::lock_guard lock(device_->mutex);
  WriteToDevice(layout_, host, buffer_, device_->device);
}

void DeviceTensor::Read(const HostTensor& host) {
  std::lock_guard lock(device_->mutex);
  ReadFromDevice(layout_, buffer_, device_->device, host);
}

namespace {

template <typename Value>
std::string Join(const std::vector<Value>& values, const char* separator) {
  std::string text;
  for (const Value& value : values) text += (text.empty() ? "" : separator) + std::to_string(value);
  return text;
}

}  // namespace

std::string DescribeLayout(const Tensor& tensor) {
  std::string text = tensor.dtype + " (" + Join(tensor.shape, ", ") + ") as " + DataFormatName(tensor.format) + " in " +
                     (tensor.memory == Memory::kDram ? "DRAM" : "L1");
  if (!tensor.shards) return text + ", interleaved";
  text += ", " + Join(ShardGrid(*tensor.shards), " x ") + " shards of " + Join(tensor.shards->shard_pages, " x ") +
          " pages on";
  for (const Core& bank : tensor.shards->banks)
    text += " (" + std::to_string(bank.x) + "," + std::to_string(bank.y) + ")";
  return text;
}

bool SameLayout(const Tensor& a, const Tensor& b) {
  const auto axes = [](const Tensor& t) {
    const int rank = static_cast<int>(t.shape.size());
    return t.tile_axes.size() == 2 ? t.tile_axes : std::vector<int>{rank >= 2 ? rank - 2 : -1, rank - 1};
  };
  return a.dtype == b.dtype && a.shape == b.shape && a.format == b.format && a.memory == b.memory &&
         a.layout == b.layout && a.page_size == b.page_size && a.shards == b.shards && axes(a) == axes(b) &&
         a.vector == b.vector;
}

}  // namespace tltt

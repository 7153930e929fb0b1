#include "sequence.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <set>

#include "schedules.h"
#include "tltt/device_tensor.h"
#include "transfer.h"
#include "ttnn_launch.h"

namespace tltt {
namespace {

using nlohmann::ordered_json;

Tensor ParseTensor(const nlohmann::json& json) {
  Tensor tensor;
  tensor.name = json.at("name");
  tensor.dtype = json.at("dtype");
  tensor.packed = json.value("packed", "");
  tensor.shape = json.at("shape").get<std::vector<int64_t>>();
  return tensor;
}

// Host memory of the temporaries, for those that have to change their layout between launches.
class Temporaries {
 public:
  explicit Temporaries(const Sequence& sequence) : bytes_(sequence.temporaries.size()) {
    for (size_t i = 0; i < bytes_.size(); ++i) {
      const Tensor& tensor = sequence.temporaries[i];
      HostTensor view;
      view.dtype = tensor.dtype;
      view.shape = tensor.shape;
      view.strides.assign(tensor.shape.size(), 1);
      for (size_t d = tensor.shape.size(); d-- > 1;) view.strides[d - 1] = view.strides[d] * tensor.shape[d];
      constexpr size_t kLargestElement = 8;  // bytes
      const int64_t elements =
          std::accumulate(tensor.shape.begin(), tensor.shape.end(), int64_t{1}, std::multiplies<>());
      bytes_[i].resize(static_cast<size_t>(elements) * kLargestElement);
      view.data = bytes_[i].data();
      views_.push_back(std::move(view));
    }
  }
  const std::vector<HostTensor>& views() const { return views_; }

 private:
  std::vector<std::vector<std::byte>> bytes_;
  std::vector<HostTensor> views_;
};

void CopyElements(const HostTensor& from, const HostTensor& to) {
  const size_t bytes = ElementBytesOfDtype(from.dtype);
  std::vector<int64_t> at(from.shape.size());
  const int64_t count = std::accumulate(from.shape.begin(), from.shape.end(), int64_t{1}, std::multiplies<>());
  for (int64_t n = 0; n < count; ++n) {
    int64_t source = 0, target = 0;
    for (size_t d = 0; d < at.size(); ++d) {
      source += at[d] * from.strides[d];
      target += at[d] * to.strides[d];
    }
    std::memcpy(to.data + target * static_cast<int64_t>(bytes), from.data + source * static_cast<int64_t>(bytes),
                bytes);
    for (size_t d = at.size(); d-- > 0 && ++at[d] == from.shape[d];) at[d] = 0;
  }
}

// The caller's tensors once more, each in memory of its own.
class HostCopies {
 public:
  explicit HostCopies(std::span<const HostTensor> tensors) : views_(tensors.begin(), tensors.end()) {
    for (HostTensor& view : views_) {
      bytes_.emplace_back();
      if (view.resident) continue;  // stays where it is
      const HostTensor original = view;
      int64_t elements = 1;
      for (size_t d = view.shape.size(); d-- > 0;) {
        view.strides[d] = elements;
        elements *= view.shape[d];
      }
      bytes_.back().resize(static_cast<size_t>(elements) * ElementBytesOfDtype(view.dtype));
      view.data = bytes_.back().data();
      CopyElements(original, view);
    }
  }
  const std::vector<HostTensor>& views() const { return views_; }
  const std::vector<std::byte>& bytes(size_t tensor) const { return bytes_[tensor]; }

 private:
  std::vector<HostTensor> views_;
  std::vector<std::vector<std::byte>> bytes_;
};

std::string Merge(const std::vector<std::string>& reports) {
  if (reports.size() == 1) return reports.front();
  ordered_json whole = ordered_json::parse(reports.front());
  double math = 0;
  for (const char* list : {"cores", "lines", "timeline"}) whole.erase(list);
  for (size_t i = 0; i < reports.size(); ++i) {
    ordered_json report = ordered_json::parse(reports[i]);
    math += report.value("math_busy_share", 0.0) * report.value("cycles", 0.0);
    for (auto& [key, value] : report.items()) {
      if (value.is_array() && (key == "cores" || key == "lines" || key == "timeline")) {
        for (auto& entry : value) {
          if (entry.is_object()) entry["launch"] = i + 1;
          whole[key].push_back(entry);
        }
      } else if (i > 0 && value.is_number() && key != "math_busy_share") {
        if (key == "core_count") {
          whole[key] = std::max(whole[key].get<uint64_t>(), value.get<uint64_t>());
        } else if (value.is_number_float()) {
          whole[key] = whole.value(key, 0.0) + value.get<double>();
        } else {
          whole[key] = whole.value(key, uint64_t{0}) + value.get<uint64_t>();
        }
      }
    }
    for (const char* list : {"cores", "lines", "timeline"}) report.erase(list);
    whole["launches"].push_back(std::move(report));
  }
  if (whole.value("cycles", 0.0) > 0) whole["math_busy_share"] = math / whole.value("cycles", 0.0);
  return whole.dump();
}

// Where each tensor of the sequence lies while it runs.
class Places {
 public:
  Places(const Sequence& sequence, emu::Device& device, std::span<const HostTensor> tensors)
      : sequence_(sequence), device_(device), temporaries_(sequence) {
    hosts_.assign(tensors.begin(), tensors.end());
    hosts_.insert(hosts_.end(), temporaries_.views().begin(), temporaries_.views().end());
    places_.resize(hosts_.size());
    std::vector<int> uses(hosts_.size());
    for (const Sequence::Part& part : sequence.parts)
      for (size_t slot : part.slots) ++uses[slot];
    for (size_t i = 0; i < tensors.size(); ++i)
      if (uses[i] > 1) filled_.insert(i);
    for (size_t i = 0; i < hosts_.size(); ++i) {
      if (const DeviceTensor* resident = hosts_[i].resident) places_[i] = {&resident->layout(), resident->buffer()};
    }
  }
  ~Places() {
    for (const Place& place : places_)
      if (place.layout && !hosts_[static_cast<size_t>(&place - places_.data())].resident) device_.Free(place.buffer);
  }
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  emu::RunReport Run(const Sequence::Part& part, uint64_t seed) {
    std::vector<emu::Buffer> buffers;
    for (size_t t = 0; t < part.slots.size(); ++t) buffers.push_back(Bring(part.slots[t], part.program.tensors[t]));
    emu::RunReport report = device_.Run(part.program, buffers, seed);
    for (size_t t = 0; t < part.slots.size(); ++t)
      if (part.program.tensors[t].access != Access::kIn) {
        places_[part.slots[t]].newer = true;
        places_[part.slots[t]].whole = false;
      }
    return report;
  }

  // Results to the caller.
  void TakeBack() {
    for (size_t i = 0; i < sequence_.whole.tensors.size(); ++i) {
      if (hosts_[i].resident) {
        Complete(places_[i]);
      } else {
        Fetch(i);
      }
    }
  }

 private:
  struct Place {
    const Tensor* layout = nullptr;  // null: on the host alone
    emu::Buffer buffer;
    bool newer = false;  // than the host's copy
    bool whole = true;   // with zeros beyond the tensor's edge, which who reads it next counts on
  };

  emu::Buffer Bring(size_t slot, const Tensor& wanted) {
    Place& place = places_[slot];
    if (place.layout && SameLayout(*place.layout, wanted)) {
      Complete(place);
      return place.buffer;
    }
    if (hosts_[slot].resident)
      throw ArgumentError(sequence_.whole.name + ": tensor `" + wanted.name + "` lies on the chip as " +
                          DescribeLayout(*place.layout) + ", but a launch takes " + DescribeLayout(wanted));
    if (place.layout) {
      Fetch(slot);
      device_.Free(place.buffer);
      place.layout = nullptr;
    }
    place.buffer = device_.Allocate(PageCount(wanted), wanted.page_size, wanted.memory, wanted.shards);
    place.layout = &wanted;
    place.whole = true;
    if (wanted.access != Access::kOut || filled_.count(slot))
      WriteToDevice(wanted, hosts_[slot], place.buffer, device_);
    filled_.insert(slot);
    return place.buffer;
  }

  void Complete(Place& place) {
    if (!place.whole) ClearPadding(*place.layout, place.buffer, device_);
    place.whole = true;
  }

  void Fetch(size_t slot) {
    Place& place = places_[slot];
    if (!place.newer || hosts_[slot].resident) return;
    ReadFromDevice(*place.layout, place.buffer, device_, hosts_[slot]);
    place.newer = false;
  }

  const Sequence& sequence_;
  emu::Device& device_;
  Temporaries temporaries_;
  std::vector<HostTensor> hosts_;
  std::vector<Place> places_;
  // What another launch writes or reads has to be there too, whatever a launch makes of it.
  std::set<size_t> filled_;
};

}  // namespace

Sequence Sequence::Of(Program program) {
  Sequence sequence;
  sequence.whole = program;
  Part& only = sequence.parts.emplace_back();
  only.program = std::move(program);
  for (size_t i = 0; i < only.program.tensors.size(); ++i) only.slots.push_back(i);
  return sequence;
}

Sequence Sequence::Read(const FileMap& files) {
  const auto list = files.find(kLaunchesFile);
  if (list == files.end()) {
    Sequence plain = Of(ReadProgram(files));
    plain.parts[0].files = files;
    return plain;
  }
  Sequence sequence;
  try {
    const auto json = nlohmann::json::parse(list->second);
    std::map<std::string, size_t> slots;
    auto tensors = [&](const char* key, std::vector<Tensor>* into) {
      for (const auto& entry : json.at(key)) {
        into->push_back(ParseTensor(entry));
        slots.emplace(into->back().name, slots.size());
      }
    };
    tensors("arguments", &sequence.whole.tensors);
    tensors("temporaries", &sequence.temporaries);
    std::vector<std::vector<Access>> uses(slots.size());
    for (size_t number = 1; number <= json.at("launches").get<size_t>(); ++number) {
      Part& part = sequence.parts.emplace_back();
      const std::string folder = std::to_string(number) + "/";
      for (const auto& [name, text] : files)
        if (name.rfind(folder, 0) == 0) part.files.emplace(name.substr(folder.size()), text);
      part.program = ReadProgram(part.files);
      for (const Tensor& tensor : part.program.tensors) {
        auto slot = slots.find(tensor.name);
        if (slot == slots.end())
          throw PlanError(folder + ": tensor " + tensor.name + " stands not in " + kLaunchesFile);
        part.slots.push_back(slot->second);
        uses[slot->second].push_back(tensor.access);
      }
    }
    if (sequence.parts.empty()) throw PlanError(std::string(kLaunchesFile) + ": no launches");
    Program& whole = sequence.whole;
    for (size_t i = 0; i < whole.tensors.size(); ++i)
      whole.tensors[i].access = uses[i].empty() ? Access::kIn : JoinAccess(uses[i]);
    const Program& first = sequence.parts.front().program;
    whole.name = json.at("name");
    whole.arch = first.arch;
    whole.chip = first.chip;
    whole.grid = first.grid;
    whole.core_ranges = first.core_ranges;
    whole.work.grid_blocks = first.work.grid_blocks;
  } catch (const nlohmann::json::exception& error) {
    throw PlanError(std::string(kLaunchesFile) + ": " + error.what());
  }
  return sequence;
}

std::string LaunchSequence(const Sequence& sequence, const std::string& numerics, std::span<const HostTensor> tensors,
                           const Schedules& schedules) {
  if (sequence.parts.size() == 1 && sequence.temporaries.empty())
    return ReportJson(Launch(sequence.parts[0].program, numerics, tensors, schedules), /*cores=*/true);
  CheckArguments(sequence.whole, tensors, /*layouts=*/false);
  const std::shared_ptr<SharedDevice> shared =
      DeviceFor(sequence.whole.chip, numerics, schedules.check ? DeviceUse::kCheck : DeviceUse::kRun);
  std::lock_guard lock(shared->mutex);
  for (const HostTensor& tensor : tensors)
    if (tensor.resident && tensor.resident->device() != shared)
      throw ArgumentError(sequence.whole.name + ": tensor `" + tensor.resident->layout().name +
                          "` lies on a device of another numeric mode");
  const auto run = [&](std::span<const HostTensor> on, uint64_t seed) {
    std::vector<std::string> reports;
    Places places(sequence, shared->device, on);
    for (const Sequence::Part& part : sequence.parts)
      reports.push_back(ReportJson(places.Run(part, seed), /*cores=*/true));
    places.TakeBack();
    return Merge(reports);
  };
  if (schedules.seeds.size() == 1) return run(tensors, schedules.seeds.front());

  std::vector<size_t> outputs;
  Beginning beginning(shared->device);
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (sequence.whole.tensors[i].access == Access::kIn) continue;
    outputs.push_back(i);
    if (tensors[i].resident) beginning.Add(tensors[i].resident->buffer());
  }
  std::optional<HostCopies> first;
  std::map<size_t, std::vector<std::vector<std::byte>>> first_pages;  // of outputs that stay on the chip
  std::string report;
  for (const uint64_t seed : schedules.seeds) {
    HostCopies copies(tensors);
    if (first) beginning.Restore();
    try {
      std::string now = run(copies.views(), seed);
      if (!first) report = std::move(now);
    } catch (const emu::Error& error) {
      RethrowWithSeed(error, seed);
    }
    for (const size_t i : outputs) {
      bool same = true;
      if (tensors[i].resident) {
        auto pages = WrittenPages(tensors[i].resident->buffer(), shared->device);
        same = first_pages.try_emplace(i, pages).first->second == pages;
      } else if (first) {
        same = copies.bytes(i) == first->bytes(i);
      }
      if (!same) ThrowOrderDependence(sequence.whole.tensors[i].name, schedules.seeds.front(), seed);
    }
    if (!first) first.emplace(std::move(copies));
  }
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (sequence.whole.tensors[i].access != Access::kIn && !tensors[i].resident)
      CopyElements(first->views()[i], tensors[i]);
  }
  return report;
}

std::string LaunchSequenceOnTtnn(const Sequence& sequence, std::span<const HostTensor> tensors) {
  const Temporaries temporaries(sequence);
  std::vector<std::string> reports;
  for (const Sequence::Part& part : sequence.parts) {
    std::vector<HostTensor> own;
    for (size_t slot : part.slots)
      own.push_back(slot < tensors.size() ? tensors[slot] : temporaries.views()[slot - tensors.size()]);
    reports.push_back(LaunchOnTtnn(part.program, part.files, own));
  }
  return Merge(reports);
}

std::string PredictSequence(const Sequence& sequence, bool timeline) {
  std::vector<std::string> reports;
  for (const Sequence::Part& part : sequence.parts)
    reports.push_back(ReportJson(PredictTime(part.program, timeline), /*cores=*/true));
  return Merge(reports);
}

}  // namespace tltt

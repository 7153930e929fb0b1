#include <cstdlib>
#include <map>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "tltt/chip.h"
#include "tltt/runtime.h"

namespace tltt {
namespace {

emu::Numerics ParseNumerics(const std::string& name) {
  if (name == "fast") return emu::Numerics::kFast;
  if (name == "faithful") return emu::Numerics::kFaithful;
  throw std::invalid_argument("numerics " + name + " is unknown; known are fast, faithful");
}

}  // namespace

emu::Options DeviceOptions(const std::string& numerics, DeviceUse use) {
  emu::Options options;
  options.numerics = ParseNumerics(numerics);
  options.data = use == DeviceUse::kRun || use == DeviceUse::kCheck;
  options.check = use == DeviceUse::kCheck;
  options.timeline = use == DeviceUse::kTimeline;
  if (const char* folder = std::getenv("TLTT_CACHE_DIR")) options.cache_dir = folder;
  return options;
}

std::shared_ptr<SharedDevice> DeviceFor(const std::string& chip, const std::string& numerics, DeviceUse use) {
  // The one thing that outlives a call: a device is memory and threads, which every call would otherwise make anew.
  static std::mutex mutex;
  static std::map<std::tuple<std::string, std::string, DeviceUse>, std::shared_ptr<SharedDevice>> devices;
  std::lock_guard lock(mutex);
  std::shared_ptr<SharedDevice>& device = devices[{chip, numerics, use}];
  if (!device) device = std::make_shared<SharedDevice>(ChipByName(chip), DeviceOptions(numerics, use));
  return device;
}

}  // namespace tltt
